package dev.retort.weights.heads;

import static dev.retort.weights.ParityTable.assertError;
import static dev.retort.weights.RecordedTensors.difference;
import static dev.retort.weights.RecordedTensors.largest;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.retort.autograd.Gradients;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.model.Freezing;
import dev.retort.model.Mode;
import dev.retort.model.classification.MultiTaskModel;
import dev.retort.weights.MultiTaskFixture;
import dev.retort.weights.MultiTaskFixture.Kind;
import dev.retort.weights.RecordedTensors;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The two-task network against PyTorch: embeddings, logits, losses and gradients of every recorded case, in float64 and float32. */
class MultiTaskParityTest {

    private static final Fusions FUSIONS = Fusions.definitions();
    private static final List<String> CASES = List.of("plain", "missing", "weighted");

    @ParameterizedTest
    @EnumSource
    void forward_everyCase_givesTheRecordedLogitsAndLosses(Kind kind) throws IOException {
        try (MultiTaskFixture fixture = MultiTaskFixture.open(kind);
                RecordedTensors recorded = fixture.recorded("forward")) {
            for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
                boolean exact = type == DataType.DOUBLE;
                String prefix = exact ? "f64." : "f32.";
                String model = title(kind, type);
                MultiTaskModel network = fixture.model(type, Freezing.full());
                Variable features = network.features(fixture.tokens(), FUSIONS, Mode.INFERENCE);
                List<Variable> logits = network.forwardFeatures(features, FUSIONS, Mode.INFERENCE);
                assertError(
                        model,
                        "unit vectors",
                        difference(features.value(), recorded.doubles(prefix + "sentence_embedding")),
                        exact ? 1e-12 : 1e-6);
                for (int task = 0; task < 2; task++) {
                    String name = fixture.tasks().get(task).name();
                    assertError(
                            model,
                            "logits",
                            difference(logits.get(task).value(), recorded.doubles(prefix + "logits." + name)),
                            exact ? 1e-11 : 1e-5);
                    for (String recordedCase : CASES) {
                        Variable loss =
                                fixture.losses(logits, recordedCase, FUSIONS).get(task);
                        assertError(
                                model,
                                "losses",
                                difference(
                                        loss.value(), recorded.doubles(prefix + "loss." + recordedCase + "." + name)),
                                exact ? 1e-11 : 1e-5);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void backward_everyCase_givesTheRecordedGradients(Kind kind) throws IOException {
        try (MultiTaskFixture fixture = MultiTaskFixture.open(kind)) {
            for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
                for (String recordedCase : CASES) {
                    MultiTaskModel model = fixture.model(type, Freezing.full());
                    Gradients gradients = gradients(fixture, model, recordedCase);
                    String suffix = recordedCase.equals("plain") ? "" : "-" + recordedCase;
                    try (RecordedTensors recorded = fixture.recorded("gradients" + suffix)) {
                        compare(fixture, model, gradients, recorded, title(kind, type));
                    }
                }
            }
        }
    }

    /** The gradients of a scenario are those of the full network, of its parameters and no other. */
    @ParameterizedTest
    @EnumSource
    void backward_everyScenario_givesTheGradientsAndTheNormOfItsParameters(Kind kind) throws IOException {
        try (MultiTaskFixture fixture = MultiTaskFixture.open(kind);
                RecordedTensors recorded = fixture.recorded("gradients")) {
            for (String scenario : MultiTaskFixture.SCENARIOS.keySet()) {
                MultiTaskModel model = fixture.model(DataType.DOUBLE, MultiTaskFixture.SCENARIOS.get(scenario));
                Gradients gradients = gradients(fixture, model, "plain");
                int compared = compare(fixture, model, gradients, recorded, title(kind, DataType.DOUBLE));
                JsonNode figures = fixture.figures().path("scenarios").path(scenario + "/adam");
                if (figures.isMissingNode()) {
                    continue;
                }
                assertThat(compared)
                        .isEqualTo(figures.path("trained_parameters").intValue());
                assertThat(model.parameterTable(16).trainedCount())
                        .isEqualTo(figures.path("trained_values").longValue());
                double squares = 0;
                for (Variable parameter : model.trainedParameters()) {
                    INDArray gradient = gradients.of(parameter);
                    squares += gradient.mul(gradient).sumNumber().doubleValue();
                }
                assertThat(Math.sqrt(squares))
                        .isCloseTo(
                                figures.path("gradient_norm_at_each_step")
                                        .get(0)
                                        .doubleValue(),
                                within(1e-10));
            }
        }
    }

    private static String title(Kind kind, DataType type) {
        return "two tasks, " + (kind == Kind.FFN ? "feed-forward" : "linear") + " heads, "
                + (type == DataType.DOUBLE ? "float64" : "float32");
    }

    private static Gradients gradients(MultiTaskFixture fixture, MultiTaskModel model, String recordedCase) {
        List<Variable> losses =
                fixture.losses(model.forward(fixture.tokens(), FUSIONS, Mode.INFERENCE), recordedCase, FUSIONS);
        return losses.get(0).add(losses.get(1)).backward();
    }

    /** @return how many parameters the recorded ones and the trained ones have in common */
    private static int compare(
            MultiTaskFixture fixture,
            MultiTaskModel model,
            Gradients gradients,
            RecordedTensors recorded,
            String title) {
        int compared = 0;
        for (String name : recorded.names()) {
            Variable parameter = model.parameters().get(fixture.parameter(name));
            assertThat(gradients.contains(parameter)).as(name).isEqualTo(parameter.requiresGradient());
            if (parameter.requiresGradient()) {
                compared++;
                compare(gradients.of(parameter), recorded.doubles(name), name, title);
            }
        }
        return compared;
    }

    private static void compare(INDArray gradient, double[] expected, String name, String title) {
        boolean exact = gradient.dataType() == DataType.DOUBLE;
        double scale = largest(expected);
        if (name.endsWith("k_lin.bias")) { // zero, but for rounding
            scale = 1;
        }
        assertError(
                title,
                "gradients, of the largest element",
                difference(gradient, expected) / scale,
                exact ? 1e-10 : 1e-5);
    }
}
