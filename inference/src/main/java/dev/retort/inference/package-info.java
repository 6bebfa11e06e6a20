/**
 * Texts become vectors, {@link dev.retort.inference.SentenceTransformer}, and labels, {@link dev.retort.inference.MultiTaskClassifier}.
 * What computes them here, and why: {@link dev.retort.inference.Retort#diagnostics}.
 *
 * <p>Java values in, Java values out: no tensor crosses this package's public methods. Not here: how a model is built ({@code model}),
 * read ({@code weights}) or how a text is cut into tokens ({@code text}).
 *
 * <p>Letters in comments: B texts, N tokens of a batch, H hidden size, E width of a sentence vector.
 */
@NullMarked
package dev.retort.inference;

import org.jspecify.annotations.NullMarked;
