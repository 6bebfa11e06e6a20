package dev.retort.onednn;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.autograd.NoGradients;
import dev.retort.autograd.Variable;
import dev.retort.core.RandomTensors;
import dev.retort.core.SequenceLayout;
import dev.retort.core.StepScope;
import dev.retort.core.Workspace;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class KernelsTest {

    @BeforeEach
    void requireProcessor() {
        String reason = new OneDnnBackend().unsupportedReason();
        Assumptions.assumeTrue(reason == null, reason);
    }

    @Test
    void plans_ofMoreSizesThanAreKept_areMadeAgain() {
        Layer layer = new Layer(6, 1, 6);
        try (Workspace workspace = Workspace.open()) {
            OneDnnFusions fusions = (OneDnnFusions) new OneDnnBackend().open(workspace);
            SequenceLayout first = SequenceLayout.ofLengths(7, 2, 3);
            INDArray before = run(workspace, fusions, layer, first);
            for (int length = 2; length < 400; length++) {
                run(workspace, fusions, layer, SequenceLayout.ofLengths(length));
            }
            assertThat(fusions.kernels().planCount()).isLessThanOrEqualTo(Kernels.MOST_PLANS);
            long made = fusions.kernels().runs().values().stream()
                    .mapToLong(Long::longValue)
                    .sum();

            assertThat(made).isGreaterThan(Kernels.MOST_PLANS); // runs of plans that are gone count too
            assertThat(run(workspace, fusions, layer, first)).isIdenticalTo(before);
        }
    }

    private static INDArray run(Workspace workspace, OneDnnFusions fusions, Layer layer, SequenceLayout layout) {
        INDArray x = RandomTensors.normal(DataType.FLOAT, 1, layout.tokenCount(), 6);
        try (NoGradients off = NoGradients.open();
                StepScope step = StepScope.open(workspace)) {
            return step.keep(
                    layer.sentences(fusions, Variable.constant(x), layout).value());
        }
    }

    @Test
    void runs_ofALayer_nameNoReferenceImplementation() {
        Layer layer = new Layer(384, 12, 1536);
        try (Workspace workspace = Workspace.open()) {
            OneDnnFusions fusions = (OneDnnFusions) new OneDnnBackend().open(workspace);
            SequenceLayout layout = SequenceLayout.ofLengths(1, 2, 15, 16, 17, 127, 512);
            INDArray x = RandomTensors.normal(DataType.FLOAT, 1, layout.tokenCount(), 384);
            layer.forward(fusions, Variable.constant(x), layout);

            assertThat(fusions.kernels().runs())
                    .isNotEmpty()
                    .allSatisfy((kernel, runs) -> assertThat(kernel).matches("(brg_matmul|jit).*"));
        }
    }
}
