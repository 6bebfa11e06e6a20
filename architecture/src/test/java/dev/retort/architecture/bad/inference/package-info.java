/** Deliberately bad classes: an API that shows tensors. */
@NullMarked
package dev.retort.architecture.bad.inference;

import org.jspecify.annotations.NullMarked;
