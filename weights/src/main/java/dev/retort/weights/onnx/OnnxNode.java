package dev.retort.weights.onnx;

import java.util.List;
import java.util.Map;

/**
 * A {@code NodeProto}: one operator and the names of the values that it reads and writes.
 *
 * @param name with PyTorch's exporters the path of the module: {@code /encoder/layer.0/output/dense/MatMul}; may be empty
 * @param operator {@code MatMul}, after the domain where it is not ONNX's own: {@code com.microsoft.Attention}
 * @param inputs an empty name is an input left out
 */
record OnnxNode(
        String name, String operator, List<String> inputs, List<String> outputs, Map<String, Attribute> attributes) {

    /** An {@code AttributeProto} of a kind that matters here: numbers, a text, a tensor's values. */
    record Attribute(List<Double> numbers, String text) {}

    OnnxNode {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        attributes = Map.copyOf(attributes);
    }

    /** An input's name, empty where there is none. */
    String input(int index) {
        return index < inputs.size() ? inputs.get(index) : "";
    }

    /** The first output's name, empty where there is none. */
    String output() {
        return outputs.isEmpty() ? "" : outputs.get(0);
    }

    /** An attribute of one number. */
    double number(String attribute, double otherwise) {
        List<Double> numbers = numbers(attribute);
        return numbers.size() == 1 ? numbers.get(0) : otherwise;
    }

    /** An attribute's numbers, empty where there is none. */
    List<Double> numbers(String attribute) {
        Attribute found = attributes.get(attribute);
        return found == null ? List.of() : found.numbers();
    }

    /** An attribute's text. */
    String text(String attribute, String otherwise) {
        Attribute found = attributes.get(attribute);
        return found == null ? otherwise : found.text();
    }
}
