package dev.retort.model;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Norm;
import dev.retort.autograd.fusion.QuantizedWeight;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.ParameterSource;
import dev.retort.core.Precision;
import dev.retort.core.QuantizedMatrix;
import dev.retort.core.Workspace;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ParameterScopeTest {

    private final RandomParameters source = new RandomParameters(DataType.FLOAT);

    @Test
    void parameters_ofNestedScopes_haveTheirPathsInOrderOfConstruction() {
        ParameterScope root = ParameterScope.forTraining(source);
        Weight weight = root.child("layer").child("3").child("inner").weight(11, 35);
        Norm norm = root.child("layer").child("3").child("norm").norm(35, 1e-12);

        assertThat(root.parameters())
                .containsExactly(
                        new ParameterScope.Parameter("layer.3.inner.weight", List.of(11L, 35L)),
                        new ParameterScope.Parameter("layer.3.inner.bias", List.of(11L)),
                        new ParameterScope.Parameter("layer.3.norm.gamma", List.of(35L)),
                        new ParameterScope.Parameter("layer.3.norm.beta", List.of(35L)));
        assertThat(root.parameters().get(0).elementCount()).isEqualTo(385);
        assertThat(root.variables()).containsExactly(weight.matrix(), weight.bias(), norm.gamma(), norm.beta());
        assertThat(weight.matrix().value()).isIdenticalTo(source.values().get("layer.3.inner.weight"));
    }

    @Test
    void forTraining_parameters_requireGradients() {
        assertThat(ParameterScope.forTraining(source).parameter("p", 2, 3).requiresGradient())
                .isTrue();
    }

    @Test
    void forInference_parameters_requireNone() {
        ParameterScope scope = ParameterScope.forInference(source, Backend.definitions(), Precision.F32);

        assertThat(scope.parameter("p", 2, 3).requiresGradient()).isFalse();
    }

    @Test
    void weightWithoutBias_hasNone() {
        ParameterScope scope = ParameterScope.forTraining(source);

        assertThat(scope.weightWithoutBias(5, 7).bias()).isNull();
        assertThat(scope.variables()).extracting(Variable::name).containsExactly("weight");
    }

    @Test
    void parameter_sourceGivesAnotherShape_namesParameterAndBothShapes() {
        ParameterScope scope = ParameterScope.forTraining((name, shape) -> Nd4j.zeros(3, 2));

        assertThatThrownBy(() -> scope.child("norm").parameter("gamma", 2, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("parameter norm.gamma: expected (2, 3), got (3, 2)");
    }

    @Test
    void forInference_backendWithAFormOfItsOwn_keepsNoSecondCopyOfTheMatrices() {
        List<Variable> given = new ArrayList<>();
        ParameterScope scope = ParameterScope.forInference(source, new Copying(given), Precision.F32);
        Weight weight = scope.weight(5, 7);
        List<Weight> joint = scope.jointWeights(3, 2, "one", "other");

        assertThat(given)
                .hasSize(3)
                .allSatisfy(matrix -> assertThat(matrix.value().wasClosed()).isTrue());
        assertThat(weight.bias().value().wasClosed()).isFalse();
        assertThat(joint).hasSize(2);
        assertThat(scope.parameters())
                .extracting(ParameterScope.Parameter::name)
                .containsExactly("weight", "bias", "one.weight", "one.bias", "other.weight", "other.bias");
    }

    @Test
    void jointWeights_ofTheDefinitions_areTheParameters() {
        ParameterScope scope = ParameterScope.forTraining(source);
        List<Weight> joint = scope.jointWeights(3, 2, "one", "other");

        assertThat(joint.get(1).matrix().value()).isIdenticalTo(source.values().get("other.weight"));
        assertThat(joint.get(1).matrix().requiresGradient()).isTrue();
    }

    @Test
    void weight_sourceInWholeNumbers_reachesTheBackendSoInInt8Only() {
        List<QuantizedWeight> given = new ArrayList<>();
        Quantizing backend = new Quantizing(given);
        WholeNumbers numbers = new WholeNumbers(source, "one.weight", "two.weight");

        ParameterScope.forInference(numbers, backend, Precision.F32)
                .child("one")
                .weight(5, 7);
        assertThat(given).isEmpty();

        ParameterScope scope = ParameterScope.forInference(numbers, backend, Precision.INT8);
        scope.child("one").weight(5, 7);
        scope.jointWeights(5, 7, "one", "two");
        assertThat(given)
                .hasSize(3)
                .allSatisfy(weight ->
                        assertThat(weight.matrix().elements().wasClosed()).isTrue());
        assertThat(scope.parameters())
                .extracting(ParameterScope.Parameter::name)
                .containsExactly("one.weight", "one.bias", "one.weight", "one.bias", "two.weight", "two.bias");
    }

    @Test
    void jointWeights_oneOfThemInFloatingPoint_areAllPreparedFromIt() {
        List<QuantizedWeight> given = new ArrayList<>();
        WholeNumbers numbers = new WholeNumbers(source, "one.weight");
        ParameterScope scope = ParameterScope.forInference(numbers, new Quantizing(given), Precision.INT8);

        assertThat(scope.jointWeights(5, 7, "one", "two")).hasSize(2);
        assertThat(given).isEmpty();
    }

    @Test
    void table_preparedAsACopy_isTheOnlyOne() {
        ParameterScope scope = ParameterScope.forInference(source, new Quantizing(new ArrayList<>()), Precision.INT8);
        Variable table = scope.table("words", 5, 7);

        assertThat(table.value().dataType()).isEqualTo(DataType.BFLOAT16);
        assertThat(source.values().get("words").wasClosed()).isTrue();
        assertThat(scope.variables()).containsExactly(table);
        assertThat(scope.parameters()).containsExactly(new ParameterScope.Parameter("words", List.of(5L, 7L)));
    }

    /** Some parameters in whole numbers. */
    private record WholeNumbers(RandomParameters source, String... names) implements ParameterSource {

        @Override
        public INDArray load(String name, long... shape) {
            return source.load(name, shape).dup();
        }

        @Override
        public QuantizedMatrix loadQuantized(String name, long out, long in) {
            return List.of(names).contains(name)
                    ? new QuantizedMatrix(Nd4j.zeros(DataType.BYTE, out, in), Nd4j.zeros(DataType.FLOAT, out))
                    : null;
        }
    }

    /** Takes whole numbers, and makes tables bfloat16. */
    private record Quantizing(List<QuantizedWeight> given) implements Backend {

        @Override
        public String name() {
            return "quantizing";
        }

        @Override
        public String unsupportedReason() {
            return null;
        }

        @Override
        public Weight prepare(Variable matrix, Variable bias, Precision precision) {
            return new Weight.Plain(matrix, bias);
        }

        @Override
        public List<Weight> prepareQuantized(List<QuantizedWeight> weights) {
            given.addAll(weights);
            return weights.stream()
                    .<Weight>map(weight -> new Weight.Plain(
                            Variable.constant(weight.matrix().elements().castTo(DataType.FLOAT)), weight.bias()))
                    .toList();
        }

        @Override
        public Variable prepareTable(Variable table, Precision precision) {
            return Variable.constant(table.value().castTo(DataType.BFLOAT16));
        }

        @Override
        public Fusions open(Workspace workspace) {
            return Fusions.definitions();
        }
    }

    /** Copies each matrix, as a backend with packed weights does. */
    private record Copying(List<Variable> given) implements Backend {

        private record Copy(Variable matrix, Variable bias) implements Weight {}

        @Override
        public String name() {
            return "copying";
        }

        @Override
        public String unsupportedReason() {
            return null;
        }

        @Override
        public Weight prepare(Variable matrix, Variable bias, Precision precision) {
            given.add(matrix);
            return new Copy(Variable.constant(matrix.value().dup()), bias);
        }

        @Override
        public Fusions open(Workspace workspace) {
            return Fusions.definitions();
        }
    }

    @Test
    void weights_preparedSingleAndJoint_areAllToBeClosed() {
        ParameterScope scope = ParameterScope.forInference(source, Backend.definitions(), Precision.F32);
        Weight inner = scope.child("inner").weight(11, 35);
        List<Weight> joint = scope.jointWeights(35, 35, "query", "key");
        Weight dense = scope.child("dense").weightWithoutBias(5, 35);

        assertThat(scope.weights()).containsExactly(inner, joint.get(0), joint.get(1), dense);
    }

    @Test
    void forTraining_withFreezing_makesFrozenParametersConstants() {
        ParameterScope scope = ParameterScope.forTraining(source, Freezing.frozenHead("topic"));
        ParameterScope topic = scope.child("heads").child("topic");
        ParameterScope topics = scope.child("heads").child("topics");
        Variable frozen = topic.parameter("bias", 3);
        Variable trained = topics.parameter("bias", 3);

        assertThat(frozen.requiresGradient()).isFalse();
        assertThat(frozen.name()).isEqualTo("heads.topic.bias");
        assertThat(trained.requiresGradient()).isTrue();
        assertThat(topic.isFrozen()).isTrue();
        assertThat(topics.isFrozen()).isFalse();
        assertThat(scope.isFrozen()).isFalse();
        assertThat(scope.child("encoder").isFrozen()).isFalse();
    }
}
