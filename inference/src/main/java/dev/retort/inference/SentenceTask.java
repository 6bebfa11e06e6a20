package dev.retort.inference;

import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.SharedRows;
import dev.retort.model.sentence.SentenceEncoder;

/**
 * A vector for each sequence of a batch.
 *
 * @param unpooled how many tokens at the start of each sequence pooling leaves out
 * @param vectors where they are put, at the sequences' places
 */
@SuppressWarnings("ArrayRecordComponent") // shared on purpose: each task has places of its own
record SentenceTask(Batch batch, boolean divisible, SentenceEncoder model, int unpooled, float[][] vectors)
        implements Task {

    @Override
    public void compute(Fusions fusions) {
        put(batch.sentences(model, unpooled, fusions));
    }

    @Override
    public void computeShare(int worker, SharedRows rows, Fusions own) {
        float[][] joined = batch.sharedSentence(model, unpooled, worker, rows, own);
        if (joined != null) {
            put(joined);
        }
    }

    private void put(float[][] ofBatch) {
        for (int b = 0; b < ofBatch.length; b++) {
            vectors[batch.place(b)] = ofBatch[b];
        }
    }
}
