/**
 * Training in processes of its own: ours through the public {@code Trainer}, and what a comparison must know of both sides to give them
 * the same texts in the same batches.
 *
 * <p>Not here: what is compared with what, which is with the other rows of {@code Comparison}.
 */
@NullMarked
package dev.retort.benchmarks.training;

import org.jspecify.annotations.NullMarked;
