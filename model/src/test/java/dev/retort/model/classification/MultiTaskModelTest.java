package dev.retort.model.classification;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.RowSparseGradient;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Targets;
import dev.retort.core.PackedTokens;
import dev.retort.core.ParameterSource;
import dev.retort.core.StepScope;
import dev.retort.core.Workspace;
import dev.retort.model.DistilBertConfig;
import dev.retort.model.Freezing;
import dev.retort.model.Mode;
import dev.retort.model.ParameterScope;
import dev.retort.model.RandomParameters;
import dev.retort.model.encoder.DistilBertEncoder;
import dev.retort.model.sentence.Normalize;
import dev.retort.model.sentence.Pooling;
import dev.retort.model.sentence.SentenceEncoder;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** V = 13, P = 6, 3 layers, A = 3, H = 9, F = 11; tasks of 3 and 2 classes. */
class MultiTaskModelTest {

    private static final Fusions FUSIONS = Fusions.definitions();
    private static final DistilBertConfig CONFIG =
            new DistilBertConfig(13, 6, 3, 3, 9, 11, Activation.GELU, 0.2, 0.3, false, 0, 0.02);
    private static final List<ClassificationTask> TASKS = List.of(
            new ClassificationTask("topic", List.of("a", "b", "c"), new HeadShape.FeedForward(7, Activation.RELU, 0.1)),
            new ClassificationTask("mood", List.of("good", "bad"), new HeadShape.Linear(0.1)));
    private static final PackedTokens TOKENS =
            PackedTokens.of(List.of(new int[] {1, 5, 9}, new int[] {2}, new int[] {12, 3, 3, 4}));
    private static final int CALLS_A_LAYER = 4;

    private final ParameterSource source = new RandomParameters(DataType.DOUBLE);

    private MultiTaskModel model(Freezing freezing) {
        return new MultiTaskModel(MultiTaskModelTest::backbone, TASKS, source, freezing);
    }

    private static SentenceEncoder backbone(ParameterScope scope) {
        return new SentenceEncoder(
                new DistilBertEncoder(scope.child("encoder"), CONFIG), Pooling.mean(), List.of(new Normalize()));
    }

    private static Variable loss(List<Variable> logits) {
        return FUSIONS.crossEntropy(logits.get(0), Targets.of(1, 2, 0))
                .add(FUSIONS.crossEntropy(logits.get(1), Targets.of(1, Targets.IGNORED, 0)));
    }

    @Test
    void forward_logits_areTheHeadsOfTheSentenceVectors() {
        MultiTaskModel model = model(Freezing.full());
        List<Variable> logits = model.forward(TOKENS, FUSIONS, Mode.INFERENCE);
        Variable features = model.features(TOKENS, FUSIONS, Mode.INFERENCE);

        assertThat(logits.get(0).shape()).containsExactly(3, 3);
        assertThat(logits.get(1).shape()).containsExactly(3, 2);
        List<Variable> ofFeatures = model.forwardFeatures(Variable.constant(features.value()), FUSIONS, Mode.INFERENCE);
        assertThat(ofFeatures.get(0).value()).isIdenticalTo(logits.get(0).value());
        assertThat(ofFeatures.get(1).value()).isIdenticalTo(logits.get(1).value());
        assertThat(model.parameters().keySet())
                .hasSize(4 + 3 * 16 + 6)
                .contains(
                        "encoder.layer.2.feedForward.inner.weight",
                        "heads.topic.hidden.bias",
                        "heads.mood.output.bias");
    }

    @Test
    void forward_training_headsDropDifferently() {
        MultiTaskModel model = new MultiTaskModel(
                MultiTaskModelTest::backbone,
                List.of(
                        new ClassificationTask("one", List.of("a", "b"), new HeadShape.Linear(0.5)),
                        new ClassificationTask("two", List.of("a", "b"), new HeadShape.Linear(0.5))),
                (name, shape) -> source.load(name.replace("two", "one"), shape),
                Freezing.frozenBackbone());
        List<Variable> logits = model.forward(TOKENS, FUSIONS, Mode.training(1, 1));

        assertThat(logits.get(0).value().equalsWithEps(logits.get(1).value(), 1e-3))
                .isFalse();
    }

    @Test
    void backward_eachFreezing_givesGradientsToTheTrainedParametersAlone() {
        List<Freezing> freezings = new ArrayList<>(Freezing.gradualUnfreezing(3));
        freezings.add(Freezing.frozenHead("mood"));
        freezings.add(Freezing.frozenBackbone().withFrozenHead("topic"));
        MultiTaskModel full = model(Freezing.full());
        Gradients expected = loss(full.forward(TOKENS, FUSIONS, Mode.INFERENCE)).backward();
        for (Freezing freezing : freezings) {
            MultiTaskModel model = full.withFreezing(freezing);
            Gradients gradients =
                    loss(model.forward(TOKENS, FUSIONS, Mode.INFERENCE)).backward();
            model.parameters().forEach((name, parameter) -> {
                assertThat(gradients.contains(parameter))
                        .as(freezing + ": " + name)
                        .isEqualTo(freezing.trains(name));
                if (freezing.trains(name)) {
                    assertThat(gradients.of(parameter))
                            .isCloseTo(expected.of(full.parameters().get(name)), 1e-13);
                }
            });
        }
    }

    @Test
    void backward_wordEmbeddings_areRowSparse() {
        MultiTaskModel model = model(Freezing.full());
        Gradients gradients =
                loss(model.forward(TOKENS, FUSIONS, Mode.training(1, 2))).backward();

        RowSparseGradient words =
                (RowSparseGradient) gradients.gradient(model.parameters().get("encoder.embeddings.wordEmbeddings"));
        assertThat(words.rowCount()).isEqualTo(7);
    }

