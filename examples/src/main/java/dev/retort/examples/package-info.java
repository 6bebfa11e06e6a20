/** Programs that the documentation shows, whole. Each stands on the library's public API alone. */
@NullMarked
package dev.retort.examples;

import org.jspecify.annotations.NullMarked;
