package dev.retort.cli;

import dev.retort.cli.input.PlacedText;
import dev.retort.cli.input.TextSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A source's texts, some at a time. A window ends where the next text has not arrived yet, so that a slow source is answered text by text
 * and a fast one in full batches; windows grow from few texts, for a quick first row, to as many as a bounded memory allows.
 */
final class TextWindows {

    private static final int FIRST_TEXTS = 64;
    private static final int MOST_TEXTS = 2048;
    private static final int MOST_CHARACTERS = 1 << 21;

    private final TextSource source;
    private int most = FIRST_TEXTS;

    TextWindows(TextSource source) {
        this.source = source;
    }

    /** The next ones; none at the end. */
    List<PlacedText> next() throws IOException {
        List<PlacedText> window = new ArrayList<>();
        long characters = 0;
        do {
            PlacedText text = source.next();
            if (text == null) {
                break;
            }
            window.add(text);
            characters += text.text().length();
        } while (window.size() < most && characters < MOST_CHARACTERS && source.ready());
        most = Math.min(2 * most, MOST_TEXTS);
        return window;
    }
}
