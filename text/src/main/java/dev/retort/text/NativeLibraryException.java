package dev.retort.text;

/** The native tokenizer library cannot be loaded on this machine. The message says what was tried and what to do. */
public final class NativeLibraryException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    NativeLibraryException(String message, Throwable cause) {
        super(message, cause);
    }
}
