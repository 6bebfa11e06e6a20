package dev.retort.model.classification;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.autograd.GradientCheck;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.RandomTensors;
import dev.retort.model.Freezing;
import dev.retort.model.Mode;
import dev.retort.model.ParameterScope;
import dev.retort.model.RandomParameters;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** B = 2, E = 5, inner 7, C = 3. */
class ClassificationHeadTest {

    private static final Fusions FUSIONS = Fusions.definitions();
    private static final Mode TRAINING = Mode.training(3, 9);

    private final RandomParameters parameters = new RandomParameters(DataType.DOUBLE);
    private final ParameterScope scope = ParameterScope.forTraining(parameters);
    private final INDArray embeddings = RandomTensors.normal(4, 2, 5);

    private ClassificationHead head(ParameterScope from, HeadShape shape) {
        return ClassificationHead.of(from, shape, 5, 3, 77);
    }

    private INDArray parameter(String name) {
        return parameters.values().get(name);
    }

    @Test
    void forward_linear_isOneAffineMap() {
        Variable logits =
                head(scope, new HeadShape.Linear(0.4)).forward(Variable.constant(embeddings), FUSIONS, Mode.INFERENCE);

        assertThat(scope.parameters())
                .extracting(ParameterScope.Parameter::name)
                .containsExactly("output.weight", "output.bias");
        assertThat(logits.value())
                .isCloseTo(
                        embeddings.mmul(parameter("output.weight").transpose()).addRowVector(parameter("output.bias")),
                        1e-14);
    }

    @ParameterizedTest
    @EnumSource(
            value = Activation.class,
            names = {"RELU", "TANH", "GELU"})
    void forward_feedForward_isTwoAffineMapsAroundTheActivation(Activation activation) {
        Variable logits = head(scope, new HeadShape.FeedForward(7, activation, 0.4))
                .forward(Variable.constant(embeddings), FUSIONS, Mode.INFERENCE);

        INDArray inner = embeddings.mmul(parameter("hidden.weight").transpose()).addRowVector(parameter("hidden.bias"));
        INDArray activated = switch (activation) {
            case RELU -> Transforms.relu(inner);
            case TANH -> Transforms.tanh(inner);
            default -> Variable.constant(inner).gelu().value();
        };
        assertThat(logits.value())
                .isCloseTo(
                        activated.mmul(parameter("output.weight").transpose()).addRowVector(parameter("output.bias")),
                        1e-14);
    }

    @Test
    void forward_trainingLinear_dropsElementsOfTheVector() {
        Variable logits =
                head(scope, new HeadShape.Linear(0.4)).forward(Variable.constant(embeddings), FUSIONS, TRAINING);

        INDArray kept =
                TRAINING.dropout(0.4, 77).of(Variable.constant(embeddings)).value();
        assertThat(kept.equalsWithEps(embeddings, 1e-3)).isFalse();
        assertThat(logits.value())
                .isCloseTo(
                        kept.mmul(parameter("output.weight").transpose()).addRowVector(parameter("output.bias")),
                        1e-14);
    }

    @Test
    void gradient_everyInputWithDropout_agreesWithDifferences() {
        GradientCheck.of("feed-forward head", in -> feedForward(in).forward(in.get(0), FUSIONS, TRAINING))
                .check(
                        embeddings,
                        RandomTensors.normal(5, 7, 5),
                        RandomTensors.normal(6, 7),
                        RandomTensors.normal(7, 3, 7),
                        RandomTensors.normal(8, 3));
    }

    private static ClassificationHead feedForward(List<Variable> in) {
        return new FeedForwardHead(
                new Weight.Plain(in.get(1), in.get(2)),
                new Weight.Plain(in.get(3), in.get(4)),
                new HeadShape.FeedForward(7, Activation.TANH, 0.3),
                77,
                false);
    }

    @Test
    void forward_frozen_dropsNothingUnlessAskedAndPassesTheGradientOn() {
        HeadShape shape = new HeadShape.FeedForward(7, Activation.RELU, 0.4);
        ClassificationHead frozen = head(ParameterScope.forTraining(parameters, Freezing.everything()), shape);
        ClassificationHead trained = head(ParameterScope.forTraining(parameters), shape);
        Variable x = Variable.parameter("x", embeddings);
        Variable logits = frozen.forward(x, FUSIONS, TRAINING);

        assertThat(logits.value())
                .isIdenticalTo(trained.forward(x, FUSIONS, Mode.INFERENCE).value());
        assertThat(frozen.forward(x, FUSIONS, TRAINING.inFrozenPart()).value()).isIdenticalTo(logits.value());
        assertThat(frozen.forward(x, FUSIONS, Mode.training(3, 9).droppingInFrozenParts())
                        .value())
                .isIdenticalTo(trained.forward(x, FUSIONS, TRAINING).value());
        assertThat(logits.sum().backward().of(x).equalsWithEps(Nd4j.zeros(DataType.DOUBLE, 2, 5), 1e-3))
                .isFalse();
    }
}
