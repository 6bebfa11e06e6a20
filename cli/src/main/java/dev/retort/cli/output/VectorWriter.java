package dev.retort.cli.output;

import dev.retort.inference.Embedding;
import dev.retort.inference.OutputPrecision;
import java.io.IOException;
import java.io.OutputStream;

/** Writes one vector after the other, in order. */
public interface VectorWriter {

    /** JSON lines: {@code {"index":0,"tokens":7,"truncated":false,"embedding":[...]}}, with {@code "text"} after the index if asked for. */
    static VectorWriter jsonLines(OutputStream out, boolean withText) throws IOException {
        return new JsonLines(out, withText);
    }

    /**
     * CSV with the columns index, text if asked for, tokens, truncated, and e0, e1, ...
     *
     * @param width numbers in a vector
     */
    static VectorWriter csv(OutputStream out, boolean withText, int width) throws IOException {
        return new CsvVectors(out, withText, width);
    }

    /**
     * A NumPy array.
     *
     * @param width numbers in a vector
     * @param precision their format: float32, or int8 or uint8
     * @throws IllegalArgumentException if the file is a device or a pipe
     */
    static VectorWriter npy(OutputFile file, int width, OutputPrecision precision) throws IOException {
        return new NpyVectors(file, width, precision);
    }

    /**
     * @param index the text's number
     * @param embedding the text's vector
     */
    void write(long index, String text, Embedding embedding) throws IOException;

    /** Passes on what was written so far. */
    void flush() throws IOException;

    /** Ends what is written; closes nothing. */
    void finish() throws IOException;
}
