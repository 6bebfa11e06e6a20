/**
 * Tensors and their lifetimes, and the batch.
 *
 * <p>Here live: shapes and their checks, the three lifetimes of a tensor ({@link dev.retort.core.StepScope}), packed batches
 * ({@link dev.retort.core.PackedTokens}, {@link dev.retort.core.SequenceLayout}), random streams, and the interface through which
 * parameters arrive. Not here: anything differentiable ({@code autograd}), any layer, any file.
 *
 * <p>Letters in shape comments: B texts, N kept tokens of all texts together, T sequence length, H hidden size, A heads, D = H/A head
 * size, F inner (feed-forward) size, V vocabulary, P positions, L layers, C classes.
 */
@NullMarked
package dev.retort.core;

import org.jspecify.annotations.NullMarked;
