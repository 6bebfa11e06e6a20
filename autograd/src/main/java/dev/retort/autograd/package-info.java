/**
 * Gradients: variables, the primitive operations, reverse accumulation, and the check that holds every derivative to its formula.
 *
 * <p>One file an operation, forward and backward on adjacent lines. An operation computes with ND4J arithmetic in float32 or float64, on
 * any backend, and never in place. Composite functions live in {@link dev.retort.autograd.fusion}. Not here: parameters with a name in a
 * model, layers, optimisers.
 *
 * <p>Letters in shape comments: B texts, N tokens, T or L sequence length, H hidden size, A heads, D head size, F inner size, V
 * vocabulary, C classes. In comments {@code dy} is the cotangent dL/dy of an output and {@code dx} the gradient dL/dx of an input.
 *
 * <p>Sources: Griewank and Walther 2008, "Evaluating Derivatives", ch. 3 (reverse mode); each operation names its own.
 */
@NullMarked
package dev.retort.autograd;

import org.jspecify.annotations.NullMarked;
