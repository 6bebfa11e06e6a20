package dev.retort.train.optimizer;

import dev.retort.core.Tensors;
import java.nio.ByteBuffer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Native memory as Java's buffers see it. The buffers do not keep it alive. */
final class NativeBytes extends Pointer {

    private NativeBytes(long address, long bytes) {
        super((Pointer) null);
        this.address = address;
        this.limit = bytes;
        this.capacity = bytes;
    }

    /** The unit of limit and capacity. */
    @Override
    public int sizeof() {
        return 1;
    }

    /** So many bytes from an address, at most 2³¹ - 1, in the machine's byte order. */
    static ByteBuffer view(long address, long bytes) {
        return new NativeBytes(address, Math.toIntExact(bytes)).asByteBuffer();
    }

    /** Where a row-major tensor's first element lies. ND4J gives a view the address of what it is a view of. */
    static long addressOf(INDArray tensor) {
        return tensor.data().address() + tensor.offset() * tensor.dataType().width();
    }

    /** The tensor, or its copy where its elements do not lie row by row. */
    static INDArray rowMajor(INDArray tensor) {
        return Tensors.isRowMajor(tensor) ? tensor : tensor.dup('c');
    }
}
