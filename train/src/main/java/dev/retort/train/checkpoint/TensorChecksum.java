package dev.retort.train.checkpoint;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A checksum of the bytes of tensors, one after the other (CRC-32C). It finds accidents, not forgeries. */
public final class TensorChecksum {

    private final CRC32C checksum = new CRC32C();

    /** Goes on with a tensor's elements. */
    public void add(INDArray tensor) {
        for (ByteBuffer bytes : TensorBytes.viewAll(tensor)) {
            checksum.update(bytes);
        }
    }

    /** Of all that was added. */
    public long value() {
        return checksum.getValue();
    }
}
