package dev.retort.train.dataset;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A file of labelled texts is not what it should be. The message begins with the file, and with the line where there is one. */
public final class MalformedDatasetException extends IOException {

    private static final long serialVersionUID = 1L;

    MalformedDatasetException(String message) {
        super(message);
    }

    MalformedDatasetException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
