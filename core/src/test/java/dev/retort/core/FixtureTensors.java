package dev.retort.core;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Reference tensors of a test, from a safetensors file. It trusts the file: the reader that does not is {@code weights}', and this one
 * exists so that the modules below it can be tested.
 */
public final class FixtureTensors {

    private final Path file;
    private final JsonNode header;
    private final ByteBuffer tensors;

    private FixtureTensors(Path file, JsonNode header, ByteBuffer tensors) {
        this.file = file;
        this.header = header;
        this.tensors = tensors;
    }

    /** Reads a whole file. */
    public static FixtureTensors read(Path file) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            byte[] json = new byte[Math.toIntExact(bytes.getLong())];
            bytes.get(json);
            return new FixtureTensors(
                    file, new ObjectMapper().readTree(json), bytes.slice().order(ByteOrder.LITTLE_ENDIAN));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The names of the tensors, in the file's order. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        header.fieldNames().forEachRemaining(names::add);
        names.remove("__metadata__");
        return names;
    }

    /** Whether there is a tensor of this name. */
    public boolean contains(String name) {
        return header.has(name);
    }

    /** The extents of a tensor. */
    public long[] shape(String name) {
        JsonNode shape = entry(name).get("shape");
        long[] extents = new long[shape.size()];
        for (int axis = 0; axis < extents.length; axis++) {
            extents[axis] = shape.get(axis).asLong();
        }
        return extents;
    }

    /** A tensor as float64; from F32, F64 or integers. */
    public INDArray float64(String name) {
        return Nd4j.createFromArray(doubles(name)).reshape('c', shape(name));
    }

    /** A tensor as float32; from F32, or rounded from F64 or integers. */
    public INDArray float32(String name) {
        return Nd4j.createFromArray(floats(name)).reshape('c', shape(name));
    }

    /** The elements, row by row. */
    public double[] doubles(String name) {
        double[] elements = new double[Math.toIntExact(Shape.elementCount(shape(name)))];
        Arrays.setAll(elements, reader(name)::at);
        return elements;
    }

    /** The elements, row by row, rounded to float32. */
    public float[] floats(String name) {
        double[] doubles = doubles(name);
        float[] elements = new float[doubles.length];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = (float) doubles[i];
        }
        return elements;
    }

    /** The elements of an integer tensor (ids, masks, labels), row by row. */
    public int[] ints(String name) {
        double[] doubles = doubles(name);
        int[] elements = new int[doubles.length];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = (int) doubles[i];
            if (elements[i] != doubles[i]) {
                throw new IllegalArgumentException(name + ": element " + i + " is no int: " + doubles[i]);
            }
        }
        return elements;
    }

    /** The rows of an integer matrix. */
    public int[][] intRows(String name) {
        long[] shape = shape(name);
        int width = Math.toIntExact(shape[1]);
        int[] elements = ints(name);
        int[][] rows = new int[Math.toIntExact(shape[0])][];
        Arrays.setAll(rows, row -> Arrays.copyOfRange(elements, row * width, (row + 1) * width));
        return rows;
    }

    private JsonNode entry(String name) {
        if (!header.has(name)) {
            throw new IllegalArgumentException(name + ": no such tensor in " + file.getFileName());
        }
        return header.get(name);
    }

    private interface Reader {
        double at(int element);
    }

    private Reader reader(String name) {
        int start = entry(name).get("data_offsets").get(0).asInt();
        String type = entry(name).get("dtype").asText();
        return switch (type) {
            case "F64" -> element -> tensors.getDouble(start + 8 * element);
            case "F32" -> element -> tensors.getFloat(start + 4 * element);
            case "I64" -> element -> tensors.getLong(start + 8 * element);
            case "I32" -> element -> tensors.getInt(start + 4 * element);
            case "I8" -> element -> tensors.get(start + element);
            case "U8" -> element -> tensors.get(start + element) & 0xFF;
            default -> throw new IllegalArgumentException(name + ": type " + type + " is not read here");
        };
    }
}
