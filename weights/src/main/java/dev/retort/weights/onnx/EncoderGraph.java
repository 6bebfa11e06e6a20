package dev.retort.weights.onnx;

import dev.retort.autograd.fusion.Activation;
import dev.retort.weights.huggingface.LayerNames;
import dev.retort.weights.onnx.ActivationProbe.UnknownFunctionException;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a graph says of a BERT or DistilBERT encoder: which initialiser is which parameter, and the choices that no parameter shows.
 *
 * <p>A linear layer's kernel is recognised by the node that multiplies by it, for exporters fold its transposition away and with it its
 * name ({@code onnx::MatMul_787}). The node's name is the path of its module; where nodes have no paths, the bias that is added next
 * has kept its name.
 */
final class EncoderGraph {

    /**
     * A parameter.
     *
     * @param transposed whether the file has it as (in, out), against Hugging Face's (out, in)
     */
    record Parameter(String name, OnnxTensor tensor, boolean transposed) {}

    private static final Set<String> QUANTISED = Set.of(
            "DynamicQuantizeLinear",
            "QuantizeLinear",
            "DequantizeLinear",
            "MatMulInteger",
            "QLinearMatMul",
            "com.microsoft.MatMulNBits",
            "com.microsoft.DynamicQuantizeMatMul",
            "com.microsoft.QAttention",
            "com.microsoft.MatMulIntegerToFloat");

    /** Beginnings of the names of what may follow an encoder, from {@code modeling_bert.py} and {@code modeling_distilbert.py}. */
    private static final List<String> HEADS =
            List.of("pooler.", "cls.", "classifier.", "pre_classifier.", "vocab_", "qa_outputs.");

    private final OnnxGraph graph;
    private final Map<String, Parameter> parameters = new LinkedHashMap<>(); // by name without prefix
    private final Map<String, List<OnnxNode>> readers = new HashMap<>(); // by parameter's name without prefix
    private final Map<String, OnnxNode> linearNodes = new LinkedHashMap<>(); // by module: the node that multiplies
    private final LayerNames names;
    private final int layerCount;

    /** @throws MalformedCheckpointException if the graph is quantised, rewritten, or holds parameters of unknown purpose */
    EncoderGraph(OnnxGraph graph) throws MalformedCheckpointException {
        this.graph = graph;
        requirePlain();
        for (OnnxNode node : graph.nodes()) {
            for (String input : node.inputs()) {
                readers.computeIfAbsent(ParameterNames.withoutPrefix(input), name -> new ArrayList<>())
                        .add(node);
            }
        }
        collectParameters();
        boolean distilBert = parameters.keySet().stream().anyMatch(name -> name.startsWith("transformer.layer."));
        this.names = distilBert ? LayerNames.DISTILBERT : LayerNames.BERT;
        this.layerCount = countLayers();
        requirePositionsByPlace();
    }

    boolean isDistilBert() {
        return names.equals(LayerNames.DISTILBERT);
    }

    /** In the order of the file. */
    List<Parameter> parameters() {
        return List.copyOf(parameters.values());
    }

    int layerCount() {
        return layerCount;
    }

    /** A parameter's shape as Hugging Face has it. */
    List<Long> shape(String name) throws MalformedCheckpointException {
        Parameter parameter = parameters.get(name);
        if (parameter == null) {
            throw problem("tensor " + name + ": not in the graph: no encoder of Hugging Face's BERT or DistilBERT");
        }
        List<Long> shape = parameter.tensor().shape();
        return parameter.transposed() ? List.of(shape.get(1), shape.get(0)) : shape;
    }

    /** F, from the first layer. */
    int innerSize() throws MalformedCheckpointException {
        return Math.toIntExact(
                shape(names.layers() + "0." + names.inner() + ".weight").get(0));
    }

    /**
     * A, from the shapes to which queries, keys and values are cut into heads.
     *
     * @throws MalformedCheckpointException if the graph does not say, or says two things
     */
    int headCount(int hiddenSize) throws MalformedCheckpointException {
        TreeSet<Integer> found = new TreeSet<>();
        for (int layer = 0; layer < layerCount; layer++) {
            for (String projection : names.projections()) {
                String module = names.layers() + layer + "." + projection;
                found.add(headCount(module, hiddenSize));
            }
        }
        return theOne("head count", found);
    }

