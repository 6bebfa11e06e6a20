package dev.retort.cli.input;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Texts given on the command line. */
final class ArgumentTexts implements TextSource {

    private final List<String> texts;
    private int next;

    ArgumentTexts(List<String> texts) {
        this.texts = List.copyOf(texts);
    }

    @Override
    public @Nullable PlacedText next() {
        if (next == texts.size()) {
            return null;
        }
        String text = texts.get(next++);
        return new PlacedText(text, "text " + next);
    }

    @Override
    public boolean ready() {
        return next < texts.size();
    }

    @Override
    public long position() {
        return next;
    }

    @Override
    public void close() {}
}
