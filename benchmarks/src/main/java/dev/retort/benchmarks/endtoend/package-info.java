/**
 * Texts to vectors, through the public API, tokenizer included.
 */
@NullMarked
package dev.retort.benchmarks.endtoend;

import org.jspecify.annotations.NullMarked;
