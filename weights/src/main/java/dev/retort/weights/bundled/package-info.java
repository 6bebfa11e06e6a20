/**
 * The default model: all-MiniLM-L6-v2 from a jar on the class path, and its folder in the user's cache.
 *
 * <p>Here live: finding the model in the jar, deciding where the cache is, writing the folder once and checking it at every load. Not here:
 * how a model is read or written ({@code onnx}, {@code sentencetransformers}). Nothing here uses the network.
 */
@NullMarked
package dev.retort.weights.bundled;

import org.jspecify.annotations.NullMarked;
