package dev.retort.weights.onnx;

import dev.retort.autograd.fusion.PoolingMode;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How a graph makes a sentence's vector of the last hidden states.
 *
 * @param pooling mean or CLS
 * @param normalizes whether the vector has unit length
 */
record SentenceOutput(PoolingMode pooling, boolean normalizes) {

    /** The name that sentence-transformers' exporter gives it. */
    static final String NAME = "sentence_embedding";

    /** Operators of other poolings (max, divided by a root, by position) and of dense layers. */
    private static final Set<String> OTHERS = Set.of(
            "MatMul", "Gemm", "Tanh", "ReduceMax", "Max", "Sqrt", "Pow", "Range", "CumSum", "Softmax", "ReduceMean");

    /** Walks back from the vector to the hidden states; empty where an operator speaks of anything but a mean or the first token. */
    static Optional<SentenceOutput> find(OnnxGraph graph, String lastHiddenState) {
        Set<String> seen = new HashSet<>();
        ArrayDeque<String> open = new ArrayDeque<>();
        open.add(NAME);
        boolean sums = false;
        boolean first = false;
        boolean normalizes = false;
        while (!open.isEmpty()) {
            String value = open.remove();
            if (value.equals(lastHiddenState) || !seen.add(value)) {
                continue;
            }
            Optional<OnnxNode> producer = graph.producer(value);
            if (producer.isEmpty()) {
                continue;
            }
            OnnxNode node = producer.get();
            String operator = node.operator();
            if (OTHERS.contains(operator)) {
                return Optional.empty();
            }
            sums |= operator.equals("ReduceSum");
            normalizes |= operator.equals("ReduceL2") || operator.equals("LpNormalization");
            first |= operator.equals("Gather")
                    && node.input(0).equals(lastHiddenState)
                    && node.number("axis", 0) == 1
                    && graph.constant(node.input(1)).equals(List.of(0.0));
            open.addAll(node.inputs());
        }
        if (sums == first) {
            return Optional.empty();
        }
        return Optional.of(new SentenceOutput(sums ? PoolingMode.MEAN : PoolingMode.CLS, normalizes));
    }
}
