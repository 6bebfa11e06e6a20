package dev.retort.inference;

import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.SharedRows;
import dev.retort.model.sentence.SentenceEncoder;
import java.util.ArrayList;
import java.util.List;

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

    @Override
    public boolean goesWith(Task other) {
        return other instanceof SentenceTask sentence
                && divisible
                && sentence.divisible
                && sentence.model == model
                && sentence.unpooled == unpooled;
    }

    @Override
    public Task joinedWith(List<Task> others) {
        List<SentenceTask> all = new ArrayList<>();
        all.add(this);
        others.forEach(other -> all.add((SentenceTask) other));
        return new Joined(
                Batch.ofAll(all.stream().map(SentenceTask::batch).toList()), model, unpooled, List.copyOf(all));
    }

    /** Single sequences of several calls. */
    private record Joined(Batch batch, SentenceEncoder model, int unpooled, List<SentenceTask> tasks) implements Task {

        @Override
        public boolean divisible() {
            return true; // as each of them
        }

        @Override
        public void compute(Fusions fusions) {
            float[][] vectors = batch.sentences(model, unpooled, fusions);
            for (int b = 0; b < vectors.length; b++) {
                tasks.get(b).put(new float[][] {vectors[b]});
            }
        }

        @Override
        public void computeShare(int worker, SharedRows rows, Fusions own) {
            throw new IllegalStateException("sentences of several calls: one worker computes them");
        }
    }

    private void put(float[][] ofBatch) {
        for (int b = 0; b < ofBatch.length; b++) {
            vectors[batch.place(b)] = ofBatch[b];
        }
    }
}
