/**
 * DistilBERT's layers, from token ids to hidden states (Sanh et al. 2019; Vaswani et al. 2017, §3; Hugging Face
 * {@code modeling_distilbert.py}).
 *
 * <p>Each class holds its parameters and states its equations; the arithmetic is in {@link dev.retort.autograd.fusion.Fusions}, which
 * every {@code forward} is given. Tokens are packed: (N, H), no padding, no mask. Letters as in {@link dev.retort.model}.
 */
@NullMarked
package dev.retort.model.encoder;

import org.jspecify.annotations.NullMarked;
