package dev.retort.inference;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.PackedTokens;
import dev.retort.model.Mode;
import dev.retort.model.sentence.SentenceEncoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Sequences that are computed together. */
final class Batch {

    private final int[] places; // of the sequences in the call
    private final List<int[]> inputIds;

    Batch(int[] places, List<int[]> allInputIds) {
        this.places = places;
        this.inputIds = Arrays.stream(places).mapToObj(allInputIds::get).toList();
    }

    /** A batch's outcome: rows and where they belong. */
    record Result(int[] places, float[][] rows, int tokenCount) {}

    /** Sentence vectors, (B, E), without the first {@code unpooled} tokens of each text in the pooling. */
    Result sentences(SentenceEncoder model, int unpooled, Fusions fusions) {
        PackedTokens tokens = PackedTokens.of(inputIds);
        if (unpooled > 0) {
            int[] excluded = inputIds.stream()
                    .mapToInt(ids -> Math.min(unpooled, ids.length - 1)) // [SEP] at least is pooled
                    .toArray();
            tokens = tokens.withLayout(tokens.layout().excludingFromPooling(excluded));
        }
        Variable embeddings = model.forward(tokens, fusions, Mode.INFERENCE); // (B, E)
        return new Result(
                places, embeddings.value().toFloatMatrix(), tokens.layout().tokenCount());
    }

    /** The last hidden states of each sequence, (T, H) each. */
    List<float[][]> hiddenStates(SentenceEncoder model, Fusions fusions) {
        PackedTokens tokens = PackedTokens.of(inputIds);
        float[][] rows =
                model.encoder().forward(tokens, fusions, Mode.INFERENCE).value().toFloatMatrix(); // (N, H)
        List<float[][]> bySequence = new ArrayList<>();
        for (int b = 0; b < inputIds.size(); b++) {
            bySequence.add(Arrays.copyOfRange(
                    rows, tokens.layout().offset(b), tokens.layout().offset(b + 1)));
        }
        return bySequence;
    }

    int[] places() {
        return places;
    }
}
