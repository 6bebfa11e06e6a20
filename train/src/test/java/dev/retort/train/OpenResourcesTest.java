package dev.retort.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenResourcesTest {

    private final List<String> closed = new ArrayList<>();

    @Test
    void close_severalOpened_closesTheLastFirstAndEachOnce() throws IOException {
        OpenResources opened = new OpenResources();
        opened.add(() -> closed.add("first"));
        opened.add(() -> closed.add("second"));

        opened.close();
        opened.close();

        assertThat(closed).containsExactly("second", "first");
    }

    @Test
    void close_someFail_closesTheOthersAndThrowsTheFirstFailure() {
        OpenResources opened = new OpenResources();
        opened.add(() -> closed.add("first"));
        opened.add(() -> {
            throw new IllegalStateException("second");
        });
        opened.add(() -> {
            throw new IOException("third");
        });

        assertThatThrownBy(opened::close)
                .isInstanceOf(IOException.class)
                .hasMessage("third")
                .satisfies(failure -> assertThat(failure.getSuppressed())
                        .singleElement()
                        .extracting(Throwable::getMessage)
                        .isEqualTo("second"));
        assertThat(closed).containsExactly("first");
    }

    @Test
    void closeAfter_aFailure_tellsItOfTheOthers() {
        OpenResources opened = new OpenResources();
        opened.add(() -> {
            throw new IOException("another");
        });
        IOException failure = new IOException("first");

        opened.closeAfter(failure);

        assertThat(failure.getSuppressed()).hasSize(1);
    }
}
