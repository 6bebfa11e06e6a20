/**
 * A run's report for people: what a listener heard, put on one HTML page that needs nothing beside itself.
 *
 * <p>Nothing here trains, evaluates or reads a model: {@code train} does, and what it found comes in as plain values.
 */
@NullMarked
package dev.retort.train.report;

import org.jspecify.annotations.NullMarked;
