package dev.retort.weights.bundled;

import dev.retort.weights.TensorSet;
import dev.retort.weights.TensorSet.Tensor;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import dev.retort.weights.sentencetransformers.TokenizerFiles;
import java.io.IOException;

/** Opens the default model in a process of its own and prints where it lies and the sum of its weights. */
final class BundledModelProcess {

    private BundledModelProcess() {}

    public static void main(String[] arguments) throws IOException {
        System.in.read(); // all processes start to work together
        try (SentenceCheckpoint checkpoint = BundledModel.open()) {
            String place = checkpoint.tokenizer() instanceof TokenizerFiles.InFolder folder
                    ? folder.path().toString()
                    : "memory";
            System.out.println(place + " " + sum(checkpoint.encoderTensors()));
        }
    }

    private static double sum(TensorSet tensors) {
        double sum = 0;
        float[] chunk = new float[1 << 16];
        for (Tensor tensor : tensors.tensors()) {
            for (long first = 0; first < tensor.elementCount(); first += chunk.length) {
                int count = (int) Math.min(chunk.length, tensor.elementCount() - first);
                tensors.readFloats(tensor, first, chunk, 0, count);
                for (int i = 0; i < count; i++) {
                    sum += chunk[i];
                }
            }
        }
        return sum;
    }
}
