/**
 * One fused function each: by ND4J's own operations, by the definition, by the backend that is found. One thread. And one update by the
 * optimiser.
 *
 * <p>Letters as in {@code docs/notation.md}. Not here: layers and texts.
 */
@NullMarked
package dev.retort.benchmarks.operation;

import org.jspecify.annotations.NullMarked;
