/**
 * Labelled texts train the classification heads, and as much of the encoder as a scenario leaves free: the loop, its scenarios and what a
 * listener hears of it. Data sets, losses and optimisers are packages of their own below.
 *
 * <p>Neither files of models nor kernels belong here: {@code weights} reads and writes the former, {@code autograd} asks for the latter.
 */
@NullMarked
package dev.retort.train;

import org.jspecify.annotations.NullMarked;
