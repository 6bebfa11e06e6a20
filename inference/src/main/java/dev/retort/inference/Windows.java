package dev.retort.inference;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;

/** A stream's results, computed a window of texts at a time, when they are asked for. */
final class Windows implements Iterator<Embedding> {

    private static final int TEXTS = 2048;
    private static final int CHARACTERS = 1 << 21;

    private final Iterator<String> texts;
    private final Function<List<String>, List<Embedding>> encode;
    private Iterator<Embedding> window = Collections.emptyIterator();

    Windows(Iterator<String> texts, Function<List<String>, List<Embedding>> encode) {
        this.texts = texts;
        this.encode = encode;
    }

    @Override
    public boolean hasNext() {
        while (!window.hasNext() && texts.hasNext()) {
            window = encode.apply(nextTexts()).iterator();
        }
        return window.hasNext();
    }

    private List<String> nextTexts() {
        List<String> next = new ArrayList<>();
        long characters = 0;
        while (texts.hasNext() && next.size() < TEXTS && characters < CHARACTERS) {
            String text = texts.next();
            next.add(text);
            characters += text == null ? 0 : text.length(); // null is refused, with its number, when it is encoded
        }
        return next;
    }

    @Override
    public Embedding next() {
        if (!hasNext()) {
            throw new NoSuchElementException("no more texts");
        }
        return window.next();
    }
}
