/**
 * Rules about the whole that no single module can hold: which module may use which, what may be mutated where, how things are named.
 *
 * <p>The rules are functions of a root package, so that {@link dev.retort.architecture.RulesTest} can show on the deliberately bad
 * classes under {@code bad} that each of them bites. Not here: anything about what a class computes.
 */
@NullMarked
package dev.retort.architecture;

import org.jspecify.annotations.NullMarked;
