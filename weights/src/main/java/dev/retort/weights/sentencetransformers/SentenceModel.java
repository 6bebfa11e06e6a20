package dev.retort.weights.sentencetransformers;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Weight;
import dev.retort.model.DistilBertConfig;
import dev.retort.model.ParameterScope;
import dev.retort.model.sentence.SentenceEncoder;
import dev.retort.weights.LoadOptions;
import dev.retort.weights.LoadReport;
import dev.retort.weights.NarrowFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A loaded sentence model: from token ids to sentence vectors, and what to know about texts before and vectors after. Immutable until it
 * is closed, which frees its weights.
 */
public final class SentenceModel implements AutoCloseable {

    private final SentenceEncoder encoder;
    private final DistilBertConfig config;
    private final SentenceSettings settings;
    private final TokenizerFiles tokenizer;
    private final LoadOptions options;
    private final @Nullable NarrowFormat narrowFormat;
    private final LoadReport report;
    private final List<ParameterScope.Parameter> parameters;
    private final List<Variable> variables;
    private final List<Weight> weights; // of linear layers, in the backend's form

    SentenceModel(
            SentenceEncoder encoder,
            DistilBertConfig config,
            SentenceSettings settings,
            TokenizerFiles tokenizer,
            LoadOptions options,
            @Nullable NarrowFormat narrowFormat,
            LoadReport report,
            ParameterScope scope) {
        this.encoder = encoder;
        this.config = config;
        this.settings = settings;
        this.tokenizer = tokenizer;
        this.options = options;
        this.narrowFormat = narrowFormat;
        this.report = report;
        this.parameters = scope.parameters();
        this.variables = List.copyOf(scope.variables());
        this.weights = List.copyOf(scope.weights());
    }

    /**
     * Loads a folder: a sentence-transformers model, or a Hugging Face encoder without modules.json (mean pooling, not normalised).
     *
     * @throws dev.retort.weights.safetensors.MalformedCheckpointException if a file is not what it should be
     * @throws IOException if a file is absent or cannot be read; the message says what was looked for
     */
    public static SentenceModel load(Path folder, LoadOptions options) throws IOException {
        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.open(folder)) {
            return checkpoint.load(options);
        }
    }

    /** Token ids to sentence vectors. */
    public SentenceEncoder encoder() {
        return encoder;
    }

    /** The encoder's sizes. */
    public DistilBertConfig config() {
        return config;
    }

    /** Everything around the encoder. */
    public SentenceSettings settings() {
        return settings;
    }

    /** The most tokens of a text, [CLS] and [SEP] included. */
    public int maxSequenceLength() {
        return settings.maxSequenceLength();
    }

    /** Whether texts are put in lower case before the tokenizer does what it does. */
    public boolean lowerCase() {
        return settings.lowerCase();
    }

    /** Texts to put before a text, by name. */
    public Map<String, String> prompts() {
        return settings.prompts();
    }

    /** The prompt to use where nobody asks, or null. */
    public @Nullable String defaultPromptName() {
        return settings.defaultPromptName();
    }

    /** Whether pooling sees a prompt's tokens. */
    public boolean includePrompt() {
        return settings.includePrompt();
    }

    /** How to compare two vectors. */
    public Similarity similarity() {
        return settings.similarity();
    }

    /** How many dimensions to keep, from the first, or null for all. */
    public @Nullable Integer truncateDimension() {
        return settings.truncateDimension();
    }

    /** Where the tokenizer is. */
    public TokenizerFiles tokenizer() {
        return tokenizer;
    }

    /** How it was loaded. */
    public LoadOptions options() {
        return options;
    }

    /** How the files have weights that were narrowed on purpose, or null if they were not. */
    public @Nullable NarrowFormat narrowFormat() {
        return narrowFormat;
    }

    /** What was made of the files. */
    public LoadReport report() {
        return report;
    }

    /** The parameter table, in the order of construction. */
    public List<ParameterScope.Parameter> parameters() {
        return parameters;
    }

    /**
     * Frees the weights' native memory at once, which otherwise happens when the garbage collector finds them: it does not see how much
     * they are. The encoder must not compute any more. Idempotent.
     */
    @Override
    public void close() {
        weights.forEach(Weight::close);
        for (Variable variable : variables) {
            INDArray value = variable.value();
            if (!value.wasClosed()) { // as a backend does that has made its own copy
                value.close();
            }
        }
    }
}
