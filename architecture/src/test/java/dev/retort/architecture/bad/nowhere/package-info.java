/** Deliberately bad classes: a module that was never entered. */
@NullMarked
package dev.retort.architecture.bad.nowhere;

import org.jspecify.annotations.NullMarked;
