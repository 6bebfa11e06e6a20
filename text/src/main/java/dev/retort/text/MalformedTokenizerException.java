package dev.retort.text;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A tokenizer's file is not what it should be. The message names the file. */
public final class MalformedTokenizerException extends IOException {

    private static final long serialVersionUID = 1L;

    MalformedTokenizerException(String message) {
        super(message);
    }

    MalformedTokenizerException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
