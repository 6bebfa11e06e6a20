package dev.retort.autograd.fusion;

import dev.retort.core.SequenceLayout;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Is shown the attention weights of each run of equally long texts. A backend that fuses them away must compute them for an observer. */
@FunctionalInterface
public interface AttentionObserver {

    /**
     * @param run which texts
     * @param attentionWeights softmax(QKᵀ/√D) before dropout, (n, A, L, L), row = query; a step tensor, copy what you keep
     */
    void attentionWeights(SequenceLayout.Run run, INDArray attentionWeights);
}
