package dev.retort.minilm;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Short sentences without a meaning, the same ones each time. */
final class MadeSentences {

    private static final long SEED = 20;
    private static final int MOST_WORDS = 16;
    private static final List<String> WORDS = List.of(
            "a",
            "the",
            "cat",
            "harbour",
            "sits",
            "opens",
            "on",
            "under",
            "slowly",
            "bridge",
            "red",
            "unlikely",
            "music",
            "of",
            "seven",
            "engineers",
            "repair",
            "rain",
            "before",
            "midnight",
            "and",
            "their",
            "ferry",
            "returns",
            "quietly");

    private MadeSentences() {}

    /** So many sentences of 1 to 16 words. */
    static List<String> of(int count) {
        Random random = new Random(SEED);
        List<String> sentences = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            List<String> words = new ArrayList<>();
            for (int word = random.nextInt(MOST_WORDS); word >= 0; word--) {
                words.add(WORDS.get(random.nextInt(WORDS.size())));
            }
            sentences.add(String.join(" ", words));
        }
        return sentences;
    }
}
