package dev.retort.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Standard output that remembers its first failure, because printers swallow it: a full disk must not look like success, and a reader
 * that has seen enough ({@code | head -1}) is no failure to speak of.
 */
final class StandardOutput extends FilterOutputStream {

    private @Nullable IOException failure;

    StandardOutput(OutputStream out) {
        super(out);
    }

    /** Nobody reads standard output any more. */
    static final class ClosedException extends IOException {

        private static final long serialVersionUID = 1L;

        ClosedException(IOException cause) {
            super("standard output: closed", cause);
        }
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            throw remembered(e);
        }
    }

    @Override
    public void flush() throws IOException {
        try {
            out.flush();
        } catch (IOException e) {
            throw remembered(e);
        }
    }

    private IOException remembered(IOException e) {
        String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        IOException telling = message.contains("broken pipe") || message.contains("pipe is being closed")
                ? new ClosedException(e)
                : new IOException("standard output: cannot be written: " + e.getMessage(), e);
        if (failure == null) {
            failure = telling;
        }
        return telling;
    }

    /** Throws what went wrong with any write so far. */
    void requireWritten() throws IOException {
        flush();
        if (failure != null) {
            throw failure;
        }
    }
}
