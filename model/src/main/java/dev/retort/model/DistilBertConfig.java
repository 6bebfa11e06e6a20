package dev.retort.model;

import dev.retort.autograd.fusion.Activation;

/**
 * The sizes and choices that define a DistilBERT encoder.
 *
 * <p>The meaning of each is Hugging Face's ({@code configuration_distilbert.py}); its name there stands in brackets. The layer norms'
 * ε is {@value #NORM_EPSILON} and not configurable, as there.
 *
 * @param vocabularySize V, number of token ids (vocab_size)
 * @param positionCount P, the greatest number of tokens of a text (max_position_embeddings)
 * @param layerCount number of transformer layers (n_layers)
 * @param headCount A, attention heads; divides the hidden size (n_heads)
 * @param hiddenSize H, width of a token's vector (dim)
 * @param innerSize F, width inside the feed-forward network (hidden_dim)
 * @param activation inside the feed-forward network (activation: gelu, gelu_new, relu, silu)
 * @param dropout probability after the embeddings and after the feed-forward network, in training (dropout)
 * @param attentionDropout probability on attention weights, in training (attention_dropout)
 * @param sinusoidalPositions whether positions start as sines and cosines (sinusoidal_pos_embds)
 * @param paddingTokenId the id of [PAD], whose embedding receives no gradient (pad_token_id)
 * @param initializerRange standard deviation of fresh weights (initializer_range)
 */
public record DistilBertConfig(
        int vocabularySize,
        int positionCount,
        int layerCount,
        int headCount,
        int hiddenSize,
        int innerSize,
        Activation activation,
        double dropout,
        double attentionDropout,
        boolean sinusoidalPositions,
        int paddingTokenId,
        double initializerRange) {

    /** ε of every layer norm, inside the root. */
    public static final double NORM_EPSILON = 1e-12;

    /** Checks every size; the message names the component and its value. */
    public DistilBertConfig {
        requirePositive("vocabularySize", vocabularySize);
        requirePositive("positionCount", positionCount);
        requirePositive("layerCount", layerCount);
        requirePositive("headCount", headCount);
        requirePositive("hiddenSize", hiddenSize);
        requirePositive("innerSize", innerSize);
        if (hiddenSize % headCount != 0) {
            throw new IllegalArgumentException(
                    "headCount must divide hiddenSize: headCount=" + headCount + " hiddenSize=" + hiddenSize);
        }
        requireProbability("dropout", dropout);
        requireProbability("attentionDropout", attentionDropout);
        if (paddingTokenId < 0 || paddingTokenId >= vocabularySize) {
            throw new IllegalArgumentException("paddingTokenId: expected 0.." + (vocabularySize - 1) + ", got "
                    + paddingTokenId + " (vocabularySize=" + vocabularySize + ")");
        }
        if (!(initializerRange > 0 && initializerRange < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("initializerRange: expected a positive number, got " + initializerRange);
        }
        if (activation == Activation.IDENTITY || activation == Activation.TANH || activation == Activation.SIGMOID) {
            throw new IllegalArgumentException("activation: expected GELU, TANH_GELU, RELU or SILU, got " + activation);
        }
    }

    /** distilbert-base-uncased. */
    public static DistilBertConfig base() {
        return new DistilBertConfig(30522, 512, 6, 12, 768, 3072, Activation.GELU, 0.1, 0.1, false, 0, 0.02);
    }

    /** D, the width of one head. */
    public int headSize() {
        return hiddenSize / headCount;
    }

    private static void requirePositive(String name, int size) {
        if (size <= 0) {
            throw new IllegalArgumentException(name + ": expected a positive number, got " + size);
        }
    }

    private static void requireProbability(String name, double probability) {
        if (!(probability >= 0 && probability < 1)) {
            throw new IllegalArgumentException(name + ": expected a probability in [0, 1), got " + probability);
        }
    }
}
