package dev.retort.weights.onnx;

import static dev.retort.weights.onnx.OnnxWriter.integer;
import static dev.retort.weights.onnx.OnnxWriter.word;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * ONNX files of a small encoder (V=13, P=7, H=6, A=3, F=5, 2 layers), written the ways of several exporters. Only what a reader looks at
 * is there: linear layers, layer norms, the cut into heads, the activation.
 */
public final class SmallExport {

    public static final int VOCABULARY = 13;
    public static final int POSITIONS = 7;
    public static final int HIDDEN = 6;
    public static final int INNER = 5;

    /** How kernels and their modules are written. */
    public enum Kernels {
        /** {@code onnx::MatMul_N} as (in, out), nodes with paths: PyTorch 1.13 to 2.x. */
        PATHS,
        /** The same under a wrapper's prefix. */
        PREFIXED_PATHS,
        /** Numbers for kernels and for nodes, biases with names: before PyTorch 1.13. */
        NUMBERED,
        /** Named kernels as (out, in), transposed by a node. */
        TRANSPOSE_NODES,
        /** Named kernels as (out, in) in Gemm nodes. */
        GEMM,
        /** Named kernels, but stored as (in, out): PyTorch's newer exporter. */
        NAMED_IN_OUT
    }

    /** How the graph says into how many heads vectors are cut. */
    public enum Heads {
        CONCAT,
        CONSTANT_SHAPE,
        HEAD_COUNT_OPEN,
        HEAD_SIZE_OPEN,
        ALL_COMPUTED,
        CONTRADICTORY
    }

    /** How the graph says ε. */
    public enum Norms {
        COMPOSED,
        OPERATOR,
        OPERATOR_DEFAULT,
        WITHOUT_EPSILON
    }

    /** How the activation is written. */
    public enum Activations {
        ERF_DIVIDED,
        ERF_MULTIPLIED,
        TANH,
        GELU,
        GELU_TANH,
        RELU,
        SILU,
        QUICK_GELU,
        ELU
    }

    private final OnnxWriter writer = new OnnxWriter();
    private final Map<String, float[]> expected = new LinkedHashMap<>();
    private final Map<String, List<Long>> shapes = new LinkedHashMap<>();
    private final boolean distilBert;
    private final Kernels kernels;
    private final Heads heads;
    private final Norms norms;
    private final Activations activation;
    private final Random random = new Random(7);
    private float epsilon = 1e-12f;
    private int nextNumber = 100;
    private String prefix = "";

    private SmallExport(boolean distilBert, Kernels kernels, Heads heads, Norms norms, Activations activation) {
        this.distilBert = distilBert;
        this.kernels = kernels;
        this.heads = heads;
        this.norms = norms;
        this.activation = activation;
    }

    /** A BERT as the bundled model is written. */
    public static SmallExport bert() {
        return new SmallExport(false, Kernels.PATHS, Heads.CONCAT, Norms.COMPOSED, Activations.ERF_DIVIDED);
    }

    public SmallExport distilBert() {
        return new SmallExport(true, kernels, heads, norms, activation);
    }

    public SmallExport with(Kernels other) {
        return new SmallExport(distilBert, other, heads, norms, activation);
    }

    public SmallExport with(Heads other) {
        return new SmallExport(distilBert, kernels, other, norms, activation);
    }

    public SmallExport with(Norms other) {
        return new SmallExport(distilBert, kernels, heads, other, activation);
    }

    public SmallExport with(Activations other) {
        return new SmallExport(distilBert, kernels, heads, norms, other);
    }

    public SmallExport withEpsilon(float other) {
        epsilon = other;
        return this;
    }

    /** The encoder's elements by Hugging Face's names, (out, in), as {@link #write} has made them. */
    public Map<String, float[]> expected() {
        return expected;
    }

    /** The extents of {@link #expected}. */
    public Map<String, List<Long>> shapes() {
        return shapes;
    }

    /** Writes the encoder; more may be added before {@link OnnxWriter#toBytes}. */
    public OnnxWriter write() {
        prefix = kernels == Kernels.PREFIXED_PATHS ? (distilBert ? "distilbert." : "0.auto_model.") : "";
        gather("embeddings.word_embeddings", "input_ids", VOCABULARY);
        gather("embeddings.position_embeddings", "positions", POSITIONS);
        if (!distilBert) {
            gather("embeddings.token_type_embeddings", "token_type_ids", 2);
        }
        String hidden = norm("embeddings.LayerNorm", "embeddings.word_embeddings.out");
        for (int layer = 0; layer < 2; layer++) {
            hidden = distilBert
                    ? layer(
                            "transformer.layer." + layer + ".",
                            hidden,
                            List.of(
                                    "attention.q_lin",
                                    "attention.k_lin",
                                    "attention.v_lin",
                                    "attention.out_lin",
                                    "sa_layer_norm",
                                    "ffn.lin1",
                                    "ffn.lin2",
                                    "output_layer_norm"))
                    : layer(
                            "encoder.layer." + layer + ".",
                            hidden,
                            List.of(
                                    "attention.self.query",
                                    "attention.self.key",
                                    "attention.self.value",
                                    "attention.output.dense",
                                    "attention.output.LayerNorm",
                                    "intermediate.dense",
                                    "output.dense",
                                    "output.LayerNorm"));
        }
        writer.node("Identity", "", List.of(hidden), "last_hidden_state").output("last_hidden_state");
        return writer;
    }

