package dev.retort.inference;

import dev.retort.autograd.fusion.Fusions;
import dev.retort.text.Encoding;
import dev.retort.weights.sentencetransformers.SentenceModel;
import java.util.Arrays;
import java.util.List;

/** One call's options resolved against the model: which prompt, which width, and what happens to a text's vector after the pipeline. */
final class Recipe {

    private final SentenceModel model;
    private final ModelTokenizer tokenizer;
    private final EncodeOptions options;
    private final String prompt;
    private final int width;

    /** @throws IllegalArgumentException for a prompt name the model does not have, or more dimensions than it has */
    Recipe(SentenceModel model, ModelTokenizer tokenizer, EncodeOptions options) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.options = options;
        this.prompt = resolvePrompt();
        this.width = resolveWidth();
    }

    private String resolvePrompt() {
        if (options.prompt() != null) {
            return options.prompt();
        }
        return options.promptName() != null ? tokenizer.prompt(options.promptName()) : tokenizer.defaultPrompt();
    }

    private int resolveWidth() {
        int full = model.encoder().embeddingSize();
        if (options.dimensions() > full) {
            throw new IllegalArgumentException(
                    "dimensions: the model has " + full + ", asked for " + options.dimensions());
        }
        return options.dimensions() > 0 ? options.dimensions() : width(model);
    }

    /** The width of the model's vectors where no option cuts them. */
    static int width(SentenceModel model) {
        int full = model.encoder().embeddingSize();
        Integer truncated = model.truncateDimension();
        return truncated == null ? full : Math.min(truncated, full);
    }

    /** Texts {@code from} to {@code to - 1}, on the calling thread. */
    List<Encoding> tokenize(List<String> texts, int from, int to) {
        return tokenizer.encode(prompt, texts, from, to, model.maxSequenceLength(), options.truncation());
    }

    /** The first tokens of each text, which pooling does not see. */
    int unpooled() {
        return tokenizer.unpooled(prompt, model.maxSequenceLength());
    }

    /**
     * The mean of a split text's vectors weighted by their tokens, then cut, then normalised where asked.
     *
     * @param chunks the pipeline's vector of each chunk
     */
    Embedding finish(Encoding encoding, float[][] chunks) {
        float[] vector = chunks.length == 1 ? chunks[0] : average(encoding, chunks);
        if (width < vector.length) {
            vector = Arrays.copyOf(vector, width);
        }
        if (options.normalize()) {
            vector = normalize(vector);
        }
        return Embedding.ofFloats(vector, encoding.tokenCount(), encoding.fullTokenCount(), encoding.truncated());
    }

    /** Σ tokens · vector / Σ tokens, a unit vector again if the pipeline makes unit vectors. */
    private float[] average(Encoding encoding, float[][] chunks) {
        double[] sum = new double[chunks[0].length];
        for (int chunk = 0; chunk < chunks.length; chunk++) {
            int tokens = encoding.tokenCount(chunk);
            for (int e = 0; e < sum.length; e++) {
                sum[e] += (double) tokens * chunks[chunk][e];
            }
        }
        float[] mean = new float[sum.length];
        for (int e = 0; e < sum.length; e++) {
            mean[e] = (float) (sum[e] / encoding.tokenCount());
        }
        return model.encoder().normalizes() ? normalize(mean) : mean;
    }

    private static float[] normalize(float[] vector) {
        double norm = Math.max(Math.sqrt(Similarity.DOT.of(vector, vector)), Fusions.L2_EPSILON);
        float[] unit = new float[vector.length];
        for (int e = 0; e < vector.length; e++) {
            unit[e] = (float) (vector[e] / norm);
        }
        return unit;
    }
}
