/**
 * The encoder inside an ONNX file: its weights under Hugging Face's names, and what its graph says of them.
 *
 * <p>Here live: reading the protobuf container (nodes and constants into memory, weights where they lie), and finding in the graph which
 * weight is which, the number of heads, epsilon, the activation and the pooling. Not here: running a graph. An export that does not say
 * something is refused rather than guessed at.
 *
 * <p>The format: <a href="https://github.com/onnx/onnx">onnx/onnx</a>, {@code onnx/onnx.proto} (field numbers) and
 * {@code docs/Operators.md} (operators). Names of parameters: {@code modeling_bert.py} and {@code modeling_distilbert.py} of transformers,
 * of which PyTorch's exporters make the names of nodes.
 */
@NullMarked
package dev.retort.weights.onnx;

import org.jspecify.annotations.NullMarked;