    /** The value that the last layer gives. */
    public String lastHiddenState() {
        return distilBert ? "transformer.layer.1.output_layer_norm.out" : "encoder.layer.1.output.LayerNorm.out";
    }

    private String layer(String layer, String input, List<String> parts) {
        for (int i = 0; i < 3; i++) {
            String module = layer + parts.get(i);
            linear(module, input, HIDDEN, HIDDEN);
            cutIntoHeads(module, i);
        }
        linear(layer + parts.get(3), layer + parts.get(0) + ".heads", HIDDEN, HIDDEN);
        String attended = norm(layer + parts.get(4), layer + parts.get(3) + ".out");
        linear(layer + parts.get(5), attended, HIDDEN, INNER);
        activate(layer + parts.get(5));
        linear(layer + parts.get(6), layer + parts.get(5) + ".active", INNER, HIDDEN);
        return norm(layer + parts.get(7), layer + parts.get(6) + ".out");
    }

    private float[] parameter(String name, long... shape) {
        int count = 1;
        List<Long> extents = new ArrayList<>();
        for (long extent : shape) {
            count *= (int) extent;
            extents.add(extent);
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        expected.put(name, values);
        shapes.put(name, extents);
        return values;
    }

    private void gather(String module, String ids, int rows) {
        String weight = module + ".weight";
        writer.floats(prefix + weight, parameter(weight, rows, HIDDEN), rows, HIDDEN);
        writer.node("Gather", node(module, "Gather"), List.of(prefix + weight, ids), module + ".out");
    }

    private String node(String module, String operator) {
        return kernels == Kernels.NUMBERED
                ? operator + "_" + nextNumber++
                : "/" + prefix.replace("0.auto_model.", "0/auto_model/").replace("distilbert.", "distilbert/")
                        + module.replace('.', '/').replaceAll("layer/(\\d)", "layer.$1") + "/" + operator;
    }

    private void linear(String module, String input, int inputSize, int outputSize) {
        float[] weight = parameter(module + ".weight", outputSize, inputSize);
        float[] bias = parameter(module + ".bias", outputSize);
        String biasName = prefix + module + ".bias";
        String named = prefix + module + ".weight";
        writer.floats(biasName, bias, outputSize);
        float[] inOut = transposed(weight, outputSize, inputSize);
        String product = module + ".product";
        switch (kernels) {
            case PATHS, PREFIXED_PATHS, NUMBERED -> {
                String kernel = kernels == Kernels.NUMBERED ? "" + nextNumber++ : "onnx::MatMul_" + nextNumber++;
                writer.floats(kernel, inOut, inputSize, outputSize);
                writer.node("MatMul", node(module, "MatMul"), List.of(input, kernel), product);
            }
            case NAMED_IN_OUT -> {
                writer.floats(named, inOut, inputSize, outputSize);
                writer.node("MatMul", "node_MatMul_" + nextNumber++, List.of(input, named), product);
            }
            case TRANSPOSE_NODES -> {
                writer.floats(named, weight, outputSize, inputSize);
                writer.node("Transpose", node(module, "Transpose"), List.of(named), named + ".t");
                writer.node("MatMul", node(module, "MatMul"), List.of(input, named + ".t"), product);
            }
            case GEMM -> {
                writer.floats(named, weight, outputSize, inputSize);
                writer.node(
                        "Gemm",
                        node(module, "Gemm"),
                        List.of(input, named, biasName),
                        module + ".out",
                        integer("transB", 1));
                return;
            }
        }
        writer.node("Add", node(module, "Add"), List.of(biasName, product), module + ".out");
    }

    private static float[] transposed(float[] weight, int outputSize, int inputSize) {
        float[] inOut = new float[weight.length];
        for (int o = 0; o < outputSize; o++) {
            for (int i = 0; i < inputSize; i++) {
                inOut[i * outputSize + o] = weight[o * inputSize + i];
            }
        }
        return inOut;
    }

    private void cutIntoHeads(String module, int projection) {
        String shape = module + ".shape";
        switch (heads) {
            case CONCAT -> concat(shape, 3, 2);
            case CONSTANT_SHAPE -> writer.integers(shape, 0, 0, 3, 2);
            case HEAD_COUNT_OPEN -> concat(shape, -1, 2);
            case HEAD_SIZE_OPEN -> concat(shape, 3, -1);
            case ALL_COMPUTED -> writer.node("Concat", "", List.of("batch", "length", "a", "d"), shape);
            case CONTRADICTORY -> concat(shape, projection == 1 ? 2 : 3, projection == 1 ? 3 : 2);
        }
        writer.node("Reshape", "", List.of(module + ".out", shape), module + ".heads");
    }

    private void concat(String shape, int headCount, int headSize) {
        writer.integers(shape + ".a", headCount).integers(shape + ".d", headSize);
        writer.node("Concat", "", List.of("batch", "length", shape + ".a", shape + ".d"), shape, integer("axis", 0));
    }

    private String norm(String module, String input) {
        writer.floats(prefix + module + ".weight", parameter(module + ".weight", HIDDEN), HIDDEN);
        writer.floats(prefix + module + ".bias", parameter(module + ".bias", HIDDEN), HIDDEN);
        String gamma = prefix + module + ".weight";
        String beta = prefix + module + ".bias";
        String out = module + ".out";
        if (norms == Norms.OPERATOR) {
            List<String> inputs = List.of(input, gamma, beta);
            writer.node("LayerNormalization", "", inputs, out, OnnxWriter.real("epsilon", epsilon));
            return out;
        }
        if (norms == Norms.OPERATOR_DEFAULT) {
            writer.node("LayerNormalization", "", List.of(input, gamma, beta), out);
            return out;
        }
        writer.node("ReduceMean", "", List.of(input), module + ".mean");
        writer.node("Sub", "", List.of(input, module + ".mean"), module + ".centered");
        writer.node("ReduceMean", "", List.of(module + ".centered"), module + ".variance");
        String underRoot = module + ".variance";
        if (norms == Norms.COMPOSED) {
            writer.constant(module + ".epsilon", epsilon);
            writer.node("Add", "", List.of(underRoot, module + ".epsilon"), module + ".sum");
            underRoot = module + ".sum";
        }
        writer.node("Sqrt", "", List.of(underRoot), module + ".deviation");
        writer.node("Div", "", List.of(module + ".centered", module + ".deviation"), module + ".normalized");
        writer.node("Mul", "", List.of(module + ".normalized", gamma), module + ".scaled");
        writer.node("Add", "", List.of(module + ".scaled", beta), out);
        return out;
    }

    private void activate(String module) {
        String x = module + ".out";
        String y = module + ".active";
        String c = module + ".c";
        writer.constant(c + "1", 1).constant(c + "half", 0.5f);
        switch (activation) {
            case ERF_DIVIDED, ERF_MULTIPLIED -> {
                boolean divided = activation == Activations.ERF_DIVIDED;
                writer.constant(c, (float) (divided ? Math.sqrt(2) : Math.sqrt(0.5)));
                writer.node(divided ? "Div" : "Mul", "", List.of(x, c), c + ".a");
                writer.node("Erf", "", List.of(c + ".a"), c + ".b");
                writer.node("Add", "", List.of(c + ".b", c + "1"), c + ".d");
                writer.node("Mul", "", List.of(x, c + ".d"), c + ".e");
                writer.node("Mul", "", List.of(c + ".e", c + "half"), y);
            }
            case TANH -> {
                writer.constant(c + "3", 3).constant(c + "k", 0.044715f);
                writer.constant(c + "r", (float) Math.sqrt(2 / Math.PI));
                writer.node("Pow", "", List.of(x, c + "3"), c + ".a");
                writer.node("Mul", "", List.of(c + "k", c + ".a"), c + ".b");
                writer.node("Add", "", List.of(x, c + ".b"), c + ".d");
                writer.node("Mul", "", List.of(c + "r", c + ".d"), c + ".e");
                writer.node("Tanh", "", List.of(c + ".e"), c + ".f");
                writer.node("Add", "", List.of(c + "1", c + ".f"), c + ".g");
                writer.node("Mul", "", List.of(c + "half", x), c + ".h");
                writer.node("Mul", "", List.of(c + ".h", c + ".g"), y);
            }
            case GELU -> writer.node("Gelu", "", List.of(x), y);
            case GELU_TANH -> writer.node("Gelu", "", List.of(x), y, word("approximate", "tanh"));
            case RELU -> writer.node("Relu", "", List.of(x), y);
            case SILU, QUICK_GELU -> {
                writer.constant(c, activation == Activations.SILU ? 1 : 1.702f);
                writer.node("Mul", "", List.of(x, c), c + ".a");
                writer.node("Sigmoid", "", List.of(c + ".a"), c + ".b");
                writer.node("Mul", "", List.of(x, c + ".b"), y);
            }
            case ELU -> writer.node("Elu", module + "/Elu", List.of(x), y);
        }
    }
}
