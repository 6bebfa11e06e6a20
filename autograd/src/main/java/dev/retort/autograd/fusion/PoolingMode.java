package dev.retort.autograd.fusion;

/**
 * How a text's rows become one vector. Names and arithmetic are sentence-transformers' ({@code modules/pooling.py}); {@code i} runs over
 * the text's pooled rows.
 */
public enum PoolingMode {
    /** The first row. */
    CLS,
    /** max xᵢ, elementwise. */
    MAX,
    /** Σ xᵢ / n. */
    MEAN,
    /** Σ xᵢ / √n. */
    MEAN_SQRT_LENGTH,
    /** Σ pᵢ xᵢ / Σ pᵢ, where pᵢ is the token's position counted from one. */
    WEIGHTED_MEAN,
    /** The last row. */
    LAST_TOKEN
}
