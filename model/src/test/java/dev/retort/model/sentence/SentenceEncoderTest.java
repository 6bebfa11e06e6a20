package dev.retort.model.sentence;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.PoolingMode;
import dev.retort.core.PackedTokens;
import dev.retort.core.SequenceLayout;
import dev.retort.model.DistilBertConfig;
import dev.retort.model.Mode;
import dev.retort.model.ParameterScope;
import dev.retort.model.RandomParameters;
import dev.retort.model.encoder.DistilBertEncoder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SentenceEncoderTest {

    private static final Fusions FUSIONS = Fusions.definitions();

    private final ParameterScope scope = ParameterScope.forTraining(new RandomParameters(DataType.DOUBLE));
    private final DistilBertEncoder encoder = new DistilBertEncoder(
            scope, new DistilBertConfig(13, 6, 1, 3, 12, 11, Activation.RELU, 0, 0, false, 0, 0.02));

    @Test
    void pooling_twoModes_areJoinedInTheirOrder() {
        // one text of two rows: max (3, 5), mean (2, 4.5)
        Variable rows = Variable.constant(Nd4j.createFromArray(new double[][] {{1, 5}, {3, 4}}));
        SequenceLayout layout = SequenceLayout.ofLengths(2);

        INDArray maxFirst = new Pooling(List.of(PoolingMode.MAX, PoolingMode.MEAN))
                .forward(rows, layout, FUSIONS)
                .value();
        INDArray meanFirst = new Pooling(List.of(PoolingMode.MEAN, PoolingMode.MAX))
                .forward(rows, layout, FUSIONS)
                .value();

        assertThat(maxFirst).isCloseTo(Nd4j.createFromArray(new double[][] {{3, 5, 2, 4.5}}), 1e-12);
        assertThat(meanFirst).isCloseTo(Nd4j.createFromArray(new double[][] {{2, 4.5, 3, 5}}), 1e-12);
    }

    @Test
    void pooling_withoutMode_isRefused() {
        assertThatThrownBy(() -> new Pooling(List.of())).hasMessage("pooling: expected at least one mode");
    }

    @Test
    void forward_pipeline_appliesItsModulesInOrder() {
        Dense dense = new Dense(scope.child("dense"), 24, 5, true, Activation.TANH);
        SentenceEncoder model = new SentenceEncoder(
                encoder,
                new Pooling(List.of(PoolingMode.MEAN, PoolingMode.CLS)),
                List.of(dense, new LayerNorm(scope.child("norm"), 5), new Normalize()));
        PackedTokens tokens = PackedTokens.of(List.of(new int[] {1, 2, 3}, new int[] {4}));

        INDArray embeddings = model.forward(tokens, FUSIONS, Mode.INFERENCE).value();

        assertThat(model.embeddingSize()).isEqualTo(5);
        assertThat(model.normalizes()).isTrue();
        assertThat(embeddings).hasShape(2, 5);
        assertThat(embeddings.norm2(1)).isCloseTo(Nd4j.createFromArray(1.0, 1.0), 1e-12);
    }

    @Test
    void constructor_moduleOfAnotherWidth_namesBoth() {
        Dense dense = new Dense(scope.child("dense"), 7, 5, false, Activation.IDENTITY);
        LayerNorm norm = new LayerNorm(scope.child("norm"), 7);

        assertThatThrownBy(() -> new SentenceEncoder(encoder, Pooling.mean(), List.of(dense)))
                .hasMessage("dense: takes vectors of 7, the module before it gives 12");
        assertThatThrownBy(() -> new SentenceEncoder(encoder, Pooling.mean(), List.of(norm)))
                .hasMessage("layer norm: takes vectors of 7, the module before it gives 12");
    }

    @Test
    void pool_promptExcluded_isLeftOutOfTheMeanAlone() {
        SentenceEncoder model = new SentenceEncoder(encoder, Pooling.mean(), List.of());
        PackedTokens tokens = PackedTokens.of(List.of(new int[] {1, 2, 3}));
        Variable hiddenStates = encoder.forward(tokens, FUSIONS, Mode.INFERENCE);

        INDArray pooled = model.pool(hiddenStates, tokens.layout().excludingFromPooling(2), FUSIONS)
                .value();

        assertThat(pooled).isCloseTo(hiddenStates.rows(2, 3).value(), 1e-12);
        assertThat(model.normalizes()).isFalse();
    }
}
