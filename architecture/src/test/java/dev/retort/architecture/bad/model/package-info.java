/** Deliberately bad classes: a layer that writes into its input, and names that say nothing. */
@NullMarked
package dev.retort.architecture.bad.model;

import org.jspecify.annotations.NullMarked;
