package dev.retort.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class NoGradientsTest {

    private final Variable x = Variable.parameter("x", Nd4j.ones(DataType.DOUBLE, 2));

    @Test
    void open_whileOpen_resultsRequireNoGradient() {
        Variable y;
        try (NoGradients off = NoGradients.open()) {
            y = x.scale(2);
            assertThat(off).isNotNull();
        }

        assertThat(y.requiresGradient()).isFalse();
        assertThatThrownBy(() -> y.sum().backward()).hasMessageContaining("requires a gradient");
        assertThat(x.scale(2).requiresGradient()).isTrue();
    }

    @Test
    void open_nested_staysOffUntilTheOutermostCloses() {
        NoGradients outer = NoGradients.open();
        NoGradients inner = NoGradients.open();
        inner.close();
        inner.close();
        assertThat(x.scale(2).requiresGradient()).isFalse();
        outer.close();

        assertThat(x.scale(2).requiresGradient()).isTrue();
    }

    @Test
    void open_onOneThread_leavesOthersAlone() throws InterruptedException {
        AtomicBoolean tracked = new AtomicBoolean();
        try (NoGradients off = NoGradients.open()) {
            Thread thread = new Thread(() -> tracked.set(x.scale(2).requiresGradient()));
            thread.start();
            thread.join();
            assertThat(off).isNotNull();
        }

        assertThat(tracked).isTrue();
    }

    @Test
    void open_whileOpen_doesNotHoldTheOperation() throws InterruptedException {
        Operation operation = new Operation() {
            @Override
            public List<Variable> inputs() {
                return List.of(x);
            }

            @Override
            public INDArray forward() {
                return x.value().add(1);
            }

            @Override
            public void backward(INDArray y, INDArray dy, Gradients gradients) {
                gradients.add(x, () -> dy);
            }
        };
        WeakReference<Operation> reference = new WeakReference<>(operation);
        Variable y;
        try (NoGradients off = NoGradients.open()) {
            y = Variable.resultOf(operation);
            assertThat(off).isNotNull();
        }
        operation = null;
        for (int i = 0; i < 20 && reference.get() != null; i++) {
            System.gc();
            Thread.sleep(50);
        }

        assertThat(reference.get()).isNull();
        assertThat(y.value().getDouble(0)).isEqualTo(2);
    }
}
