/**
 * Classification heads on disk, beside the backbone that they belong to: {@code heads.safetensors} and {@code heads.json}.
 *
 * <p>Not here: the backbone's folder ({@code sentencetransformers}), which takes no notice of these files.
 */
@NullMarked
package dev.retort.weights.heads;

import org.jspecify.annotations.NullMarked;