    private int headCount(String module, int hiddenSize) throws MalformedCheckpointException {
        for (OnnxNode node : graph.consumers(outputOfLinear(module))) {
            if (!node.operator().equals("Reshape")) {
                continue;
            }
            List<Double> extents = trailingExtents(node.input(1)); // (..., A, D)
            if (extents.size() < 2) {
                continue;
            }
            double heads = extents.get(extents.size() - 2);
            double headSize = extents.get(extents.size() - 1);
            if (heads > 0 && headSize > 0 && heads * headSize == hiddenSize) {
                return (int) heads;
            }
            if (heads > 0 && headSize == -1 && hiddenSize % heads == 0) {
                return (int) heads;
            }
            if (heads == -1 && headSize > 0 && hiddenSize % headSize == 0) {
                return (int) (hiddenSize / headSize);
            }
            throw problem("head count: " + module + " is cut into heads (A, D) = " + extents
                    + ", which does not fit its width: hiddenSize=" + hiddenSize);
        }
        throw problem("head count: the graph does not say: no Reshape with constant extents after " + module);
    }

    /** A shape's constant extents from the last backwards to the first computed one, in the shape's order. */
    private List<Double> trailingExtents(String shape) {
        List<Double> constant = graph.constant(shape);
        if (!constant.isEmpty()) {
            return constant;
        }
        Optional<OnnxNode> concat =
                graph.producer(shape).filter(node -> node.operator().equals("Concat"));
        List<Double> extents = new ArrayList<>();
        if (concat.isPresent()) {
            List<String> parts = concat.get().inputs();
            for (int i = parts.size() - 1; i >= 0; i--) {
                List<Double> part = graph.constant(parts.get(i));
                if (part.isEmpty()) {
                    break;
                }
                extents.addAll(0, part);
            }
        }
        return extents;
    }

    /**
     * ε, from the normalisation of every layer norm.
     *
     * @throws MalformedCheckpointException if the graph does not say, or says two things
     */
    double normEpsilon() throws MalformedCheckpointException {
        TreeSet<Double> found = new TreeSet<>();
        for (String name : parameters.keySet()) {
            if (ParameterNames.isOfEncoder(name) && name.matches(".*([lL]ayer_?[nN]orm)\\.weight")) {
                found.add(normEpsilon(name));
            }
        }
        return theOne("layer norm epsilon", found);
    }

    private double normEpsilon(String gamma) throws MalformedCheckpointException {
        for (OnnxNode node : readers.getOrDefault(gamma, List.of())) {
            if (node.operator().equals("LayerNormalization") && reads(node, 1, gamma)) {
                return shortest(node.number("epsilon", 1e-5)); // the operator's default
            }
            if (node.operator().equals("Mul")) {
                Optional<Double> epsilon = epsilonUnderRoot(node.input(reads(node, 0, gamma) ? 1 : 0));
                if (epsilon.isPresent()) {
                    return shortest(epsilon.get());
                }
            }
        }
        throw problem("layer norm epsilon: the graph does not say: no LayerNormalization and no (x - mean) / "
                + "Sqrt(variance + constant) before " + gamma);
    }

    /** ε of d / √(variance + ε), given the quotient. */
    private Optional<Double> epsilonUnderRoot(String quotient) {
        return producer(quotient, "Div")
                .flatMap(div -> producer(div.input(1), "Sqrt"))
                .flatMap(root -> producer(root.input(0), "Add"))
                .flatMap(sum -> {
                    List<Double> left = graph.constant(sum.input(0));
                    List<Double> right = graph.constant(sum.input(1));
                    List<Double> epsilon = left.isEmpty() ? right : left;
                    return epsilon.size() == 1 ? Optional.of(epsilon.get(0)) : Optional.empty();
                });
    }

    /** The decimal that was meant by a float: 1e-12 for 9.999999960041972e-13. */
    private static double shortest(double constant) {
        return Double.parseDouble(Float.toString((float) constant));
    }

    /**
     * The function between the two linear layers of every feed-forward network.
     *
     * @throws MalformedCheckpointException if it is none of the four known ones, or not the same everywhere
     */
    Activation activation() throws MalformedCheckpointException {
        TreeSet<Activation> found = new TreeSet<>();
        for (int layer = 0; layer < layerCount; layer++) {
            String module = names.layers() + layer + ".";
            String from = outputOfLinear(module + names.inner());
            String to = linear(module + names.outer()).input(0);
            try {
                found.add(ActivationProbe.recognise(graph, from, to));
            } catch (UnknownFunctionException e) {
                throw problem("activation: expected gelu, gelu_new, relu or silu between " + module + names.inner()
                        + " and " + module + names.outer() + ", the graph computes another function: "
                        + e.getMessage());
            }
        }
        return theOne("activation", found);
    }

