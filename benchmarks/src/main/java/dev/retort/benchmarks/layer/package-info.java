/**
 * One part of the encoder each: by the definitions and by the backend that is found. One thread.
 */
@NullMarked
package dev.retort.benchmarks.layer;

import org.jspecify.annotations.NullMarked;
