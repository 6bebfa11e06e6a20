/**
 * Weights on their way from files to layers and back: what every format shares.
 *
 * <p>Here live: a set of named tensors ({@link dev.retort.weights.TensorSet}), how a model asks one for its parameters, what is said of a
 * load, and strict reading of small JSON files. Names of a framework belong to {@code huggingface}, model folders to
 * {@code sentencetransformers}, containers to {@code safetensors} and {@code onnx}; all of them may use this package, it uses none
 * but the container {@code safetensors}.
 */
@NullMarked
package dev.retort.weights;

import org.jspecify.annotations.NullMarked;
