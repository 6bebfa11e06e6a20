package dev.retort.benchmarks.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/** Texts of an exact number of tokens, made of a corpus' words in their order. */
public final class ExactTexts {

    private static final String FILLER = "a"; // one token wherever it stands

    private final List<String> words;
    private final ToIntFunction<String> tokenCount;
    private int next;

    /** @param tokenCount of a text, special tokens included */
    public ExactTexts(Corpus corpus, ToIntFunction<String> tokenCount) {
        this.words = corpus.texts().stream()
                .flatMap(text -> List.of(text.split("\\s+")).stream())
                .toList();
        this.tokenCount = tokenCount;
    }

    /** Another text of {@code tokens} tokens, at least 3. */
    public String ofTokens(int tokens) {
        if (tokens < 3) {
            throw new IllegalArgumentException(
                    "tokens: expected at least 3, one word and two special ones, got " + tokens);
        }
        StringBuilder text = new StringBuilder();
        int count = 2;
        while (count < tokens) {
            String word = words.get(next++ % words.size());
            int more = tokenCount.applyAsInt(word) - 2;
            if (count + more > tokens) {
                word = FILLER;
                more = 1;
            }
            text.append(text.length() == 0 ? "" : " ").append(word);
            count += more;
        }
        String result = text.toString();
        int actual = tokenCount.applyAsInt(result);
        if (actual != tokens) {
            throw new IllegalStateException("text: expected " + tokens + " tokens, got " + actual + ": " + result);
        }
        return result;
    }

    /** Texts of {@code tokens} tokens each. */
    public List<String> ofTokens(int tokens, int count) {
        List<String> texts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            texts.add(ofTokens(tokens));
        }
        return texts;
    }
}
