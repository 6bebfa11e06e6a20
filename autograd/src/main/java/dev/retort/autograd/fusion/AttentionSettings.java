package dev.retort.autograd.fusion;

import org.jspecify.annotations.Nullable;

/**
 * What self-attention needs beside its tensors.
 *
 * @param headCount A, divides the hidden size
 * @param dropout on the attention weights, after softmax
 * @param observer is shown the attention weights, or null
 */
public record AttentionSettings(
        int headCount, DropoutSettings dropout, @Nullable AttentionObserver observer) {

    public AttentionSettings {
        if (headCount < 1) {
            throw new IllegalArgumentException("headCount: expected at least 1, got " + headCount);
        }
    }

    /** The same settings with an observer. */
    public AttentionSettings observedBy(AttentionObserver newObserver) {
        return new AttentionSettings(headCount, dropout, newObserver);
    }
}
