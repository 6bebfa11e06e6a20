package dev.retort.autograd.fusion;

import dev.retort.autograd.Variable;
import dev.retort.core.PackedTokens;
import dev.retort.core.SequenceLayout;
import dev.retort.core.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Watches a forward pass: hands every call to another {@link Fusions} and records its name, its shapes and what its result looks like.
 *
 * <pre>{@code
 * Trace trace = Trace.of(fusions).keepingAttention();
 * encoder.forward(tokens, trace, Mode.INFERENCE);
 * System.out.println(trace); // a table, one line a call
 * }</pre>
 *
 * <p>Results pass through unchanged, fused or not, with their gradients. Belongs to one worker, as the instance it wraps does.
 */
public final class Trace implements Fusions {

    private final Fusions watched;
    private final boolean keepsAttention;
    private final List<Entry> entries = new ArrayList<>();

    /**
     * One call.
     *
     * @param name the method's name, with the activation or the pooling mode
     * @param inputShapes the shape of each tensor that goes in, {@code "x (7, 36)"}
     * @param outputShape the result's shape, {@code "(7, 36)"}
     * @param statistics of the result
     * @param attention the attention weights of each run of a self-attention, if the trace keeps them
     */
    public record Entry(
            String name,
            List<String> inputShapes,
            String outputShape,
            Statistics statistics,
            List<AttentionWeights> attention) {

        public Entry {
            inputShapes = List.copyOf(inputShapes);
            attention = List.copyOf(attention);
        }
    }

    private Trace(Fusions watched, boolean keepsAttention) {
        this.watched = watched;
        this.keepsAttention = keepsAttention;
    }

    /** Watches another instance; keeps no attention weights. */
    public static Trace of(Fusions watched) {
        return new Trace(watched, false);
    }

    /** A new trace of the same instance that copies attention weights too. A fused backend then computes them for it. */
    public Trace keepingAttention() {
        return new Trace(watched, true);
    }

    /** The calls so far, in order. */
    public List<Entry> entries() {
        return List.copyOf(entries);
    }

    /** Forgets the calls so far. */
    public void clear() {
        entries.clear();
    }

    @Override
    public Variable embed(PackedTokens tokens, Variable wordEmbeddings, Variable positionEmbeddings, Norm norm) {
        return record(
                "embed",
                watched.embed(tokens, wordEmbeddings, positionEmbeddings, norm),
                "tokens (" + tokens.layout().tokenCount() + ")",
                shape("W", wordEmbeddings),
                shape("P", positionEmbeddings));
    }

    @Override
    public Variable linear(Variable x, Weight weight, Activation activation) {
        return record(
                "linear " + activation,
                watched.linear(x, weight, activation),
                shape("x", x),
                shape("W", weight.matrix()));
    }

    @Override
    public Variable linearAddNorm(Variable x, Weight weight, DropoutSettings dropout, Variable residual, Norm norm) {
        return record(
                "linearAddNorm",
                watched.linearAddNorm(x, weight, dropout, residual, norm),
                shape("x", x),
                shape("W", weight.matrix()),
                shape("R", residual));
    }

    @Override
    public Variable dropout(Variable x, DropoutSettings dropout) {
        Variable kept = watched.dropout(x, dropout);
        return dropout.probability() == 0 ? kept : record("dropout", kept, shape("x", x));
    }

    @Override
    public Variable selfAttention(
            Variable x, Weight query, Weight key, Weight value, SequenceLayout layout, AttentionSettings settings) {
        List<AttentionWeights> kept = new ArrayList<>();
        AttentionSettings observed =
                keepsAttention ? settings.observedBy(keeping(kept, settings.observer())) : settings;
        Variable context = watched.selfAttention(x, query, key, value, layout, observed);
        return record("selfAttention", context, kept, shape("x", x), shape("W", query.matrix()));
    }

    private static AttentionObserver keeping(List<AttentionWeights> kept, @Nullable AttentionObserver other) {
        return (run, attentionWeights) -> {
            kept.add(AttentionWeights.copyOf(run, attentionWeights));
            if (other != null) {
                other.attentionWeights(run, attentionWeights);
            }
        };
    }

    @Override
    public Variable pool(Variable hiddenStates, SequenceLayout layout, PoolingMode mode) {
        return record("pool " + mode, watched.pool(hiddenStates, layout, mode), shape("x", hiddenStates));
    }

    @Override
    public Variable normalize(Variable x, Norm norm) {
        return record("normalize", watched.normalize(x, norm), shape("x", x));
    }

    @Override
    public Variable l2Normalize(Variable x) {
        return record("l2Normalize", watched.l2Normalize(x), shape("x", x));
    }

    @Override
    public Variable crossEntropy(Variable logits, Targets targets) {
        return record("crossEntropy", watched.crossEntropy(logits, targets), shape("logits", logits));
    }

    private Variable record(String name, Variable result, String... inputShapes) {
        return record(name, result, List.of(), inputShapes);
    }

    private Variable record(String name, Variable result, List<AttentionWeights> attention, String... inputShapes) {
        entries.add(new Entry(
                name, List.of(inputShapes), Shape.toString(result.shape()), Statistics.of(result.value()), attention));
        return result;
    }

    private static String shape(String name, Variable variable) {
        return name + " " + Shape.toString(variable.shape());
    }

    /** The calls as a table: name, shapes, and the result's minimum, maximum, mean, standard deviation, NaN and infinite elements. */
    @Override
    public String toString() {
        String row = "%-18s %-44s %-14s %11s %11s %11s %11s %6s %6s%n";
        StringBuilder table = new StringBuilder(
                String.format(Locale.ROOT, row, "call", "from", "to", "min", "max", "mean", "std", "nan", "inf"));
        for (Entry entry : entries) {
            Statistics statistics = entry.statistics();
            table.append(String.format(
                    Locale.ROOT,
                    row,
                    entry.name(),
                    String.join(" ", entry.inputShapes()),
                    entry.outputShape(),
                    number(statistics.minimum()),
                    number(statistics.maximum()),
                    number(statistics.mean()),
                    number(statistics.standardDeviation()),
                    statistics.nanCount(),
                    statistics.infiniteCount()));
        }
        return table.toString();
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4g", value);
    }
}
