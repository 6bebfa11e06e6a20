/**
 * What a loss is weighted with, as functions of a data set. The loss itself is {@link dev.retort.autograd.fusion.Fusions#crossEntropy}, its
 * targets {@link dev.retort.autograd.fusion.Targets}.
 */
@NullMarked
package dev.retort.train.loss;

import org.jspecify.annotations.NullMarked;
