package dev.retort.inference;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.PackedTokens;
import dev.retort.core.SequenceLayout;
import dev.retort.model.Mode;
import dev.retort.model.sentence.SentenceEncoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/** Sequences of one call that are computed together. */
final class Batch {

    private final int[] places; // of the sequences in the call
    private final PackedTokens tokens;

    Batch(int[] places, List<int[]> allInputIds) {
        this.places = places;
        this.tokens =
                PackedTokens.of(Arrays.stream(places).mapToObj(allInputIds::get).toList());
    }

    /** The place in the call of this batch's sequence {@code b}. */
    int place(int b) {
        return places[b];
    }

    /** N. */
    int tokenCount() {
        return tokens.layout().tokenCount();
    }

    /**
     * A vector a sequence, (E) each.
     *
     * @param unpooled how many tokens at the start of each sequence are attended to but not pooled; [SEP] at least is pooled
     */
    List<float[]> sentences(SentenceEncoder model, int unpooled, Fusions fusions) {
        Variable embeddings = model.forward(unpooled == 0 ? tokens : leavingOut(unpooled), fusions, Mode.INFERENCE);
        return List.of(embeddings.value().castTo(DataType.FLOAT).toFloatMatrix()); // a narrow last layer gives bfloat16
    }

    private PackedTokens leavingOut(int unpooled) {
        SequenceLayout layout = tokens.layout();
        int[] excluded = new int[layout.batchSize()];
        for (int b = 0; b < excluded.length; b++) {
            excluded[b] = Math.min(unpooled, layout.length(b) - 1);
        }
        return tokens.withLayout(layout.excludingFromPooling(excluded));
    }

    /** The last hidden states of each sequence, (T, H) each. */
    List<float[][]> hiddenStates(SentenceEncoder model, Fusions fusions) {
        Variable hiddenStates = model.encoder().forward(tokens, fusions, Mode.INFERENCE); // (N, H)
        float[][] rows = hiddenStates.value().castTo(DataType.FLOAT).toFloatMatrix();
        SequenceLayout layout = tokens.layout();
        List<float[][]> bySequence = new ArrayList<>();
        for (int b = 0; b < layout.batchSize(); b++) {
            bySequence.add(Arrays.copyOfRange(rows, layout.offset(b), layout.offset(b + 1)));
        }
        return bySequence;
    }
}
