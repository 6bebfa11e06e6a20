/**
 * The texts that are embedded: a bundled list of sentences, a file of one's own, and texts of an exact number of tokens.
 */
@NullMarked
package dev.retort.benchmarks.corpus;

import org.jspecify.annotations.NullMarked;
