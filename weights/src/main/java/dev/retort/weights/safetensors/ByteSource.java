package dev.retort.weights.safetensors;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/** Bytes that are produced when they are written: a tensor, a file. */
@FunctionalInterface
public interface ByteSource {

    /**
     * Writes all bytes.
     *
     * @param channel takes whole buffers: {@code write} leaves nothing in them; not to be closed
     */
    void writeTo(WritableByteChannel channel) throws IOException;
}
