package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Norm;
import dev.retort.autograd.fusion.PoolingMode;
import dev.retort.autograd.fusion.Targets;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.FixtureTensors;
import dev.retort.core.PackedTokens;
import dev.retort.core.Shape;
import dev.retort.core.SharedFolder;
import dev.retort.core.TensorAssert;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Every recorded case of PyTorch's operations: output and every gradient. The library's own primitives and definitions compute them,
 * composed where PyTorch has one function and this library has none.
 */
class OperationFixturesTest {

    private static final String FOLDER = "fixtures/ops";
    private static final Fusions FUSIONS = Fusions.definitions();

    /** Cases whose result moves by more than 1e-5 when the recorded float64 inputs are rounded to float32, whoever computes it. */
    private static final Set<String> SENSITIVE_TO_ROUNDING = Set.of(
            "softmax/large-offset",
            "layer-norm/large-offset",
            "layer-norm/constant-inexact",
            "cross-entropy/large-offset");

    /** One case of the index. */
    record Case(String operation, String name, JsonNode entry, FixtureTensors tensors) {

        String id() {
            return operation + "/" + name;
        }

        List<String> inputs() {
            List<String> inputs = new ArrayList<>();
            entry.get("inputs").forEach(input -> inputs.add(input.asText()));
            return inputs;
        }

        INDArray tensor(String tensor, DataType type) {
            return tensors.float64(name + "/" + tensor).castTo(type);
        }

        int[] ints(String tensor) {
            return tensors.ints(name + "/" + tensor);
        }

        int[][] intRows(String tensor) {
            return tensors.intRows(name + "/" + tensor);
        }

        double[] doubles(String tensor) {
            return tensors.doubles(name + "/" + tensor);
        }

        boolean has(String tensor) {
            return tensors.contains(name + "/" + tensor);
        }

        JsonNode parameter(String parameter) {
            return entry.get("parameters").path(parameter);
        }

        @Override
        public String toString() {
            return id();
        }
    }

    /** Output and gradients by input. */
    record Result(INDArray output, Map<String, INDArray> gradients) {}

    static Stream<Case> cases() throws IOException {
        Path folder = SharedFolder.require(FOLDER);
        JsonNode operations = new ObjectMapper()
                .readTree(folder.resolve("index.json").toFile())
                .get("operations");
        List<Case> cases = new ArrayList<>();
        operations.properties().forEach(operation -> {
            FixtureTensors tensors = FixtureTensors.read(folder.resolve(operation.getKey() + ".safetensors"));
            operation
                    .getValue()
                    .forEach(entry -> cases.add(
                            new Case(operation.getKey(), entry.get("case").asText(), entry, tensors)));
        });
        return cases.stream();
    }

    static Stream<Case> casesThatSurviveRounding() throws IOException {
        return cases().filter(one -> !SENSITIVE_TO_ROUNDING.contains(one.id()));
    }

