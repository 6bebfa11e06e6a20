package dev.retort.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.retort.autograd.Gradients;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Targets;
import dev.retort.core.PackedTokens;
import dev.retort.core.StepScope;
import dev.retort.core.Workspace;
import dev.retort.model.DistilBertConfig;
import dev.retort.model.Freezing;
import dev.retort.model.Mode;
import dev.retort.model.classification.ClassificationTask;
import dev.retort.model.classification.FreshHeads;
import dev.retort.model.classification.HeadShape;
import dev.retort.model.classification.MultiTaskModel;
import dev.retort.weights.BaseShapeFixture;
import dev.retort.weights.MultiTaskFixture;
import dev.retort.weights.MultiTaskFixture.Kind;
import dev.retort.weights.RecordedTensors;
import dev.retort.weights.SmallTensors;
import dev.retort.weights.huggingface.EncoderConfig;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import dev.retort.weights.sentencetransformers.SentenceSettings;
import dev.retort.weights.sentencetransformers.TokenizerFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Forward and backward of the two-task network with the backend that is found: what PyTorch gives, and what a step's memory holds. */
class FusedTrainingTest {

    private static final double FLOAT32 = 1e-5;
    private static final double FLOAT64 = 1e-10;

    private final Workspace workspace = Workspace.open();
    private final Fusions fusions = Backend.find().open(workspace);

    @AfterEach
    void closeWorkspace() {
        workspace.close();
    }