    private <T> T theOne(String what, SortedSet<T> found) throws MalformedCheckpointException {
        if (found.size() != 1) {
            throw problem(what + ": expected the same in every layer, the graph has " + found);
        }
        return found.first();
    }

    private void requirePlain() throws MalformedCheckpointException {
        for (OnnxNode node : graph.nodes()) {
            if (QUANTISED.contains(node.operator())) {
                throw problem("quantised model: its weights are rounded to 8 bits or fewer (node " + node.operator()
                        + "), so its embeddings are not the original model's: take the float32 export");
            }
            if (node.operator().startsWith("com.microsoft.")) {
                throw problem("rewritten model: its operators are fused for ONNX Runtime (node " + node.operator()
                        + "), which hides its parameters: take the export before optimisation");
            }
        }
    }

    private void collectParameters() throws MalformedCheckpointException {
        Set<String> kernels = new HashSet<>(); // the initialisers' names
        for (OnnxNode node : graph.nodes()) {
            if (node.operator().equals("MatMul") || node.operator().equals("Gemm")) {
                collectKernel(node, kernels);
            }
        }
        for (OnnxTensor tensor : graph.initializers()) {
            if (tensor.isParameter() && !kernels.contains(tensor.name())) {
                put(new Parameter(ParameterNames.withoutPrefix(tensor.name()), tensor, false));
            }
        }
        for (OnnxNode node : graph.nodes()) { // equal parameters are stored once, the others are names for it
            if (node.operator().equals("Identity")) {
                String name = ParameterNames.withoutPrefix(node.output());
                Optional<OnnxTensor> tensor = graph.initializer(node.output());
                if (ParameterNames.isOfEncoder(name) && !parameters.containsKey(name) && tensor.isPresent()) {
                    put(new Parameter(name, tensor.get(), false));
                }
            }
        }
    }

    private void collectKernel(OnnxNode node, Set<String> kernels) throws MalformedCheckpointException {
        boolean gemm = node.operator().equals("Gemm");
        String value = node.input(1);
        boolean inOut = !(gemm && node.number("transB", 0) == 1);
        Optional<OnnxNode> transpose = producer(value, "Transpose");
        if (transpose.isPresent()) {
            value = transpose.get().input(0);
            inOut = !inOut;
        }
        Optional<OnnxTensor> tensor = graph.initializer(value);
        if (tensor.isEmpty() || tensor.get().shape().size() != 2) {
            return; // a product of two computed values, as in attention
        }
        String module = moduleOf(node, value)
                .orElseThrow(() -> problem("tensor " + tensor.get().name()
                        + ": of unknown purpose: the node that multiplies by it (" + node.name()
                        + ") has no path and no named bias"));
        if (gemm && (node.number("alpha", 1) != 1 || node.number("beta", 1) != 1 || node.number("transA", 0) != 0)) {
            throw problem(module + ": expected a plain linear layer, got Gemm with alpha, beta or transA");
        }
        if (linearNodes.put(module, node) != null) {
            throw problem("two nodes multiply by a kernel of " + module + ": the later is " + node.name());
        }
        kernels.add(tensor.get().name());
        put(new Parameter(module + ".weight", tensor.get(), inOut));
    }

    private Optional<String> moduleOf(OnnxNode node, String kernel) {
        if (kernel.endsWith(".weight")) {
            return Optional.of(ParameterNames.withoutPrefix(kernel.substring(0, kernel.length() - ".weight".length())));
        }
        Optional<String> path = ParameterNames.moduleOfNode(node.name());
        if (path.isPresent() && ParameterNames.isOfEncoder(path.get())) {
            return path;
        }
        return biasOf(node)
                .map(bias -> ParameterNames.withoutPrefix(bias.substring(0, bias.length() - ".bias".length())))
                .or(() -> path);
    }

    /** The name of the bias of a linear layer, if it has kept one. */
    private Optional<String> biasOf(OnnxNode node) {
        if (node.operator().equals("Gemm")) {
            return Optional.of(node.input(2)).filter(name -> name.endsWith(".bias"));
        }
        return biasAddedTo(node)
                .flatMap(sum -> sum.inputs().stream()
                        .filter(name -> name.endsWith(".bias"))
                        .findFirst());
    }

