package dev.retort.cli;

import dev.retort.cli.input.NpyArray;
import dev.retort.inference.CalibrationRanges;
import java.io.IOException;
import java.nio.file.Path;

/** Ranges for quantising, from vectors in a NumPy file: a sample's, or the two rows minimum and maximum. */
final class CalibrationFile {

    private CalibrationFile() {}

    static CalibrationRanges read(Path file) throws IOException, CommandFailedException {
        float[][] vectors = NpyArray.read(file);
        if (vectors.length < 2) {
            throw new CommandFailedException(file + ": too few vectors for a range: " + vectors.length
                    + ": give a sample of a hundred or more, or minimum and maximum");
        }
        float[] minimum = vectors[0].clone();
        float[] maximum = vectors[0].clone();
        for (float[] vector : vectors) {
            for (int e = 0; e < vector.length; e++) {
                minimum[e] = Math.min(minimum[e], vector[e]);
                maximum[e] = Math.max(maximum[e], vector[e]);
            }
        }
        return CalibrationRanges.of(minimum, maximum);
    }
}
