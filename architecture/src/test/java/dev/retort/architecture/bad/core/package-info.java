/** Deliberately bad classes: a module that uses one above it, and one that may write into tensors. */
@NullMarked
package dev.retort.architecture.bad.core;

import org.jspecify.annotations.NullMarked;
