package dev.retort.cli.input;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/**
 * Characters of a UTF-8 stream. Bytes that are not UTF-8 are an error that says where, instead of U+FFFD; a byte order mark at the start
 * is skipped. Never waits for more bytes than the caller needs.
 */
final class Utf8Reader extends Reader {

    private static final int BUFFER = 1 << 16;
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private final InputStream in;
    private final String name;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder(); // reports, does not replace
    private final ByteBuffer bytes = ByteBuffer.allocate(BUFFER).flip();
    private final CharBuffer chars = CharBuffer.allocate(BUFFER).flip();
    private long consumed;
    private long line = 1; // of the next byte that is not decoded yet
    private boolean started;
    private boolean ended;

    /** @param name the file's name, for messages */
    Utf8Reader(InputStream in, String name) {
        this.in = in;
        this.name = name;
    }

    /** Bytes decoded so far. */
    long position() {
        return consumed;
    }

    /** The next character, or -1. */
    @Override
    public int read() throws IOException {
        return chars.hasRemaining() || fill() ? chars.get() : -1;
    }

    @Override
    public int read(char[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!chars.hasRemaining() && !fill()) {
            return -1;
        }
        int count = Math.min(length, chars.remaining());
        chars.get(target, offset, count);
        return count;
    }

    /** Whether a read would not wait. */
    @Override
    public boolean ready() throws IOException {
        return chars.hasRemaining() || in.available() > 0;
    }

    private boolean fill() throws IOException {
        chars.clear();
        while (true) {
            int before = bytes.position();
            CoderResult result = decoder.decode(bytes, chars, ended);
            consumed += bytes.position() - before;
            if (chars.position() > 0) { // before an error, the characters in front of it
                break;
            }
            if (result.isError()) {
                throw new MalformedTextException(String.format(
                        "%s:%d: not UTF-8: byte 0x%02X at offset %d: convert the file, for example with iconv -t UTF-8",
                        name, line, bytes.get(bytes.position()), consumed));
            }
            if (ended) {
                chars.flip();
                return false;
            }
            bytes.compact();
            int count = in.read(bytes.array(), bytes.position(), bytes.remaining());
            ended = count < 0;
            bytes.position(bytes.position() + Math.max(count, 0)).flip();
        }
        chars.flip();
        for (int i = 0; i < chars.limit(); i++) {
            if (chars.get(i) == '\n') {
                line++;
            }
        }
        if (!started) {
            started = true;
            if (chars.get(0) == BYTE_ORDER_MARK) {
                chars.get();
                return chars.hasRemaining() || fill();
            }
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
