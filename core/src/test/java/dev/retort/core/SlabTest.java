package dev.retort.core;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SlabTest {

    private final Workspace workspace = Workspace.open();

    @AfterEach
    void close() {
        workspace.close();
    }

    @Test
    void tensor_anyShape_isAlignedAndWritable() {
        try (StepScope step = StepScope.open(workspace)) {
            for (long[] shape : new long[][] {{3}, {5, 7}, {2, 3, 5}, {2, 3, 5, 7}}) {
                INDArray tensor = step.tensor(DataType.FLOAT, shape);
                tensor.assign(1.5);

                assertThat(tensor).hasShape(shape).hasType(DataType.FLOAT).isRowMajor();
                assertThat(tensor.data().address() % 64).isZero();
                assertThat(tensor.sumNumber().doubleValue()).isEqualTo(1.5 * Shape.elementCount(shape));
            }
        }
    }

    @Test
    void tensor_matrix_leavesRoomForSixteenRows() {
        try (StepScope step = StepScope.open(workspace)) {
            long address = step.tensor(DataType.FLOAT, 17, 8).data().address();

            assertThat(step.allocate(1) - address).isGreaterThanOrEqualTo(32 * 8 * 4);
        }
    }

    @Test
    void tensor_secondStepOfTheSameShapes_isTheSameObjectAtTheSamePlace() {
        List<INDArray> first = new ArrayList<>();
        List<INDArray> second = new ArrayList<>();
        step(first); // grows to one block when it ends
        first.clear();
        step(first);
        step(second);

        for (int i = 0; i < first.size(); i++) {
            assertThat(second.get(i)).isSameAs(first.get(i));
        }
    }

    private void step(List<INDArray> tensors) {
        try (StepScope step = StepScope.open(workspace)) {
            for (int i = 1; i < 9; i++) {
                tensors.add(step.tensor(DataType.FLOAT, 100L * i, 384));
            }
        }
    }

    @Test
    void tensors_ofOneStep_doNotOverlap() {
        try (StepScope step = StepScope.open(workspace)) {
            List<INDArray> tensors = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                INDArray tensor = step.tensor(DataType.FLOAT, 50, 1000);
                tensor.assign(i);
                tensors.add(tensor);
            }
            for (int i = 0; i < 40; i++) {
                assertThat(tensors.get(i).meanNumber().doubleValue()).isEqualTo(i);
            }
        }
    }

    @Test
    void release_afterMark_handsTheSamePlaceOutAgain() {
        try (StepScope step = StepScope.open(workspace)) {
            step.allocate(100);
            long mark = step.mark();
            long first = step.allocate(1000);
            step.allocate(5 << 20); // in a further block
            step.release(mark);

            assertThat(step.allocate(1000)).isEqualTo(first);
        }
    }

    @Test
    void keep_inInnerScope_isACopyThatLivesInTheOuterOne() {
        try (StepScope outer = StepScope.open(workspace)) {
            INDArray kept;
            try (StepScope inner = outer.openInner()) {
                INDArray tensor = inner.tensor(DataType.FLOAT, 3, 5);
                tensor.assign(2);
                kept = inner.keep(tensor);
            }
            try (StepScope inner = outer.openInner()) {
                inner.tensor(DataType.FLOAT, 3, 5).assign(7);
            }

            assertThat(kept).isCloseTo(Nd4j.valueArrayOf(new long[] {3, 5}, 2.0, DataType.FLOAT), 0);
            assertThat(outer.holds(kept.data().address(), 16 * 5 * 4)).isTrue();
        }
    }

    @Test
    void keep_partOrPermutedTensor_copiesItsElements() {
        try (StepScope outer = StepScope.open(workspace)) {
            try (StepScope inner = outer.openInner()) {
                INDArray tensor = inner.tensor(DataType.FLOAT, 3, 5);
                tensor.assign(Nd4j.arange(15).reshape(3, 5));

                assertThat(inner.keep(tensor.permute(1, 0)))
                        .isRowMajor()
                        .isCloseTo(Nd4j.arange(15).reshape(3, 5).permute(1, 0).dup('c'), 0);
                assertThat(inner.keep(Tensors.viewRows(tensor, 1, 2)))
                        .isCloseTo(Nd4j.arange(5, 10).reshape(1, 5), 0);
            }
        }
    }

    @Test
    void keep_inOutermostScope_outlivesTheWorkspace() {
        INDArray kept;
        try (Workspace own = Workspace.open();
                StepScope step = StepScope.open(own)) {
            INDArray tensor = step.tensor(DataType.FLOAT, 2, 3);
            tensor.assign(4);
            kept = step.keep(tensor);
        }

        assertThat(kept.sumNumber().doubleValue()).isEqualTo(24);
    }

    @Test
    void allocate_afterClose_isRefused() {
        StepScope step = StepScope.open(workspace);
        step.close();

        assertThatThrownBy(() -> step.allocate(1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("step scope: already closed");
    }

    @Test
    void close_workspace_runsWhatWasRegistered() {
        List<String> log = new ArrayList<>();
        try (Workspace own = Workspace.open()) {
            own.onClose(() -> log.add("closed"));
        }

        assertThat(log).containsExactly("closed");
    }
}
