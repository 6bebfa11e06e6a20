/**
 * Texts become token ids.
 *
 * <p>Here live: the word-piece tokenizer ({@link dev.retort.text.Tokenizer}, run by Hugging Face's own library through DJL), what
 * happens to texts that are too long ({@link dev.retort.text.TruncationPolicy}), and how texts are put together into batches
 * ({@link dev.retort.text.TokenBudget}). Not here: tensors, anything that knows a model, the files of a model other than its
 * tokenizer's, the network.
 */
@NullMarked
package dev.retort.text;

import org.jspecify.annotations.NullMarked;
