package dev.retort.weights.onnx;

import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Nodes and the named values between them. Values are followed forwards ({@link #consumers}) and backwards ({@link #producer}); a damaged
 * file may hold a cycle, so whoever follows them counts steps.
 */
final class OnnxGraph {

    /** More steps than lie between any two values that belong together. */
    static final int MAX_STEPS = 64;

    private final String fileName;
    private final List<OnnxNode> nodes;
    private final Map<String, OnnxTensor> initializers = new LinkedHashMap<>();
    private final Map<String, OnnxNode> producers = new HashMap<>();
    private final Map<String, List<OnnxNode>> consumers = new HashMap<>();
    private final List<String> outputs;

    OnnxGraph(String fileName, List<OnnxNode> nodes, List<OnnxTensor> initializers, List<String> outputs)
            throws MalformedCheckpointException {
        this.fileName = fileName;
        this.nodes = List.copyOf(nodes);
        this.outputs = List.copyOf(outputs);
        for (OnnxTensor tensor : initializers) {
            if (this.initializers.put(tensor.name(), tensor) != null) {
                throw new MalformedCheckpointException(fileName, "tensor " + tensor.name() + ": given twice");
            }
        }
        for (OnnxNode node : nodes) {
            for (String output : node.outputs()) {
                producers.put(output, node);
            }
            for (String input : node.inputs()) {
                consumers.computeIfAbsent(input, name -> new ArrayList<>()).add(node);
            }
        }
    }

    String fileName() {
        return fileName;
    }

    List<OnnxNode> nodes() {
        return nodes;
    }

    /** In the order of the file. */
    Iterable<OnnxTensor> initializers() {
        return initializers.values();
    }

    /** The names of the values that the graph gives. */
    List<String> outputs() {
        return outputs;
    }

    /** The node that computes a value; none for an initialiser or an input. */
    Optional<OnnxNode> producer(String value) {
        return Optional.ofNullable(producers.get(value));
    }

    /** The nodes that read a value. */
    List<OnnxNode> consumers(String value) {
        return consumers.getOrDefault(value, List.of());
    }

    /** The initialiser behind a name, through nodes that only pass it on: exporters store equal parameters once. */
    Optional<OnnxTensor> initializer(String value) {
        String name = value;
        for (int step = 0; step < MAX_STEPS; step++) {
            OnnxTensor tensor = initializers.get(name);
            if (tensor != null) {
                return Optional.of(tensor);
            }
            OnnxNode producer = producers.get(name);
            if (producer == null || !producer.operator().equals("Identity")) {
                return Optional.empty();
            }
            name = producer.input(0);
        }
        return Optional.empty();
    }

    /** The elements of a small constant, whatever its shape; empty if the value is not one. */
    List<Double> constant(String value) {
        String name = value;
        for (int step = 0; step < MAX_STEPS; step++) {
            OnnxTensor tensor = initializers.get(name);
            if (tensor != null) {
                return tensor.values();
            }
            OnnxNode producer = producers.get(name);
            if (producer == null) {
                return List.of();
            }
            switch (producer.operator()) {
                case "Constant" -> {
                    return producer.attributes().size() == 1
                            ? producer.attributes().values().iterator().next().numbers()
                            : List.of();
                }
                case "Identity", "Unsqueeze", "Squeeze", "Cast", "Reshape" -> name = producer.input(0);
                default -> {
                    return List.of();
                }
            }
        }
        return List.of();
    }
}
