/** Deliberately bad classes: the variable that must not be shown. */
@NullMarked
package dev.retort.architecture.bad.autograd;

import org.jspecify.annotations.NullMarked;
