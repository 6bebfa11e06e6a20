/**
 * How the learning rate goes over the steps: a factor of the rate as a function of the number of updates made before.
 *
 * <p>Not here: rates themselves, and what they are applied to.
 */
@NullMarked
package dev.retort.train.schedule;

import org.jspecify.annotations.NullMarked;
