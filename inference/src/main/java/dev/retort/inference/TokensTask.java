package dev.retort.inference;

import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.SharedRows;
import dev.retort.model.sentence.SentenceEncoder;

/**
 * The last hidden states of each sequence of a batch.
 *
 * @param states where they are put, (T, H) each, at the sequences' places
 */
@SuppressWarnings("ArrayRecordComponent") // shared on purpose: each task has places of its own
record TokensTask(Batch batch, SentenceEncoder model, float[][][] states) implements Task {

    @Override
    public boolean divisible() {
        return false;
    }

    @Override
    public void compute(Fusions fusions) {
        float[][][] ofBatch = batch.hiddenStates(model, fusions);
        for (int b = 0; b < ofBatch.length; b++) {
            states[batch.place(b)] = ofBatch[b];
        }
    }

    @Override
    public void computeShare(int worker, SharedRows rows, Fusions own) {
        throw new IllegalStateException("tokens: one worker computes them");
    }
}
