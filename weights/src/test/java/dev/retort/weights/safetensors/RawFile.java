package dev.retort.weights.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files put together byte by byte, right or wrong. */
final class RawFile {

    private RawFile() {}

    /** The header's length, the header, the tensors' bytes. */
    static byte[] bytes(String header, byte... body) {
        return bytes(header.getBytes(StandardCharsets.UTF_8), body);
    }

    static byte[] bytes(byte[] header, byte... body) {
        return ByteBuffer.allocate(8 + header.length + body.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .put(body)
                .array();
    }

    /** {@code model.safetensors} in a folder. */
    static Path write(Path folder, byte[] bytes) throws IOException {
        return Files.write(folder.resolve("model.safetensors"), bytes);
    }

    static ByteBuffer littleEndian(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }
}