    /** Embedding, layers of {@value #CALLS_A_LAYER} calls, pooling, normalisation, three linear layers of heads. */
    @Test
    void forward_belowTheLowestTrainedParameter_nothingIsRecorded() {
        assertThat(recorded(Freezing.full())).containsOnly(true);
        assertThat(recorded(Freezing.frozenBackbone()))
                .startsWith(falses(1 + 3 * CALLS_A_LAYER + 2))
                .endsWith(true, true, true);
        for (int lower = 0; lower <= 2; lower++) {
            List<Boolean> calls = recorded(Freezing.lowerLayers(lower));
            int constant = 1 + lower * CALLS_A_LAYER;
            assertThat(calls.subList(0, constant)).containsOnly(false);
            assertThat(calls.subList(constant, calls.size())).containsOnly(true);
        }
        assertThat(recorded(Freezing.frozenBackbone().withFrozenHead("mood"))).endsWith(false, true, true, false);
    }

    private static Boolean[] falses(int count) {
        Boolean[] all = new Boolean[count];
        Arrays.fill(all, false);
        return all;
    }

    /** Whether the result of each call will be differentiated, but for dropout, which is recorded as what it drops from is. */
    private List<Boolean> recorded(Freezing freezing) {
        List<Boolean> calls = new ArrayList<>();
        Fusions counting = (Fusions) Proxy.newProxyInstance(
                Fusions.class.getClassLoader(), new Class<?>[] {Fusions.class}, (proxy, method, arguments) -> {
                    try {
                        Variable result = (Variable) method.invoke(FUSIONS, arguments);
                        if (method.getName().equals("dropout")) {
                            assertThat(result.requiresGradient())
                                    .isEqualTo(((Variable) arguments[0]).requiresGradient());
                        } else {
                            calls.add(result.requiresGradient());
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        model(freezing).forward(TOKENS, counting, Mode.training(1, 2));
        return calls;
    }

    @Test
    void forward_frozenParts_dropNothingUnlessAsked() {
        MultiTaskModel model = model(Freezing.frozenBackbone());
        Mode training = Mode.training(1, 2);

        assertThat(model.features(TOKENS, FUSIONS, training).value())
                .isIdenticalTo(model.features(TOKENS, FUSIONS, Mode.INFERENCE).value());
        assertThat(model.features(TOKENS, FUSIONS, Mode.training(1, 2).droppingInFrozenParts())
                        .value())
                .isIdenticalTo(model(Freezing.full())
                        .features(TOKENS, FUSIONS, training)
                        .value());
    }

    @Test
    void withFreezing_model_sharesTheTensors() {
        MultiTaskModel full = model(Freezing.full());
        MultiTaskModel other = full.withFreezing(Freezing.lowerLayers(2));

        assertThat(other.freezing()).isEqualTo(Freezing.lowerLayers(2));
        assertThat(other.parameters().keySet())
                .containsExactlyElementsOf(full.parameters().keySet());
        full.parameters()
                .forEach((name, parameter) -> assertThat(other.value(name) == parameter.value())
                        .as(name)
                        .isTrue());
        assertThat(other.trainedParameters()).hasSize(16 + 6);
        assertThat(full.trainedParameters()).hasSize(full.parameters().size());
    }

    @Test
    void forward_insideAScopeWithFrozenLayers_givesTheSameBits() {
        MultiTaskModel model = model(Freezing.lowerLayers(2));
        List<Variable> expected = model.forward(TOKENS, FUSIONS, Mode.training(1, 2));
        Gradients expectedGradients = loss(expected).backward();
        Variable bias = model.parameters().get("encoder.layer.2.outputNorm.beta");

        try (Workspace workspace = Workspace.open();
                StepScope step = StepScope.open(workspace)) {
            List<Variable> logits = model.forward(TOKENS, FUSIONS, Mode.training(1, 2));
            assertThat(logits.get(1).value()).isIdenticalTo(expected.get(1).value());
            assertThat(loss(logits).backward().of(bias)).isIdenticalTo(expectedGradients.of(bias));
        }
    }

    @Test
    void parameterTable_lowerLayers_countsWhatIsTrained() {
        ParameterTable table = model(Freezing.lowerLayers(3)).parameterTable(8);

        assertThat(table.trainedCount()).isEqualTo(7 * 9 + 7 + 3 * 7 + 3 + 2 * 9 + 2);
        assertThat(table.parts())
                .extracting(ParameterTable.Part::name)
                .containsExactly(
                        "encoder.embeddings",
                        "encoder.layer.0",
                        "encoder.layer.1",
                        "encoder.layer.2",
                        "heads.topic",
                        "heads.mood");
    }

    @Test
    void rejects_whatDoesNotFit() {
        assertThatThrownBy(() -> model(Freezing.lowerLayers(4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("lowerLayers: the encoder has 3 layers, asked to freeze 4");
        assertThatThrownBy(() -> new MultiTaskModel(MultiTaskModelTest::backbone, List.of(), source, Freezing.full()))
                .hasMessage("tasks: expected at least one");
        assertThatThrownBy(() -> new MultiTaskModel(
                        MultiTaskModelTest::backbone, List.of(TASKS.get(1), TASKS.get(1)), source, Freezing.full()))
                .hasMessage("tasks: two are named mood");
        assertThatThrownBy(() -> model(Freezing.full()).value("nothing"))
                .hasMessage("parameter nothing: the model has none of that name");
        assertThatThrownBy(() -> model(Freezing.full())
                        .forwardFeatures(Variable.constant(Nd4j.ones(2, 8)), FUSIONS, Mode.INFERENCE))
                .hasMessage("features: expected (*, 9), got (2, 8)");
    }
}
