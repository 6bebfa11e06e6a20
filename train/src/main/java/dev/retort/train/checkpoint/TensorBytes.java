package dev.retort.train.checkpoint;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The elements of a row-major tensor as they lie in native memory, little-endian on every platform that ND4J has. */
final class TensorBytes {

    private static final int BYTES_A_VIEW = 1 << 20;

    private TensorBytes() {}

    /** Views of all bytes, in order; the tensor must outlive them. */
    static List<ByteBuffer> viewAll(INDArray tensor) {
        int width = tensor.dataType().width();
        long start = tensor.offset() * width;
        long end = start + tensor.length() * width;
        BytePointer all = new BytePointer(tensor.data().pointer()); // shares the memory and does not own it
        List<ByteBuffer> views = new ArrayList<>();
        for (long from = start; from < end; from += BYTES_A_VIEW) {
            views.add(
                    all.limit(Math.min(from + BYTES_A_VIEW, end)).position(from).asByteBuffer());
        }
        return views;
    }
}
