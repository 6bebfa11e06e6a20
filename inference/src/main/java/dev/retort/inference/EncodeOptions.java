package dev.retort.inference;

import dev.retort.text.TruncationPolicy;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How one call of {@code encode} works. Immutable: each {@code with…} returns a changed copy of {@link #defaults()}.
 *
 * <p>The order is sentence-transformers': pipeline, cut to {@code dimensions}, {@code normalize}, quantise.
 */
public final class EncodeOptions {

    private static final int BATCH_TOKENS = 1024;

    private static final EncodeOptions DEFAULTS = new EncodeOptions(
            BATCH_TOKENS, TruncationPolicy.TRUNCATE, null, null, 0, false, OutputPrecision.FLOAT, null, null);

    private final int batchTokens;
    private final TruncationPolicy truncation;
    private final @Nullable String promptName;
    private final @Nullable String prompt;
    private final int dimensions; // 0: the model's own
    private final boolean normalize;
    private final OutputPrecision precision;
    private final @Nullable CalibrationRanges calibration;
    private final @Nullable ProgressListener progress;

    private EncodeOptions(
            int batchTokens,
            TruncationPolicy truncation,
            @Nullable String promptName,
            @Nullable String prompt,
            int dimensions,
            boolean normalize,
            OutputPrecision precision,
            @Nullable CalibrationRanges calibration,
            @Nullable ProgressListener progress) {
        this.batchTokens = batchTokens;
        this.truncation = truncation;
        this.promptName = promptName;
        this.prompt = prompt;
        this.dimensions = dimensions;
        this.normalize = normalize;
        this.precision = precision;
        this.calibration = calibration;
        this.progress = progress;
    }

    /** 1024 tokens a batch, truncate, the model's default prompt and width, floats. */
    public static EncodeOptions defaults() {
        return DEFAULTS;
    }

    /** At most this many tokens in a batch; a longer text has a batch of its own. More tokens cost more memory. */
    public EncodeOptions withBatchTokens(int tokens) {
        if (tokens < 1) {
            throw new IllegalArgumentException("batchTokens: expected a positive number, got " + tokens);
        }
        return new EncodeOptions(
                tokens, truncation, promptName, prompt, dimensions, normalize, precision, calibration, progress);
    }

    /** What becomes of a text that is longer than the model's limit. */
    public EncodeOptions withTruncation(TruncationPolicy policy) {
        return new EncodeOptions(
                batchTokens,
                Objects.requireNonNull(policy, "truncation"),
                promptName,
                prompt,
                dimensions,
                normalize,
                precision,
                calibration,
                progress);
    }

    /** Puts one of the model's named prompts before each text; an unknown name is an error of {@code encode}. */
    public EncodeOptions withPromptName(String name) {
        return new EncodeOptions(
                batchTokens, truncation, name, null, dimensions, normalize, precision, calibration, progress);
    }

    /** Puts these characters before each text, without a space of their own; empty for none at all. */
    public EncodeOptions withPrompt(String newPrompt) {
        return new EncodeOptions(
                batchTokens, truncation, null, newPrompt, dimensions, normalize, precision, calibration, progress);
    }

    /** Keeps the first dimensions only (Kusupati et al. 2022, Matryoshka). Not normalised again unless asked for. */
    public EncodeOptions withDimensions(int newDimensions) {
        if (newDimensions < 1) {
            throw new IllegalArgumentException("dimensions: expected a positive number, got " + newDimensions);
        }
        return new EncodeOptions(
                batchTokens,
                truncation,
                promptName,
                prompt,
                newDimensions,
                normalize,
                precision,
                calibration,
                progress);
    }

    /** Divides each vector by its norm at the end, whatever the pipeline did. */
    public EncodeOptions withNormalize(boolean newNormalize) {
        return new EncodeOptions(
                batchTokens,
                truncation,
                promptName,
                prompt,
                dimensions,
                newNormalize,
                precision,
                calibration,
                progress);
    }

    /** Returns quantised vectors. {@code INT8} and {@code UINT8} take the ranges of the call's own vectors unless calibrated. */
    public EncodeOptions withPrecision(OutputPrecision newPrecision) {
        return new EncodeOptions(
                batchTokens,
                truncation,
                promptName,
                prompt,
                dimensions,
                normalize,
                Objects.requireNonNull(newPrecision, "precision"),
                calibration,
                progress);
    }

    /** Quantises to a format with the given ranges, so that vectors of several calls compare. */
    public EncodeOptions withPrecision(OutputPrecision newPrecision, CalibrationRanges ranges) {
        return new EncodeOptions(
                batchTokens, truncation, promptName, prompt, dimensions, normalize, newPrecision, ranges, progress);
    }

    /** Is told how far the call has come. */
    public EncodeOptions withProgress(ProgressListener listener) {
        return new EncodeOptions(
                batchTokens, truncation, promptName, prompt, dimensions, normalize, precision, calibration, listener);
    }

    int batchTokens() {
        return batchTokens;
    }

    TruncationPolicy truncation() {
        return truncation;
    }

    @Nullable
    String promptName() {
        return promptName;
    }

    @Nullable
    String prompt() {
        return prompt;
    }

    int dimensions() {
        return dimensions;
    }

    boolean normalize() {
        return normalize;
    }

    OutputPrecision precision() {
        return precision;
    }

    @Nullable
    CalibrationRanges calibration() {
        return calibration;
    }

    @Nullable
    ProgressListener progress() {
        return progress;
    }
}
