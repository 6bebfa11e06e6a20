/**
 * Hugging Face checkpoints: config.json, the names of tensors, BERT seen as DistilBERT.
 *
 * <p>Every name of theirs is here and nowhere else: {@code q_lin} is {@code queryProjection} in the rest of the project. Not here:
 * containers of tensors ({@code safetensors}, {@code onnx}), what follows the encoder ({@code sentencetransformers}).
 *
 * <p>From transformers: {@code configuration_distilbert.py}, {@code modeling_distilbert.py}, {@code configuration_bert.py},
 * {@code modeling_bert.py}; other names of the same tensors from text-embeddings-inference.
 */
@NullMarked
package dev.retort.weights.huggingface;

import org.jspecify.annotations.NullMarked;
