package dev.retort.core;

import java.util.stream.Stream;

/** A native library cannot be loaded on this machine. The message says what was tried and what to do. */
public final class NativeLibraryException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * @param library what was to be loaded, and from which artifact
     * @param failure what happened; its causes go into the message
     * @param remedy what to do
     */
    public NativeLibraryException(String library, Throwable failure, String remedy) {
        super(
                library + ": cannot be loaded: platform " + System.getProperty("os.name") + " "
                        + System.getProperty("os.arch") + ": " + causes(failure) + ": " + remedy,
                failure);
    }

    private static String causes(Throwable failure) {
        return Stream.iterate(failure, cause -> cause != null, Throwable::getCause)
                .map(cause -> cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage())
                .distinct()
                .reduce((outer, inner) -> outer + ": " + inner)
                .orElseThrow();
    }
}
