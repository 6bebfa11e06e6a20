/**
 * What every part of a model shares: the architecture's sizes ({@link dev.retort.model.DistilBertConfig}), how parameters are born with
 * their names ({@link dev.retort.model.ParameterScope}), and whether it is being trained ({@link dev.retort.model.Mode}).
 *
 * <p>The layers are in {@link dev.retort.model.encoder}, what turns token vectors into sentence vectors in
 * {@link dev.retort.model.sentence}. Not here: files and Hugging Face names (module {@code weights}), texts (module {@code text}).
 *
 * <p>Letters in shape comments: B texts, N kept tokens of all texts together, T or L sequence length, H hidden size, A heads, D = H/A
 * head size, F inner (feed-forward) size, V vocabulary, P positions.
 */
@NullMarked
package dev.retort.model;

import org.jspecify.annotations.NullMarked;
