/**
 * The safetensors format: reading, writing, sharded checkpoints.
 *
 * <p>Here live: the strict reader ({@link dev.retort.weights.safetensors.SafetensorsFile}), the writer, several files as one set of
 * tensors, and the replacement of a file as one step. Not here: tensors of a compute library, names of any model, downloads.
 *
 * <p>The format: <a href="https://github.com/huggingface/safetensors">huggingface/safetensors</a>, {@code README.md} and
 * {@code safetensors/src/tensor.rs}.
 */
@NullMarked
package dev.retort.weights.safetensors;

import org.jspecify.annotations.NullMarked;
