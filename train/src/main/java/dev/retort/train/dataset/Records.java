package dev.retort.train.dataset;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Records of a file, cut at the bytes: a line, which LF or CR LF ends, or in CSV the lines that a quoted cell joins. Each has a byte offset
 * from which it can be read again. Blank lines are none; a byte order mark at the start of the file is skipped.
 */
final class Records implements Closeable {

    /** Enough for many rows; a single one that is read again needs less. */
    static final int BUFFER = 1 << 16;

    private static final int MOST_BYTES = 1 << 24; // a file without line ends must not fill the memory

    private final InputStream in;
    private final String name;
    private final boolean quoted;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder(); // reports, does not replace
    private final byte[] buffer;
    private int position; // of the next byte in the buffer
    private int limit;

    private byte[] bytes = new byte[256];
    private int length;
    private long offset; // of the record
    private long line;
    private long nextOffset;
    private long nextLine;

    /**
     * @param in stands at the start of a record
     * @param name the file's name, for messages
     * @param quoted whether quotation marks join lines
     * @param offset of the first byte in its file
     * @param line of the first byte in its file, from 1
     */
    Records(InputStream in, String name, boolean quoted, long offset, long line, int bufferSize) {
        this.in = in;
        this.name = name;
        this.quoted = quoted;
        this.nextOffset = offset;
        this.nextLine = line;
        this.buffer = new byte[bufferSize];
    }

    /**
     * Goes to the next record.
     *
     * @return false after the last
     * @throws MalformedDatasetException if it never ends
     */
    boolean next() throws IOException {
        do {
            if (!advance()) {
                return false;
            }
        } while (isBlank());
        return true;
    }

    private boolean advance() throws IOException {
        offset = nextOffset;
        line = nextLine;
        length = 0;
        boolean open = false; // within quotes
        int b = read();
        if (b < 0) {
            return false;
        }
        for (; b >= 0; b = read()) {
            if (b == '\n') {
                nextLine++;
                if (!open) {
                    break;
                }
            } else if (b == '"' && quoted) {
                open = !open;
            }
            if (length == MOST_BYTES) {
                throw new MalformedDatasetException(place() + ": row too long: over " + MOST_BYTES + " bytes"
                        + (open ? ": a quotation mark is not closed" : ": put a text on each line"));
            }
            if (length == bytes.length) {
                bytes = Arrays.copyOf(bytes, 2 * length);
            }
            bytes[length++] = (byte) b;
        }
        if (length > 0 && bytes[length - 1] == '\r') {
            length--;
        }
        return true;
    }

    private int read() throws IOException {
        if (position == limit) {
            limit = in.read(buffer, 0, buffer.length);
            position = 0;
            if (limit <= 0) {
                limit = 0;
                return -1;
            }
        }
        nextOffset++;
        return buffer[position++] & 0xFF;
    }

    private boolean isBlank() {
        for (int i = 0; i < length; i++) {
            if (bytes[i] != ' ' && bytes[i] != '\r') {
                return false;
            }
        }
        return true;
    }

    /** Byte offset of the record in its file. */
    long offset() {
        return offset;
    }

    /** Line of the record's start, from 1. */
    long line() {
        return line;
    }

    /** {@code file:line} of the record's start. */
    String place() {
        return name + ":" + line;
    }

    /**
     * The record's characters, without its line end.
     *
     * @throws MalformedDatasetException if they are not UTF-8
     */
    String text() throws MalformedDatasetException {
        int start = offset == 0 && startsWithByteOrderMark() ? 3 : 0;
        ByteBuffer source = ByteBuffer.wrap(bytes, start, length - start);
        CharBuffer target = CharBuffer.allocate(length);
        CoderResult result = decoder.reset().decode(source, target, true);
        if (result.isError()) {
            int at = source.position();
            long lines = 0;
            for (int i = 0; i < at; i++) {
                lines += bytes[i] == '\n' ? 1 : 0;
            }
            throw new MalformedDatasetException(String.format(
                    "%s:%d: not UTF-8: byte 0x%02X at offset %d: convert the file, for example with iconv -t UTF-8",
                    name, line + lines, bytes[at], offset + at));
        }
        return target.flip().toString();
    }

    private boolean startsWithByteOrderMark() {
        return length >= 3 && bytes[0] == (byte) 0xEF && bytes[1] == (byte) 0xBB && bytes[2] == (byte) 0xBF;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
