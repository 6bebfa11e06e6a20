package dev.retort.cli.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import dev.retort.inference.Embedding;
import dev.retort.inference.OutputPrecision;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;

/** A JSON object a line. */
final class JsonLines implements VectorWriter {

    private static final int ASCII = 127;

    private final JsonGenerator json;
    private final boolean withText;

    JsonLines(OutputStream out, boolean withText) throws IOException {
        // Through a writer: the generator of bytes refuses half a surrogate pair, which a JSON text may hold.
        this.json = new JsonFactory().createGenerator(new OutputStreamWriter(out, StandardCharsets.UTF_8));
        this.json.setPrettyPrinter(new MinimalPrettyPrinter(""));
        this.withText = withText;
    }

    @Override
    public void write(long index, String text, Embedding embedding) throws IOException {
        requireFinite(index, embedding);
        json.writeStartObject();
        json.writeNumberField("index", index);
        if (withText) {
            json.setHighestNonEscapedChar(text.chars().anyMatch(c -> Character.isSurrogate((char) c)) ? ASCII : 0);
            json.writeStringField("text", text);
        }
        json.writeNumberField("tokens", embedding.tokenCount());
        json.writeBooleanField("truncated", embedding.truncated());
        json.writeArrayFieldStart("embedding");
        for (String number : VectorNumbers.of(embedding)) {
            json.writeRawValue(number);
        }
        json.writeEndArray();
        json.writeEndObject();
        json.writeRaw('\n');
    }

    private static void requireFinite(long index, Embedding embedding) throws IOException {
        if (embedding.precision() != OutputPrecision.FLOAT) {
            return;
        }
        float[] vector = embedding.vector();
        for (int e = 0; e < vector.length; e++) {
            if (!Float.isFinite(vector[e])) {
                throw new IOException("text " + index + ": dimension " + e + " of its vector is " + vector[e]
                        + ", which JSON cannot say: look at the model's weights with retort inspect");
            }
        }
    }

    @Override
    public void flush() throws IOException {
        json.flush();
    }

    @Override
    public void finish() throws IOException {
        json.flush();
    }
}
