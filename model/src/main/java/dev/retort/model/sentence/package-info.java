/**
 * From token vectors to sentence vectors: pooling and the modules that may follow it, as sentence-transformers arranges them.
 *
 * <p>Letters as in {@link dev.retort.model}; E is the width of the sentence vector at a module's output.
 */
@NullMarked
package dev.retort.model.sentence;

import org.jspecify.annotations.NullMarked;
