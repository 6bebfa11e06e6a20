package dev.retort.core;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

class StepScopeTest {

    private final Workspace workspace = Workspace.open();

    @AfterEach
    void close() {
        workspace.close();
    }

    @Test
    void open_nested_currentFollows() {
        assertThat(StepScope.current()).isNull();
        try (StepScope outer = StepScope.open(workspace)) {
            assertThat(StepScope.current()).isSameAs(outer);
            try (StepScope inner = outer.openInner()) {
                assertThat(StepScope.current()).isSameAs(inner);
            }
            assertThat(StepScope.current()).isSameAs(outer);
        }
        assertThat(StepScope.current()).isNull();
    }

    @Test
    void close_stepTensor_isRefusedByTheNextOperation() {
        INDArray leaked;
        try (StepScope step = StepScope.open(workspace)) {
            leaked = Nd4j.ones(2, 3);
            assertThat(step.isOpen()).isTrue();
        }

        assertThatThrownBy(() -> leaked.add(1)).hasMessageContaining("leaked workspace pointer");
    }

    @Test
    void keep_outermostScope_isACopyThatOutlivesIt() {
        INDArray kept;
        try (StepScope step = StepScope.open(workspace)) {
            INDArray tensor = Nd4j.createFromArray(new double[][] {{1, 2, 3}, {4, 5, 6}});
            kept = step.keep(tensor.transpose());
            tensor.addi(100);
        }
        overwriteWorkspace();

        assertThat(kept.add(1)).isIdenticalTo(Nd4j.createFromArray(new double[][] {{2, 5}, {3, 6}, {4, 7}}));
        assertThat(kept).isRowMajor();
    }

    @Test
    void keep_nestedScopes_livesAsLongAsTheEnclosingOne() {
        List<INDArray> kept = new ArrayList<>();
        INDArray leaked;
        try (StepScope outer = StepScope.open(workspace)) {
            for (int i = 0; i < 5; i++) {
                try (StepScope inner = outer.openInner()) {
                    kept.add(inner.keep(Nd4j.valueArrayOf(new long[] {40 + 300 * i}, i, DataType.DOUBLE)));
                }
            }
            for (int i = 0; i < 5; i++) {
                assertThat(kept.get(i).add(0.5))
                        .isIdenticalTo(Nd4j.valueArrayOf(new long[] {40 + 300 * i}, i + 0.5, DataType.DOUBLE));
            }
            leaked = kept.get(0);
        }

        assertThatThrownBy(() -> leaked.add(1)).hasMessageContaining("leaked workspace pointer");
    }

    @Test
    void keep_afterClose_isRefused() {
        StepScope step = StepScope.open(workspace);
        step.close();

        assertThatThrownBy(() -> step.keep(Nd4j.ones(2)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("step scope: already closed");
    }

    @Test
    void close_twice_closesOnce() {
        StepScope outer = StepScope.open(workspace);
        StepScope inner = outer.openInner();
        inner.close();
        inner.close();

        assertThat(StepScope.current()).isSameAs(outer);
        outer.close();
    }

    @Test
    void close_beforeAnInnerScope_isRefused() {
        StepScope outer = StepScope.open(workspace);
        StepScope inner = outer.openInner();

        assertThatThrownBy(outer::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("step scope: closed before an inner scope, or on another thread");
        assertThat(outer.isOpen()).isTrue();
        inner.close();
        outer.close();
    }

    @Test
    void close_onAnotherThread_isRefused() throws InterruptedException {
        StepScope step = StepScope.open(workspace);
        AtomicReference<Throwable> refusal = new AtomicReference<>();
        Thread thread = new Thread(() -> {
            try {
                step.close();
            } catch (IllegalStateException e) {
                refusal.set(e);
            }
        });
        thread.start();
        thread.join();

        assertThat(refusal.get()).hasMessage("step scope: closed before an inner scope, or on another thread");
        step.close();
    }

    @Test
    void parameter_changedInAScope_keepsTheChange() {
        INDArray parameter = Nd4j.ones(DataType.DOUBLE, 2, 3);
        INDArray view = parameter.reshape('c', 3, 2);
        try (StepScope step = StepScope.open(workspace)) {
            INDArray update = Nd4j.valueArrayOf(new long[] {2, 3}, 0.5, DataType.DOUBLE);
            parameter.subi(update);
            assertThat(step.isOpen()).isTrue();
        }
        overwriteWorkspace();

        assertThat(view.add(0)).isIdenticalTo(Nd4j.valueArrayOf(new long[] {3, 2}, 0.5, DataType.DOUBLE));
    }

    /**
     * Each step is smaller or larger than the ones before: in the second and sixth the memory is there, in the third and fifth it is too
     * small and grows.
     */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void operations_stepsOfEverySize_computeWhatTheyComputeOutside(DataType type) {
        INDArray parameter = RandomTensors.normal(type, 9, 8, 5);
        Map<String, UnaryOperator<INDArray>> operations = new LinkedHashMap<>();
        operations.put("add", x -> x.add(x));
        operations.put("broadcast", x -> x.sub(x.mean(true, -1)));
        operations.put("createFromArray", x -> Nd4j.createFromArray(x.getDouble(0, 0), 2));
        operations.put("castTo", x -> x.castTo(DataType.DOUBLE).castTo(DataType.FLOAT));
        operations.put("gatherRows", x -> Tensors.gatherRows(x, new int[] {2, 0, 1, 1}));
        operations.put("gatherRows of a parameter", x -> Tensors.gatherRows(parameter, new int[] {7, 0}));
        operations.put("view of a parameter", x -> parameter.reshape('c', 4, 10));
        operations.put("rows of a parameter", x -> Tensors.viewRows(parameter, 1, 3));
        operations.put("norm2", x -> x.norm2(true, -1));
        operations.put("argMax", x -> x.argMax(0));
        operations.put("concat", x -> Nd4j.concat(0, x, x));
        operations.put("matmul", x -> Tensors.matmul(x, x, false, true));
        operations.put("erf", Tensors::erf);
        operations.put("exp", x -> Transforms.exp(x));
        operations.put("comparison", x -> x.gt(0).castTo(type));
        operations.put("permute", x -> x.permute(1, 0).dup('c'));
        operations.put("sum", x -> x.sum().reshape());
        operations.put("zeros", x -> Nd4j.zeros(type, 3, 4));
        for (int rows : new int[] {3, 3, 50, 4, 400, 7}) {
            INDArray x = RandomTensors.normal(type, rows, rows, 5);
            Map<String, INDArray> expected = new LinkedHashMap<>();
            operations.forEach((name, operation) -> expected.put(name, operation.apply(x)));
            try (StepScope step = StepScope.open(workspace)) {
                INDArray inside = x.dup('c');
                Map<String, INDArray> results = new LinkedHashMap<>();
                operations.forEach((name, operation) -> results.put(name, operation.apply(inside)));
                results.forEach((name, result) ->
                        assertThat(result).as(name + " with " + rows + " rows").isIdenticalTo(expected.get(name)));
                assertThat(step.isOpen()).isTrue();
            }
        }
    }

    private void overwriteWorkspace() {
        for (int i = 0; i < 2; i++) {
            try (StepScope step = StepScope.open(workspace)) {
                assertThat(step.keep(Nd4j.valueArrayOf(new long[] {1000}, -7.0)).getDouble(0))
                        .isEqualTo(-7);
            }
        }
    }
}
