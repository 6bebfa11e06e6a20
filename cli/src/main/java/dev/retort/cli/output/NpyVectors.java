package dev.retort.cli.output;

import dev.retort.inference.Embedding;
import dev.retort.inference.OutputPrecision;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;

/**
 * A NumPy array in C order, format version 1.0 ({@code numpy/lib/format.py}). The number of rows stands in the header, which is
 * therefore written again at the end.
 */
final class NpyVectors implements VectorWriter {

    private static final int HEADER_BYTES = 128; // a multiple of 64 with room for any number of rows
    private static final int BUFFER = 1 << 16;

    private final FileChannel channel;
    private final int width;
    private final OutputPrecision precision;
    private final ByteBuffer buffer;
    private long rows;

    NpyVectors(OutputFile file, int width, OutputPrecision precision) throws IOException {
        if (!file.isSeekable()) {
            throw new IllegalArgumentException("npy: needs a regular file: its header is written last");
        }
        this.channel = file.channel();
        this.width = width;
        this.precision = precision;
        this.buffer = ByteBuffer.allocate(Math.max(BUFFER, width * Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(header());
    }

    private byte[] header() {
        String type = switch (precision) {
            case FLOAT -> "<f4";
            case INT8, BINARY -> "|i1";
            case UINT8, UBINARY -> "|u1";
        };
        String dictionary =
                "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + rows + ", " + width + "), }";
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
        header.put((byte) 1).put((byte) 0); // version
        header.putShort((short) (HEADER_BYTES - header.position() - Short.BYTES));
        header.put(dictionary.getBytes(StandardCharsets.US_ASCII));
        while (header.remaining() > 1) {
            header.put((byte) ' ');
        }
        return header.put((byte) '\n').array();
    }

    @Override
    public void write(long index, String text, Embedding embedding) throws IOException {
        if (precision == OutputPrecision.FLOAT) {
            room(width * Float.BYTES);
            for (float x : embedding.vector()) {
                buffer.putFloat(x);
            }
        } else {
            room(width);
            buffer.put(embedding.quantized());
        }
        rows++;
    }

    private void room(int bytes) throws IOException {
        if (buffer.remaining() < bytes) {
            flush();
        }
    }

    @Override
    public void flush() throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        buffer.clear();
    }

    @Override
    public void finish() throws IOException {
        flush();
        ByteBuffer header = ByteBuffer.wrap(header());
        while (header.hasRemaining()) {
            channel.write(header, header.position());
        }
    }
}
