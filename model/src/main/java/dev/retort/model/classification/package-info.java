/**
 * From sentence vectors to labels: heads, one a task, over one shared backbone ({@link dev.retort.model.classification.MultiTaskModel}).
 *
 * <p>Letters as in {@link dev.retort.model}; E is the width of a sentence vector, C the number of a task's classes. Not here: losses and
 * training (module {@code train}), files (module {@code weights}), texts (module {@code inference}).
 */
@NullMarked
package dev.retort.model.classification;

import org.jspecify.annotations.NullMarked;