    @ParameterizedTest
    @EnumSource
    void backward_fixture_givesTheRecordedGradientsInFloat32(Kind kind) throws IOException {
        try (MultiTaskFixture fixture = MultiTaskFixture.open(kind)) {
            MultiTaskModel model = fixture.model(DataType.FLOAT, Freezing.full());
            for (String recordedCase : List.of("plain", "missing", "weighted")) {
                String suffix = recordedCase.equals("plain") ? "" : "-" + recordedCase;
                try (RecordedTensors recorded = fixture.recorded("gradients" + suffix);
                        StepScope step = StepScope.open(workspace)) {
                    List<Variable> logits = model.forward(fixture.tokens(), fusions, Mode.INFERENCE);
                    List<Variable> losses = fixture.losses(logits, recordedCase, fusions);
                    Gradients gradients = losses.get(0).add(losses.get(1)).backward();
                    for (String name : recorded.names()) {
                        double[] expected = recorded.doubles(name);
                        double scale = name.endsWith("k_lin.bias") ? 1 : RecordedTensors.largest(expected);
                        INDArray gradient = gradients.of(model.parameters().get(fixture.parameter(name)));
                        assertThat(RecordedTensors.difference(gradient, expected) / scale)
                                .as(recordedCase + ": " + name)
                                .isLessThan(FLOAT32);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void backward_baseShape_givesTheRecordedLossesAndGradients(DataType type) throws IOException {
        boolean exact = type == DataType.DOUBLE;
        String prefix = exact ? "f64" : "f32";
        try (BaseShapeFixture fixture = BaseShapeFixture.open();
                StepScope step = StepScope.open(workspace)) {
            MultiTaskModel model = fixture.model(type, Freezing.full());
            RecordedTensors recorded = fixture.recorded();
            Variable features = model.features(fixture.tokens(), fusions, Mode.INFERENCE);
            assertThat(RecordedTensors.difference(features.value(), recorded.doubles(prefix + ".batch.embeddings")))
                    .isLessThan(exact ? 1e-12 : 1e-6);
            List<Variable> logits = model.forwardFeatures(features, fusions, Mode.INFERENCE);
            List<Variable> losses = new ArrayList<>();
            for (int task = 0; task < 2; task++) {
                String name = model.tasks().get(task).name();
                losses.add(fusions.crossEntropy(logits.get(task), fixture.targets(name)));
                assertThat(RecordedTensors.difference(
                                logits.get(task).value(), recorded.doubles(prefix + ".batch.logits." + name)))
                        .isLessThan(exact ? 1e-11 : 1e-5);
                assertThat(RecordedTensors.difference(
                                losses.get(task).value(), recorded.doubles(prefix + ".batch.loss." + name)))
                        .isLessThan(exact ? 1e-11 : 1e-5);
            }
            Gradients gradients = losses.get(0).add(losses.get(1)).backward();
            for (JsonNode expected : fixture.gradients()) {
                String name = expected.path("name").textValue();
                INDArray gradient = gradients.of(model.parameters().get(fixture.parameter(name)));
                compare(name, gradient, expected, prefix, exact ? FLOAT64 : FLOAT32);
            }
            model.parameters().values().forEach(parameter -> parameter.value().close());
        }
    }

    private static void compare(String name, INDArray gradient, JsonNode expected, String prefix, double tolerance) {
        INDArray wide = gradient.castTo(DataType.DOUBLE); // a sum of squares in float32 is too inexact
        double norm = Math.sqrt(wide.mul(wide).sumNumber().doubleValue());
        if (name.endsWith("k_lin.bias")) { // zero, but for rounding
            assertThat(norm).as(name).isLessThan(1e-6);
            return;
        }
        double recordedNorm = expected.path("norm." + prefix).doubleValue();
        assertThat(norm).as(name + ": norm").isCloseTo(recordedNorm, within(tolerance * recordedNorm));
        double largest = gradient.amaxNumber().doubleValue();
        INDArray flat = gradient.reshape('c', new long[] {gradient.length()});
        for (int i = 0; i < expected.path("positions").size(); i++) {
            long position = expected.path("positions").get(i).longValue();
            assertThat(flat.getDouble(position))
                    .as(name + ": element " + position)
                    .isCloseTo(expected.path(prefix).get(i).doubleValue(), within(tolerance * largest));
        }
    }

    // ---- memory ----

    private static final int HIDDEN = 24;
    private static final PackedTokens TOKENS = PackedTokens.of(List.of(new int[] {2, 5, 6, 7, 3}, new int[] {2, 3}));
    private static final List<ClassificationTask> TASKS =
            List.of(new ClassificationTask("topic", List.of("a", "b", "c"), new HeadShape.Linear(0.1)));

    /** A frozen layer leaves its output behind and nothing else; a trained one its activations and gradients too. */
    @Test
    void step_frozenLayers_keepTheirOutputsAlone() throws IOException {
        long outputBytes = 16L * HIDDEN * Float.BYTES; // seven rows, with room up to sixteen

        for (Freezing freezing : List.of(Freezing.frozenBackbone(), Freezing.lowerLayers(2))) {
            long withTwo = stepBytes(2, freezing);
            long withFive =
                    stepBytes(5, freezing.part() == Freezing.Part.BACKBONE ? freezing : Freezing.lowerLayers(5));
            assertThat(withFive - withTwo).as(freezing.toString()).isEqualTo(3 * outputBytes);
        }
        assertThat(stepBytes(5, Freezing.full()) - stepBytes(2, Freezing.full()))
                .isGreaterThan(3 * 8 * outputBytes);
    }

    @Test
    void step_moreLayersTrained_takesMoreMemory() throws IOException {
        List<Long> bytes = new ArrayList<>();
        for (Freezing freezing : Freezing.gradualUnfreezing(3)) {
            bytes.add(stepBytes(3, freezing));
        }

        assertThat(bytes).isSorted().doesNotHaveDuplicates();
    }

    /** What a step's forward and backward pass has in the slab at its end. */
    private long stepBytes(int layers, Freezing freezing) throws IOException {
        DistilBertConfig config =
                new DistilBertConfig(17, 16, layers, 3, HIDDEN, 40, Activation.GELU, 0, 0.1, false, 0, 0.02);
        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.of(
                        SmallTensors.distilBert(config),
                        EncoderConfig.distilBert(config),
                        SentenceSettings.mean(16),
                        new TokenizerFiles.InMemory("none", new byte[0]));
                StepScope step = StepScope.open(workspace)) {
            MultiTaskModel model = new MultiTaskModel(
                    checkpoint::build,
                    TASKS,
                    MultiTaskModel.joined(
                            checkpoint.parameters(DataType.FLOAT), new FreshHeads(DataType.FLOAT, HIDDEN, TASKS, 1)),
                    freezing);
            long before = step.mark();
            List<Variable> logits = model.forward(TOKENS, fusions, Mode.training(1, 1));
            Gradients gradients =
                    fusions.crossEntropy(logits.get(0), Targets.of(1, 2)).backward();
            assertThat(gradients.contains(model.parameters().get("heads.topic.output.bias")))
                    .isTrue();
            return step.mark() - before;
        }
    }
}
