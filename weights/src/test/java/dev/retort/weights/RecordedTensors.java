package dev.retort.weights;

import dev.retort.core.SequenceLayout;
import dev.retort.weights.safetensors.SafetensorsFile;
import dev.retort.weights.safetensors.TensorEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The arrays of a fixture file. */
public final class RecordedTensors implements AutoCloseable {

    private final SafetensorsFile file;

    public RecordedTensors(Path path) throws IOException {
        this.file = SafetensorsFile.open(path);
    }

    public boolean has(String name) {
        return file.tensor(name).isPresent();
    }

    public long[] shape(String name) {
        return entry(name).shape();
    }

    public double[] doubles(String name) {
        double[] all = new double[(int) entry(name).elementCount()];
        file.readDoubles(entry(name), 0, all, 0, all.length);
        return all;
    }

    public long[] longs(String name) {
        long[] all = new long[(int) entry(name).elementCount()];
        file.readLongs(entry(name), 0, all, 0, all.length);
        return all;
    }

    /** A matrix of integers. */
    public int[][] ids(String name) {
        long[] shape = shape(name);
        long[] all = new long[(int) (shape[0] * shape[1])];
        file.readLongs(entry(name), 0, all, 0, all.length);
        int[][] ids = new int[(int) shape[0]][(int) shape[1]];
        for (int i = 0; i < all.length; i++) {
            ids[i / ids[0].length][i % ids[0].length] = (int) all[i];
        }
        return ids;
    }

    /** The kept rows of a padded (B, T, H) array, in the order of a packed batch. */
    public double[] keptRows(String name, SequenceLayout layout) {
        long[] shape = shape(name);
        double[] all = doubles(name);
        int width = (int) shape[2];
        double[] kept = new double[layout.tokenCount() * width];
        for (int b = 0; b < layout.batchSize(); b++) {
            for (int row = layout.offset(b); row < layout.offset(b + 1); row++) {
                int source = (b * (int) shape[1] + layout.positionId(row)) * width;
                System.arraycopy(all, source, kept, row * width, width);
            }
        }
        return kept;
    }

    /** The largest absolute difference; NaN if an element of either is NaN. */
    public static double difference(INDArray actual, double[] expected) {
        if (actual.length() != expected.length) {
            throw new AssertionError("expected " + expected.length + " elements, got " + actual.length());
        }
        double[] values = actual.dup('c').reshape(actual.length()).toDoubleVector();
        double largest = 0;
        for (int i = 0; i < values.length; i++) {
            double difference = Math.abs(values[i] - expected[i]);
            if (!(difference <= largest)) {
                largest = difference;
            }
        }
        return largest;
    }

    /** The largest absolute element. */
    public static double largest(double[] elements) {
        return Arrays.stream(elements).map(Math::abs).max().orElse(0);
    }

    public List<String> names() {
        List<String> names = new ArrayList<>();
        file.tensors().forEach(tensor -> names.add(tensor.name()));
        return names;
    }

    private TensorEntry entry(String name) {
        return file.tensor(name).orElseThrow(() -> new AssertionError("no tensor " + name + " in " + file.path()));
    }

    @Override
    public void close() {
        file.close();
    }
}
