/** Deliberately bad classes: the other half of a package cycle. */
@NullMarked
package dev.retort.architecture.bad.text.deep;

import org.jspecify.annotations.NullMarked;
