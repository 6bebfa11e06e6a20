/**
 * Texts with a label per task: where they come from (files, the bundled set), how they are split, and in what order an epoch visits them.
 *
 * <p>Order is arithmetic: what an epoch visits is a function of (seed, epoch) and, where batches are grouped, of the texts' lengths. There is
 * no iterator with a state to save; a {@link dev.retort.train.dataset.Cursor} says where a training stands.
 *
 * <p>Neither tokens nor tensors belong here.
 */
@NullMarked
package dev.retort.train.dataset;

import org.jspecify.annotations.NullMarked;
