/**
 * Model folders of sentence-transformers: both formats are read, the older one is written, because many readers know only that.
 *
 * <p>{@link dev.retort.weights.sentencetransformers.SentenceCheckpoint} is a model on disk or in memory, not loaded;
 * {@link dev.retort.weights.sentencetransformers.SentenceModel} is one that computes. Not here: names of an encoder's tensors
 * ({@code huggingface}), tokenization.
 *
 * <p>From sentence-transformers: {@code base/model.py}, {@code base/modules/transformer.py}, {@code base/modules/dense.py},
 * {@code sentence_transformer/modules/pooling.py}, {@code sentence_transformer/modules/layer_norm.py}.
 */
@NullMarked
package dev.retort.weights.sentencetransformers;

import org.jspecify.annotations.NullMarked;