    @Test
    void index_theRecordedSet_hasEveryStoredTensorInSomeCase() throws IOException {
        List<Case> all = cases().toList();
        Set<String> indexed = new HashSet<>();
        Set<String> stored = new HashSet<>();
        for (Case one : all) {
            indexed.add(one.id());
            one.tensors()
                    .names()
                    .forEach(name -> stored.add(one.operation() + "/" + name.substring(0, name.indexOf('/'))));
        }

        assertThat(indexed).isEqualTo(stored).hasSize(95);
        assertThat(all.stream().map(Case::operation).distinct()).hasSize(17);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void float64_everyCase_agreesWithTheRecordedResult(Case recorded) {
        Result result = compute(recorded, DataType.DOUBLE, DataType.DOUBLE);

        if (recorded.id()
                .equals("layer-norm/constant-inexact")) { // the record's own mean is off by one rounding, times 1e6
            agrees(recorded, result, 1e-8, 1e-8);
        } else {
            agrees(recorded, result, 1e-10, 0);
        }
    }

    /**
     * The inputs are rounded first, so that what is measured is the arithmetic: in float32 a score of 10,000 has an ulp of 1e-3. The
     * reference is the same composition in float64, which the test above holds to the record.
     */
    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void float32_everyCase_agreesWithFloat64OnTheSameInputs(Case recorded) {
        Result expected = compute(recorded, DataType.FLOAT, DataType.DOUBLE);

        Result result = compute(recorded, DataType.FLOAT, DataType.FLOAT);

        assertThat(result.output()).as("output").hasType(DataType.FLOAT).isCloseToLargest(expected.output(), 1e-5);
        result.gradients()
                .forEach((input, gradient) -> assertThat(gradient)
                        .as("gradient of " + input)
                        .hasType(DataType.FLOAT)
                        .isCloseToLargest(expected.gradients().get(input), 1e-5));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("casesThatSurviveRounding")
    void float32_everyCaseThatSurvivesRounding_agreesWithTheRecordedResult(Case recorded) {
        Result result = compute(recorded, DataType.FLOAT, DataType.FLOAT);

        agrees(recorded, result, 1e-5, 0);
    }

    private static void agrees(Case recorded, Result result, double share, double floor) {
        isClose("output", result.output(), recorded.tensor("output", DataType.DOUBLE), share, floor);
        assertThat(result.gradients().keySet()).containsExactlyElementsOf(recorded.inputs());
        result.gradients()
                .forEach((input, gradient) -> isClose(
                        "gradient of " + input,
                        gradient,
                        recorded.tensor("gradient." + input, DataType.DOUBLE),
                        share,
                        floor));
    }

    private static void isClose(String what, INDArray actual, INDArray expected, double share, double floor) {
        double largest = Arrays.stream(TensorAssert.elements(expected))
                .map(Math::abs)
                .max()
                .orElse(0);
        assertThat(actual).as(what).isCloseTo(expected, Math.max(floor, share * largest));
    }

    /** Computes a case on inputs rounded to one type, in arithmetic of another. */
    private static Result compute(Case recorded, DataType inputType, DataType arithmetic) {
        Map<String, Variable> inputs = new LinkedHashMap<>();
        for (String input : recorded.inputs()) {
            inputs.put(
                    input,
                    Variable.parameter(input, recorded.tensor(input, inputType).castTo(arithmetic)));
        }
        Variable output = compose(recorded, inputs);
        Gradients gradients =
                output.backward(recorded.tensor("cotangent", inputType).castTo(arithmetic));
        Map<String, INDArray> byInput = new LinkedHashMap<>();
        inputs.forEach((input, variable) -> byInput.put(input, gradients.of(variable)));
        return new Result(output.value(), byInput);
    }

    private static Variable compose(Case recorded, Map<String, Variable> inputs) {
        Variable x = inputs.get("x");
        return switch (recorded.operation()) {
            case "linear" -> linear(inputs, Activation.IDENTITY);
            case "matmul" -> product(recorded, inputs.get("a"), inputs.get("b"));
            case "add" -> inputs.get("a").add(inputs.get("b"));
            case "gelu-erf" -> x.gelu();
            case "gelu-tanh" -> x.tanhGelu();
            case "relu" -> x.relu();
            case "tanh" -> x.tanh();
            case "softmax" -> x.softmax();
            case "masked-softmax" ->
                x.add(additiveMask(recorded, recorded.tensors().shape(recorded.name() + "/mask"), x))
                        .softmax();
            case "layer-norm" -> FUSIONS.normalize(x, norm(recorded, inputs));
            case "embedding" -> lookUp(recorded, inputs.get("weight"));
            case "mean-pool" -> meanPool(recorded, x);
            case "l2-normalise" -> {
                assertThat(recorded.parameter("epsilon").asDouble()).isEqualTo(Fusions.L2_EPSILON);
                yield FUSIONS.l2Normalize(x);
            }
            case "cross-entropy" -> crossEntropy(recorded, inputs.get("logits"));
            case "dropout" ->
                x.multiply(constant(recorded.tensor("keep", x.value().dataType())))
                        .scale(1 / (1 - recorded.parameter("probability").asDouble()));
            case "attention" -> attention(recorded, inputs.get("query"), inputs.get("key"), inputs.get("value"));
            case "fused" -> fused(recorded, inputs);
            default -> throw new AssertionError("no composition for operation " + recorded.operation());
        };
    }

    private static Variable fused(Case recorded, Map<String, Variable> inputs) {
        Variable x = inputs.get("x");
        return switch (recorded.name()) {
            case "linear-gelu" -> linear(inputs, Activation.GELU);
            case "linear-relu" -> linear(inputs, Activation.RELU);
            case "add-layer-norm" -> FUSIONS.normalize(x.add(inputs.get("residual")), norm(recorded, inputs));
            case "pool-and-normalise" -> FUSIONS.l2Normalize(meanPool(recorded, x));
            case "linear-cross-entropy" ->
                FUSIONS.crossEntropy(linear(inputs, Activation.IDENTITY), Targets.of(recorded.ints("labels")));
            default -> throw new AssertionError("no composition for case " + recorded.id());
        };
    }

    private static Variable linear(Map<String, Variable> inputs, Activation activation) {
        Variable x = inputs.get("x");
        Weight weight = new Weight.Plain(inputs.get("weight"), inputs.get("bias"));
        long[] shape = x.shape().clone();
        long width = shape[shape.length - 1];
        Variable y = FUSIONS.linear(x.reshape(Shape.elementCount(shape) / width, width), weight, activation);
        shape[shape.length - 1] = weight.outputSize();
        return y.reshape(shape);
    }

    private static Variable product(Case recorded, Variable a, Variable b) {
        if (recorded.parameter("transpose_b").asBoolean()) {
            return a.matmulTransposed(b);
        }
        return switch (recorded.name()) {
            case "broadcast-right" -> a.reshape(30, 7).matmul(b).reshape(2, 3, 5, 4);
            case "broadcast-left" ->
                a.reshape(1, 1, 5, 7)
                        .multiply(constant(Nd4j.ones(a.value().dataType(), 2, 3, 1, 1)))
                        .matmul(b);
            default -> a.matmul(b);
        };
    }

    /** 0 where a key is kept, -∞ where it is not; as recorded where the record has it in this form. */
    private static Variable additiveMask(Case recorded, long[] shape, Variable like) {
        double[] mask = recorded.doubles("mask");
        if (!recorded.parameter("additive").asBoolean()) {
            mask = Arrays.stream(mask)
                    .map(keep -> keep == 1 ? 0 : Double.NEGATIVE_INFINITY)
                    .toArray();
        }
        return constant(
                Nd4j.createFromArray(mask).castTo(like.value().dataType()).reshape('c', shape));
    }

    private static Norm norm(Case recorded, Map<String, Variable> inputs) {
        return new Norm(
                inputs.get("weight"),
                inputs.get("bias"),
                recorded.parameter("epsilon").asDouble());
    }

    /** With a padding index, the rows of that id come from a constant. */
    private static Variable lookUp(Case recorded, Variable weight) {
        int[] ids = recorded.ints("ids");
        long[] shape = recorded.tensors().shape(recorded.name() + "/output");
        Variable rows = weight.gather(ids);
        if (!recorded.parameter("padding_index").isMissingNode()) {
            int padding = recorded.parameter("padding_index").asInt();
            double[] real =
                    Arrays.stream(ids).mapToDouble(id -> id == padding ? 0 : 1).toArray();
            INDArray keep =
                    Nd4j.createFromArray(real).castTo(weight.value().dataType()).reshape('c', ids.length, 1);
            rows = rows.multiply(constant(keep))
                    .add(constant(weight.value()).gather(ids).multiply(constant(keep.rsub(1))));
        }
        return rows.reshape(shape);
    }

    /** Packs the kept rows and pools them. A text with none has no packed form: its row is zero, as the record says. */
    private static Variable meanPool(Case recorded, Variable x) {
        int[][] mask = recorded.intRows("mask");
        int[] kept = IntStream.range(0, mask.length)
                .filter(b -> Arrays.stream(mask[b]).sum() > 0)
                .toArray();
        int[][] keptMask = Arrays.stream(kept).mapToObj(b -> mask[b]).toArray(int[][]::new);
        int length = mask[0].length;
        int[][] rowNumbers = Arrays.stream(kept)
                .mapToObj(b -> IntStream.range(b * length, (b + 1) * length).toArray())
                .toArray(int[][]::new);
        PackedTokens packed = PackedTokens.ofPadded(rowNumbers, keptMask);
        Variable rows = x.reshape((long) mask.length * length, x.size(2)).gather(packed.tokenIds()); // (N, H)
        Variable pooled = FUSIONS.pool(rows, packed.layout(), PoolingMode.MEAN);
        if (kept.length == mask.length) {
            return pooled;
        }
        List<Variable> texts = new ArrayList<>();
        for (int b = 0, next = 0; b < mask.length; b++) {
            boolean empty = Arrays.stream(mask[b]).sum() == 0;
            texts.add(empty ? constant(Nd4j.zeros(x.value().dataType(), 1, x.size(2))) : pooled.rows(next, ++next));
        }
        return Variable.concat(0, texts);
    }

    private static Variable crossEntropy(Case recorded, Variable logits) {
        double @Nullable [] weights = recorded.has("class_weights") ? recorded.doubles("class_weights") : null;
        double smoothing = recorded.parameter("label_smoothing").asDouble();
        assertThat(recorded.parameter("ignore_index").asInt()).isEqualTo(Targets.IGNORED);
        Targets targets = new Targets(recorded.ints("labels"), weights, smoothing);
        String reduction = recorded.parameter("reduction").asText();
        return switch (reduction) {
            case "mean" -> FUSIONS.crossEntropy(logits, targets);
            case "sum" -> FUSIONS.crossEntropy(logits, targets).scale(targets.totalWeight());
            case "none" -> {
                DataType type = logits.value().dataType();
                int classCount = Math.toIntExact(logits.size(1));
                INDArray distribution =
                        Nd4j.createFromArray(targets.distribution(classCount)).castTo(type);
                yield logits.logSoftmax()
                        .multiply(constant(distribution))
                        .matmul(constant(Nd4j.ones(type, classCount, 1)))
                        .scale(-1)
                        .reshape(logits.size(0));
            }
            default -> throw new AssertionError(recorded + ": reduction " + reduction);
        };
    }

    private static Variable attention(Case recorded, Variable query, Variable key, Variable value) {
        int[][] mask = recorded.intRows("mask");
        Variable blocked = additiveMask(recorded, new long[] {mask.length, 1, 1, mask[0].length}, query);
        return query.matmulTransposed(key)
                .scale(1 / Math.sqrt(query.size(-1)))
                .add(blocked)
                .softmax()
                .matmul(value);
    }

    private static Variable constant(INDArray value) {
        return Variable.constant(value);
    }
}
