package dev.retort.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ShapeTest {

    @Test
    void require_matchingShape_returnsTheTensor() {
        INDArray tensor = Nd4j.ones(2, 3);

        assertThat(Shape.require("x", tensor, 2, Shape.ANY)).isSameAs(tensor);
    }

    @Test
    void require_otherShape_namesArgumentAndBothShapes() {
        assertThatThrownBy(() -> Shape.require("hiddenStates", Nd4j.ones(2, 3), Shape.ANY, 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("hiddenStates: expected (*, 4), got (2, 3)");
        assertThatThrownBy(() -> Shape.require("x", Nd4j.ones(2, 3), 2, 3, 1))
                .hasMessage("x: expected (2, 3, 1), got (2, 3)");
    }

    @Test
    void requireBroadcastable_equalOrOne_passes() {
        assertThatCode(() -> {
                    Shape.requireBroadcastable("add", Nd4j.ones(2, 1, 3), Nd4j.ones(4, 1));
                    Shape.requireBroadcastable("add", Nd4j.scalar(1.0), Nd4j.ones(4, 2));
                })
                .doesNotThrowAnyException();
    }

    @Test
    void requireBroadcastable_others_areRejected() {
        assertThatThrownBy(() -> Shape.requireBroadcastable("add", Nd4j.ones(2, 3), Nd4j.ones(2, 4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("add: shapes do not broadcast: a (2, 3), b (2, 4)");
    }

    @Test
    void elementCount_scalarAndHuge_isTheProductOrAnError() {
        assertThat(Shape.elementCount()).isEqualTo(1);
        assertThat(Shape.elementCount(2, 3, 5)).isEqualTo(30);
        assertThatThrownBy(() -> Shape.elementCount(1L << 40, 1L << 40)).isInstanceOf(ArithmeticException.class);
    }
}
