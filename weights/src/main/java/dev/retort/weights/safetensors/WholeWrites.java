package dev.retort.weights.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** A channel whose {@code write} takes the whole buffer, and which counts. */
final class WholeWrites implements WritableByteChannel {

    private final WritableByteChannel channel;
    private long byteCount;

    WholeWrites(WritableByteChannel channel) {
        this.channel = channel;
    }

    /** The bytes taken so far. */
    long byteCount() {
        return byteCount;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        int length = source.remaining();
        while (source.hasRemaining()) {
            byteCount += channel.write(source);
        }
        return length;
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
