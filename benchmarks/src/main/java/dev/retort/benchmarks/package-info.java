/**
 * What things cost. Here lives the comparison with other engines; the questions about our own code are JMH classes in {@code operation},
 * {@code layer} and {@code endtoend}, one class a question.
 *
 * <p>Not here: anything a test asserts about time. Figures live in {@code docs/benchmarks.md}, with the command that made them.
 */
@NullMarked
package dev.retort.benchmarks;

import org.jspecify.annotations.NullMarked;
