package dev.retort.weights.sentencetransformers;

import dev.retort.model.sentence.Pooling;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything about a sentence model but its encoder and tokenizer.
 *
 * @param pooling how token vectors become one
 * @param includePrompt whether pooling sees a prompt's tokens
 * @param modules what follows pooling
 * @param maxSequenceLength the most tokens of a text, [CLS] and [SEP] included
 * @param lowerCase whether texts are put in lower case before the tokenizer does what it does
 * @param prompts texts to put before a text, by name
 * @param defaultPromptName the one to use where nobody asks, or null
 * @param similarity how to compare two vectors
 * @param truncateDimension how many dimensions to keep, from the first, or null for all
 */
public record SentenceSettings(
        Pooling pooling,
        boolean includePrompt,
        List<ModuleSettings> modules,
        int maxSequenceLength,
        boolean lowerCase,
        Map<String, String> prompts,
        @Nullable String defaultPromptName,
        Similarity similarity,
        @Nullable Integer truncateDimension) {

    private static final int SHORTEST = 3;

    /** Checks what can be checked without an encoder. */
    public SentenceSettings {
        modules = List.copyOf(modules);
        prompts = Collections.unmodifiableMap(new LinkedHashMap<>(prompts));
        if (maxSequenceLength < SHORTEST) {
            throw new IllegalArgumentException("maxSequenceLength: expected at least " + SHORTEST
                    + ", a token between [CLS] and [SEP], got " + maxSequenceLength);
        }
        if (defaultPromptName != null && !prompts.containsKey(defaultPromptName)) {
            throw new IllegalArgumentException(
                    "defaultPromptName: expected one of " + prompts.keySet() + ", got \"" + defaultPromptName + "\"");
        }
        if (truncateDimension != null && truncateDimension < 1) {
            throw new IllegalArgumentException(
                    "truncateDimension: expected a positive number, got " + truncateDimension);
        }
    }

    /** Mean pooling and nothing else, as sentence-transformers treats a folder without modules.json. */
    public static SentenceSettings mean(int maxSequenceLength) {
        return new SentenceSettings(
                Pooling.mean(), true, List.of(), maxSequenceLength, false, Map.of(), null, Similarity.COSINE, null);
    }

    /** The same settings with other modules after pooling. */
    public SentenceSettings withModules(List<ModuleSettings> newModules) {
        return new SentenceSettings(
                pooling,
                includePrompt,
                newModules,
                maxSequenceLength,
                lowerCase,
                prompts,
                defaultPromptName,
                similarity,
                truncateDimension);
    }

    /** The same settings for texts of another length. */
    public SentenceSettings withMaxSequenceLength(int tokens) {
        return new SentenceSettings(
                pooling,
                includePrompt,
                modules,
                tokens,
                lowerCase,
                prompts,
                defaultPromptName,
                similarity,
                truncateDimension);
    }
}
