package dev.retort.onednn;

import dev.retort.core.Tensors;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A native address as JavaCPP wants it, that can be moved: making a pointer for each call would cost more than the call. */
final class Address extends FloatPointer {

    private static final long FLOAT_BYTES = 4;

    Address() {
        super((Pointer) null);
        limit = Long.MAX_VALUE / FLOAT_BYTES;
        capacity = limit;
    }

    /** The same object, elsewhere. */
    Address at(long newAddress) {
        address = newAddress;
        return this;
    }

    /** Where a row-major tensor's first element lies. ND4J gives a view the address of what it is a view of. */
    static long of(INDArray tensor) {
        return tensor.data().address() + tensor.offset() * tensor.dataType().width();
    }

    /** The tensor, or its copy where its elements do not lie row by row. */
    static INDArray rowMajor(INDArray tensor) {
        return Tensors.isRowMajor(tensor) ? tensor : tensor.dup('c');
    }
}
