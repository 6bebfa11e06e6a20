/**
 * The models that are measured: the bundled one, and random ones of any size; and what the definitions make of a text.
 */
@NullMarked
package dev.retort.benchmarks.model;

import org.jspecify.annotations.NullMarked;
