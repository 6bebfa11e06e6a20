/**
 * Composite functions: what a layer is written against, and what a backend may replace by one fused kernel.
 *
 * <p>{@link dev.retort.autograd.fusion.Fusions} holds the definitions as default methods, spelled in the primitives of
 * {@link dev.retort.autograd}. A {@link dev.retort.autograd.fusion.Backend}, found by {@code ServiceLoader}, overrides them, and a
 * {@link dev.retort.autograd.fusion.Trace} watches them. Here live also the values those methods take: prepared weights, norms,
 * activations, pooling modes, attention settings, targets. Not here: any layer, any kernel.
 *
 * <p>Letters in shape comments as in {@link dev.retort.autograd}.
 */
@NullMarked
package dev.retort.autograd.fusion;

import org.jspecify.annotations.NullMarked;
