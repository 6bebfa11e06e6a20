/**
 * What a training run leaves behind so that it can go on: tensors and a JSON text in one safetensors file a checkpoint.
 *
 * <p>What the text and the tensors mean is the trainer's affair; here they are written whole, found again, and the older ones removed.
 */
@NullMarked
package dev.retort.train.checkpoint;

import org.jspecify.annotations.NullMarked;
