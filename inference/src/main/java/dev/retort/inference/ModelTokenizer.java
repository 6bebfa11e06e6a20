package dev.retort.inference;

import dev.retort.text.Encoding;
import dev.retort.text.Tokenizer;
import dev.retort.text.TruncationPolicy;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import dev.retort.weights.sentencetransformers.SentenceSettings;
import dev.retort.weights.sentencetransformers.TokenizerFiles;
import java.io.IOException;
import java.util.AbstractList;
import java.util.List;
import java.util.Locale;

/**
 * How a model reads texts: its tokenizer, and what its settings say of prompts and lower case. Training and inference both read through
 * it, so that a model is trained on the ids that it will be asked about.
 *
 * <p>Safe for use by many threads. Close it when done: it holds native memory.
 */
public final class ModelTokenizer implements AutoCloseable {

    private final Tokenizer tokenizer;
    private final SentenceSettings settings;

    private ModelTokenizer(Tokenizer tokenizer, SentenceSettings settings) {
        this.tokenizer = tokenizer;
        this.settings = settings;
    }

    /**
     * Opens the tokenizer that belongs to a model.
     *
     * @param checkpoint is not needed afterwards
     * @throws dev.retort.text.MalformedTokenizerException if a file is not what it should be, or gives ids that the model does not have
     * @throws IOException if a file is absent or cannot be read
     */
    public static ModelTokenizer open(SentenceCheckpoint checkpoint) throws IOException {
        Tokenizer tokenizer = checkpoint.tokenizer() instanceof TokenizerFiles.InMemory inMemory
                ? Tokenizer.ofJson(inMemory.json(), inMemory.name())
                : Tokenizer.load(((TokenizerFiles.InFolder) checkpoint.tokenizer()).path());
        try {
            tokenizer.requireIdsBelow(checkpoint.config().vocabularySize());
            return new ModelTokenizer(tokenizer, checkpoint.settings());
        } catch (IOException | RuntimeException | Error failure) {
            tokenizer.close();
            throw failure;
        }
    }

    /** The prompt that stands before a text where nobody asks for another; empty for none. */
    public String defaultPrompt() {
        String name = settings.defaultPromptName();
        return name == null ? "" : prompt(name);
    }

    /**
     * A prompt of the model.
     *
     * @throws IllegalArgumentException if it has none of that name
     */
    public String prompt(String name) {
        String prompt = settings.prompts().get(name);
        if (prompt == null) {
            throw new IllegalArgumentException("prompt: the model has none named " + name + ", it has "
                    + settings.prompts().keySet());
        }
        return prompt;
    }

    /**
     * The ids of texts {@code from} to {@code to - 1}, computed on the calling thread; see {@link Tokenizer#encode(String, List, int, int,
     * int, TruncationPolicy)}.
     *
     * @param prompt goes before each text; may be empty
     * @param maxTokens the most tokens of a sequence, [CLS] and [SEP] included
     */
    public List<Encoding> encode(
            String prompt, List<String> texts, int from, int to, int maxTokens, TruncationPolicy policy) {
        return tokenizer.encode(
                asRead(prompt), settings.lowerCase() ? new LowerCase(texts) : texts, from, to, maxTokens, policy);
    }

    /**
     * How many tokens at the start of each sequence pooling leaves out: none, unless the model does not pool its prompts
     * ({@code include_prompt} false); see {@link Tokenizer#promptTokenCount}.
     *
     * @param maxTokens of the call that encodes the texts
     */
    public int unpooled(String prompt, int maxTokens) {
        return settings.includePrompt() ? 0 : tokenizer.promptTokenCount(asRead(prompt), maxTokens);
    }

    /** The tokens that the ids stand for. */
    List<String> tokens(int... ids) {
        return tokenizer.tokens(ids);
    }

    private String asRead(String text) {
        return settings.lowerCase() ? text.toLowerCase(Locale.ROOT) : text; // do_lower_case of old models
    }

    /** Texts in lower case, as they are asked for. */
    private static final class LowerCase extends AbstractList<String> {

        private final List<String> texts;

        LowerCase(List<String> texts) {
            this.texts = texts;
        }

        @Override
        @SuppressWarnings("NullAway") // a null text is refused, with its number, by the tokenizer
        public String get(int index) {
            String text = texts.get(index);
            return text == null ? null : text.toLowerCase(Locale.ROOT);
        }

        @Override
        public int size() {
            return texts.size();
        }
    }

    /** Frees the native memory, once the texts in work are done; encoding fails from then on. */
    @Override
    public void close() {
        tokenizer.close();
    }
}
