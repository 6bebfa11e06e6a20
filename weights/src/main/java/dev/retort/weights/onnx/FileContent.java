package dev.retort.weights.onnx;

import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes of a file, mapped or in memory. A stream is kept in the pieces in which it came: its length is known only at its end, and one
 * array of it all would be a second copy.
 */
final class FileContent {

    private static final int PIECE_BYTES = 1 << 22;
    private static final int SCRATCH_BYTES = 1 << 14;

    private final List<ByteBuffer> pieces; // all but the last hold pieceBytes
    private final int pieceBytes;
    private final long length;

    private FileContent(List<ByteBuffer> pieces, int pieceBytes, long length) {
        this.pieces = List.copyOf(pieces);
        this.pieceBytes = pieceBytes;
        this.length = length;
    }

    /** @throws MalformedCheckpointException if the file is longer than protobuf allows, 2 GiB - 1 */
    static FileContent map(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long length = channel.size();
            if (length > Integer.MAX_VALUE) {
                throw new MalformedCheckpointException(
                        String.valueOf(file.getFileName()),
                        "over 2147483647 bytes, the limit of an ONNX file: length=" + length);
            }
            ByteBuffer all = channel.map(MapMode.READ_ONLY, 0, length);
            return new FileContent(length == 0 ? List.of() : List.of(all), Integer.MAX_VALUE, length);
        }
    }

    /** Reads to the end; the caller closes. */
    static FileContent read(InputStream stream) throws IOException {
        List<ByteBuffer> pieces = new ArrayList<>();
        long length = 0;
        for (byte[] piece = stream.readNBytes(PIECE_BYTES); piece.length > 0; piece = stream.readNBytes(PIECE_BYTES)) {
            pieces.add(ByteBuffer.wrap(piece));
            length += piece.length;
        }
        return new FileContent(pieces, PIECE_BYTES, length);
    }

    long length() {
        return length;
    }

    /** All of it from the first byte on. */
    InputStream stream() {
        return new ContentStream();
    }

    /** Copies {@code count} bytes from {@code position} on; the caller has compared both with {@link #length()}. */
    void copy(long position, byte[] target, int offset, int count) {
        for (int done = 0; done < count; ) {
            ByteBuffer piece = pieces.get((int) ((position + done) / pieceBytes));
            int begin = (int) ((position + done) % pieceBytes);
            int run = Math.min(count - done, piece.limit() - begin);
            piece.get(begin, target, offset + done, run);
            done += run;
        }
    }

    /** Copies little-endian floats; {@code position} counts bytes and need not be aligned. */
    void copyFloats(long position, float[] target, int offset, int count) {
        byte[] scratch = new byte[Math.min(SCRATCH_BYTES, count * Float.BYTES)];
        ByteBuffer floats = ByteBuffer.wrap(scratch).order(ByteOrder.LITTLE_ENDIAN);
        for (int done = 0; done < count; ) {
            int run = Math.min(count - done, scratch.length / Float.BYTES);
            copy(position + (long) done * Float.BYTES, scratch, 0, run * Float.BYTES);
            floats.asFloatBuffer().get(target, offset + done, run);
            done += run;
        }
    }

    private final class ContentStream extends InputStream {

        private long position;

        @Override
        public int read() {
            if (position >= length) {
                return -1;
            }
            ByteBuffer piece = pieces.get((int) (position / pieceBytes));
            return piece.get((int) (position++ % pieceBytes)) & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int count) {
            if (count == 0) {
                return 0;
            }
            int run = (int) Math.min(count, length - position);
            if (run <= 0) {
                return -1;
            }
            copy(position, target, offset, run);
            position += run;
            return run;
        }

        @Override
        public long skip(long count) {
            long run = Math.max(0, Math.min(count, length - position));
            position += run;
            return run;
        }

        @Override
        public int available() {
            return (int) Math.min(Integer.MAX_VALUE, length - position);
        }
    }
}
