package dev.retort.weights.onnx;

import java.util.List;

/**
 * A {@code TensorProto}: what it says of itself, and where its elements lie.
 *
 * @param name empty inside an attribute
 * @param shape its extents, none negative
 * @param type one of {@code TensorProto.DataType}
 * @param position where its elements begin in the file, if they are little-endian and side by side
 * @param byteCount their length; as many as shape and type need where type is {@link #FLOAT}
 * @param values the elements of a small tensor (at most {@link #SMALL}) of numbers, empty for others
 */
record OnnxTensor(String name, List<Long> shape, int type, long position, long byteCount, List<Double> values) {

    /** The greatest element count of a tensor whose elements are read with the graph: constants, shapes. */
    static final int SMALL = 64;

    static final int FLOAT = 1;
    static final int INT32 = 6;
    static final int INT64 = 7;
    static final int DOUBLE = 11;

    private static final List<String> TYPES = List.of(
            "UNDEFINED",
            "FLOAT",
            "UINT8",
            "INT8",
            "UINT16",
            "INT16",
            "INT32",
            "INT64",
            "STRING",
            "BOOL",
            "FLOAT16",
            "DOUBLE",
            "UINT32",
            "UINT64",
            "COMPLEX64",
            "COMPLEX128",
            "BFLOAT16");

    OnnxTensor {
        shape = List.copyOf(shape);
        values = List.copyOf(values);
    }

    String typeName() {
        return type >= 0 && type < TYPES.size() ? TYPES.get(type) : "type " + type;
    }

    /** Whether this looks like a model's parameter: real numbers in a vector, matrix or higher. */
    boolean isParameter() {
        boolean realNumbers = type == FLOAT || type == DOUBLE || type == 10 || type == 16;
        return realNumbers
                && !shape.isEmpty()
                && shape.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact) > 1;
    }
}
