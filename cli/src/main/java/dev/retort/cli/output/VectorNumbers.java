package dev.retort.cli.output;

import com.fasterxml.jackson.core.io.NumberOutput;
import dev.retort.inference.Embedding;
import dev.retort.inference.OutputPrecision;

/** A vector's numbers as text: floats with the fewest digits that read back as the same float, bytes as integers. */
final class VectorNumbers {

    private VectorNumbers() {}

    static String[] of(Embedding embedding) {
        if (embedding.precision() == OutputPrecision.FLOAT) {
            float[] vector = embedding.vector();
            String[] numbers = new String[vector.length];
            for (int e = 0; e < vector.length; e++) {
                numbers[e] = NumberOutput.toString(vector[e], true); // JDK 17's own may give a digit too many
            }
            return numbers;
        }
        byte[] bytes = embedding.quantized();
        boolean unsigned =
                embedding.precision() == OutputPrecision.UINT8 || embedding.precision() == OutputPrecision.UBINARY;
        String[] numbers = new String[bytes.length];
        for (int e = 0; e < bytes.length; e++) {
            numbers[e] = Integer.toString(unsigned ? Byte.toUnsignedInt(bytes[e]) : bytes[e]);
        }
        return numbers;
    }
}
