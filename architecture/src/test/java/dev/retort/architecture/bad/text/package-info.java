/** Deliberately bad classes: one half of a package cycle. */
@NullMarked
package dev.retort.architecture.bad.text;

import org.jspecify.annotations.NullMarked;
