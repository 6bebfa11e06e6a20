package dev.retort.cli.input;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** An input file is not what it should be. The message begins with {@code file:line}. */
public final class MalformedTextException extends IOException {

    private static final long serialVersionUID = 1L;

    MalformedTextException(String message) {
        super(message);
    }

    MalformedTextException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