    /** The sum of a product and a parameter. */
    private Optional<OnnxNode> biasAddedTo(OnnxNode product) {
        return graph.consumers(product.output()).stream()
                .filter(node -> node.operator().equals("Add"))
                .filter(node -> node.inputs().stream()
                        .anyMatch(input -> graph.initializer(input)
                                .filter(tensor -> tensor.shape().size() == 1)
                                .isPresent()))
                .findFirst();
    }

    private OnnxNode linear(String module) throws MalformedCheckpointException {
        OnnxNode node = linearNodes.get(module);
        if (node == null) {
            throw problem(
                    module + ": no node multiplies by its kernel: no encoder of Hugging Face's BERT or DistilBERT");
        }
        return node;
    }

    /** The value after the bias. */
    private String outputOfLinear(String module) throws MalformedCheckpointException {
        OnnxNode node = linear(module);
        return node.operator().equals("Gemm")
                ? node.output()
                : biasAddedTo(node).map(OnnxNode::output).orElse(node.output());
    }

    private void put(Parameter parameter) throws MalformedCheckpointException {
        OnnxTensor tensor = parameter.tensor();
        String name = parameter.name();
        if (!ParameterNames.isOfEncoder(name) && HEADS.stream().noneMatch(name::startsWith)) {
            throw problem("tensor " + tensor.name() + " " + tensor.shape() + ": of unknown purpose"
                    + (name.equals(tensor.name()) ? "" : " (" + name + ")")
                    + ": neither part of an encoder nor of a known head " + HEADS);
        }
        if (tensor.type() != OnnxTensor.FLOAT) {
            throw problem("tensor " + parameter.name() + ": expected FLOAT, the file has " + tensor.typeName()
                    + ": export the model in float32");
        }
        Parameter other = parameters.put(parameter.name(), parameter);
        if (other != null) {
            throw problem("tensor " + parameter.name() + ": found twice: as "
                    + other.tensor().name() + " and as " + tensor.name());
        }
    }

    private int countLayers() throws MalformedCheckpointException {
        TreeSet<Integer> layers = new TreeSet<>();
        for (String name : parameters.keySet()) {
            if (name.startsWith(names.layers())) {
                String number = name.substring(names.layers().length()).split("\\.", 2)[0];
                if (!number.matches("\\d{1,4}")) {
                    throw problem("tensor " + name + ": expected the number of a layer, got " + number);
                }
                layers.add(Integer.parseInt(number));
            }
        }
        if (layers.isEmpty()) {
            throw problem("no encoder of Hugging Face's BERT or DistilBERT: no parameter is named encoder.layer.N or "
                    + "transformer.layer.N; there are " + parameters.size() + " parameters");
        }
        if (layers.last() != layers.size() - 1) {
            throw problem("layers: expected 0.." + (layers.size() - 1) + ", got " + layers);
        }
        return layers.size();
    }

    boolean givesSentenceVector() {
        return graph.outputs().contains(SentenceOutput.NAME);
    }

    /** How the graph makes its sentence vector, if it gives one and that is understood. */
    Optional<SentenceOutput> sentenceOutput() {
        return givesSentenceVector() ? SentenceOutput.find(graph, lastHiddenState()) : Optional.empty();
    }

    private String lastHiddenState() {
        String norm = names.layers() + (layerCount - 1) + "." + names.outputNorm();
        return readers.getOrDefault(norm + ".bias", List.of()).stream()
                .map(OnnxNode::output)
                .findFirst()
                .orElse("");
    }

    /** RoBERTa has BERT's names, but counts positions among the tokens that are not padding, from 2. */
    private void requirePositionsByPlace() throws MalformedCheckpointException {
        for (OnnxNode node : graph.nodes()) {
            if (node.operator().equals("CumSum")) {
                throw problem("positions: expected 0, 1, 2, ... by place, the graph counts them from the ids (node "
                        + node.name() + "), as RoBERTa does");
            }
        }
    }

    private boolean reads(OnnxNode node, int input, String parameter) {
        return ParameterNames.withoutPrefix(node.input(input)).equals(parameter);
    }

    private Optional<OnnxNode> producer(String value, String operator) {
        return graph.producer(value).filter(node -> node.operator().equals(operator));
    }

    private MalformedCheckpointException problem(String problem) {
        return new MalformedCheckpointException(graph.fileName(), problem);
    }
}
