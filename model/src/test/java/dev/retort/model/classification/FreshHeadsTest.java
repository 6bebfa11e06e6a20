package dev.retort.model.classification;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.retort.autograd.fusion.Activation;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class FreshHeadsTest {

    private static final List<ClassificationTask> TASKS = List.of(
            new ClassificationTask("topic", List.of("a", "b", "c"), new HeadShape.FeedForward(64, Activation.RELU, 0)),
            new ClassificationTask("mood", List.of("a", "b"), new HeadShape.Linear(0)));

    private final FreshHeads heads = new FreshHeads(DataType.FLOAT, 100, TASKS, 5);

    /** A uniform number in [-b, b) has variance b²/3; b = 1/√in. */
    @Test
    void load_weightAndBias_areUniformWithinTheBoundOfTheirLayer() {
        INDArray hidden = heads.load("heads.topic.hidden.weight", 64, 100);

        assertThat(hidden).hasType(DataType.FLOAT);
        assertThat(hidden.amaxNumber().doubleValue()).isBetween(0.099, 0.1);
        assertThat(hidden.meanNumber().doubleValue()).isCloseTo(0, within(3e-3));
        assertThat(hidden.varNumber().doubleValue()).isCloseTo(0.01 / 3, within(1e-4));
        assertThat(heads.load("heads.topic.hidden.bias", 64).amaxNumber().doubleValue())
                .isBetween(0.09, 0.1);
        assertThat(heads.load("heads.topic.output.weight", 3, 64).amaxNumber().doubleValue())
                .isBetween(0.12, 0.125);
        assertThat(heads.load("heads.topic.output.bias", 3).amaxNumber().doubleValue())
                .isLessThan(0.125);
        assertThat(heads.load("heads.mood.output.weight", 2, 100).amaxNumber().doubleValue())
                .isBetween(0.097, 0.1);
    }

    @Test
    void load_sameSeed_givesTheSame() {
        String name = "heads.topic.output.weight";

        assertThat(new FreshHeads(DataType.FLOAT, 100, TASKS, 5).load(name, 3, 64))
                .isIdenticalTo(heads.load(name, 3, 64));
        assertThat(new FreshHeads(DataType.FLOAT, 100, TASKS, 6)
                        .load(name, 3, 64)
                        .equalsWithEps(heads.load(name, 3, 64), 1e-3))
                .isFalse();
        assertThat(new FreshHeads(DataType.DOUBLE, 100, TASKS, 5)
                        .load(name, 3, 64)
                        .castTo(DataType.FLOAT))
                .isIdenticalTo(heads.load(name, 3, 64));
    }

    @Test
    void load_anotherParameter_isRefused() {
        assertThat(heads.has("encoder.embeddings.norm.beta")).isFalse();
        assertThatThrownBy(() -> heads.load("encoder.embeddings.norm.beta", 100))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("parameter encoder.embeddings.norm.beta: not one of the heads'");
    }
}
