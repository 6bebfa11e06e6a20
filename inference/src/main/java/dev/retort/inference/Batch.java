package dev.retort.inference;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.SharedRows;
import dev.retort.core.PackedTokens;
import dev.retort.core.SequenceLayout;
import dev.retort.core.Tensors;
import dev.retort.model.Mode;
import dev.retort.model.sentence.SentenceEncoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sequences of one call that are computed together. */
final class Batch {

    private static final int[] FIRST_PLACE = {0};

    private final int[] places; // of the sequences in the call
    private final PackedTokens tokens;

    private Batch(int[] places, List<int[]> sequences) {
        this.places = places;
        this.tokens = PackedTokens.of(sequences);
    }

    /** @param places of some of the sequences */
    static Batch of(int[] places, List<int[]> sequences) {
        List<int[]> own = new ArrayList<>(places.length);
        for (int place : places) {
            own.add(sequences.get(place));
        }
        return new Batch(places, own);
    }

    /** A single sequence, at place 0. */
    static Batch ofOne(int[] sequence) {
        return new Batch(FIRST_PLACE, List.of(sequence));
    }

    /** Several batches as one, whose places are those in this list, were each of one sequence. */
    static Batch ofAll(List<Batch> batches) {
        int[] places = new int[batches.size()];
        List<int[]> sequences = new ArrayList<>(places.length);
        for (int b = 0; b < places.length; b++) {
            places[b] = b;
            sequences.add(batches.get(b).tokens.tokenIds());
        }
        return new Batch(places, sequences);
    }

    /** B. */
    int sequenceCount() {
        return places.length;
    }

    /** The place of this batch's sequence {@code b} among all. */
    int place(int b) {
        return places[b];
    }

    SequenceLayout layout() {
        return tokens.layout();
    }

    /** N. */
    int tokenCount() {
        return tokens.layout().tokenCount();
    }

    /**
     * A vector a sequence, (B, E).
     *
     * @param unpooled how many tokens at the start of each sequence are attended to but not pooled; [SEP] at least is pooled
     */
    float[][] sentences(SentenceEncoder model, int unpooled, Fusions fusions) {
        PackedTokens pooled = tokens.leavingOutOfPooling(unpooled);
        return Tensors.copyRows(
                model.forward(pooled, fusions, Mode.INFERENCE).value()); // a narrow last layer gives bfloat16
    }

    /**
     * One worker's share of the single sequence's vector.
     *
     * @return (1, E) on worker 0, null on the others
     */
    float @Nullable [][] sharedSentence(SentenceEncoder model, int unpooled, int worker, SharedRows rows, Fusions own) {
        SharedRows.Share share = rows.share(worker, own);
        PackedTokens part = part(rows.firstRow(worker), rows.endRow(worker));
        Variable all = share.join(model.encoder().forward(part, share.fusions(), Mode.INFERENCE));
        if (all == null) {
            return null;
        }
        SequenceLayout layout = tokens.leavingOutOfPooling(unpooled).layout();
        return Tensors.copyRows(model.pool(all, layout, own).value());
    }

    /** Some rows as if they were a text, but at their positions. */
    private PackedTokens part(int from, int to) {
        int[] ids = new int[to - from];
        int[] positions = new int[to - from];
        for (int row = from; row < to; row++) {
            ids[row - from] = tokens.tokenId(row);
            positions[row - from] = tokens.layout().positionId(row);
        }
        return PackedTokens.of(ids, SequenceLayout.ofLengths(new int[] {to - from}, positions));
    }

    /** The last hidden states of each sequence, (T, H) each. */
    float[][][] hiddenStates(SentenceEncoder model, Fusions fusions) {
        Variable hiddenStates = model.encoder().forward(tokens, fusions, Mode.INFERENCE); // (N, H)
        float[][] rows = Tensors.copyRows(hiddenStates.value());
        SequenceLayout layout = tokens.layout();
        float[][][] bySequence = new float[layout.batchSize()][][];
        for (int b = 0; b < bySequence.length; b++) {
            bySequence[b] = Arrays.copyOfRange(rows, layout.offset(b), layout.offset(b + 1));
        }
        return bySequence;
    }
}
