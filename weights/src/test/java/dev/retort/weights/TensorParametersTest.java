package dev.retort.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class TensorParametersTest {

    private static final List<ParameterTensor> WANTED =
            List.of(ParameterTensor.of("ours.matrix", "matrix", 2, 3), ParameterTensor.of("ours.row", "row", 3));

    private static SmallTensors tensors() {
        return new SmallTensors()
                .put("matrix", new float[] {1, 2, 3, 4, 5, 6}, List.of(2L, 3L))
                .put("row", 7, 8, 9);
    }

    @Test
    void load_bothTypes_copiesRowMajor() throws IOException {
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            INDArray matrix = TensorParameters.of(tensors(), WANTED, type).load("ours.matrix", 2, 3);
            assertThat(matrix.dataType()).isEqualTo(type);
            assertThat(matrix)
                    .isEqualTo(Nd4j.createFromArray(1f, 2, 3, 4, 5, 6)
                            .reshape(2, 3)
                            .castTo(type));
            assertThat(matrix.getDouble(1, 0)).isEqualTo(4);
            assertThat(matrix.isAttached()).isFalse();
        }
    }

    @Test
    void load_longerThanAChunk_copiesEveryElement() throws IOException {
        int length = 200_001; // three chunks and a rest
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = i;
        }
        SmallTensors tensors = new SmallTensors().put("long", values);
        List<ParameterTensor> wanted = List.of(ParameterTensor.of("long", "long", length));
        assertThat(TensorParameters.of(tensors, wanted, DataType.FLOAT)
                        .load("long", length)
                        .toFloatVector())
                .isEqualTo(values);
        assertThat(TensorParameters.of(tensors, wanted, DataType.DOUBLE)
                        .load("long", length)
                        .getDouble(length - 1))
                .isEqualTo(length - 1);
    }

    @Test
    void of_missingTensors_listsAll() {
        assertThatThrownBy(() -> TensorParameters.of(new SmallTensors().put("other", 1), WANTED, DataType.FLOAT))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage("small.safetensors: checkpoint is missing 2 of 2 parameters:"
                        + " [ours.matrix (matrix), ours.row (row)]");
        assertThatThrownBy(() -> TensorParameters.of(tensors().remove("row"), WANTED, DataType.FLOAT))
                .hasMessage("small.safetensors: checkpoint is missing 1 of 2 parameters: [ours.row (row)]");
    }

    @Test
    void of_wrongShapeOrType_saysBoth() {
        assertThatThrownBy(() -> TensorParameters.of(
                        tensors().put("matrix", new float[6], List.of(3L, 2L)), WANTED, DataType.FLOAT))
                .hasMessage("small.safetensors: parameter ours.matrix: expected (2, 3), file has (3, 2) as matrix");
        assertThatThrownBy(() -> TensorParameters.of(
                        tensors().put("row", new float[3], "I64", List.of(3L)), WANTED, DataType.FLOAT))
                .hasMessage("small.safetensors: tensor row: expected F64, F32, F16 or BF16, dtype is I64");
        assertThatThrownBy(() -> TensorParameters.of(tensors(), WANTED, DataType.INT32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("dataType: expected FLOAT or DOUBLE, got INT");
    }

    @Test
    void load_notANumber_warnsWithNameAndPlace() throws IOException {
        SmallTensors tensors = tensors();
        tensors.elements("row")[1] = Float.NaN;
        tensors.elements("matrix")[5] = Float.NEGATIVE_INFINITY;
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            TensorParameters parameters = TensorParameters.of(tensors, WANTED, type);
            parameters.load("ours.row", 3);
            parameters.load("ours.matrix", 2, 3);
            assertThat(parameters.warnings())
                    .containsExactly(
                            "small.safetensors: tensor row: element 1 is not a finite number",
                            "small.safetensors: tensor matrix: element 5 is not a finite number");
        }
    }

    @Test
    void load_unknownName_isRefused() throws IOException {
        TensorParameters parameters = TensorParameters.of(tensors(), WANTED, DataType.FLOAT);
        assertThatThrownBy(() -> parameters.load("ours.other", 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("parameter ours.other: not in the checkpoint: small.safetensors");
        assertThatThrownBy(() -> parameters.load("ours.row", 4))
                .hasMessage("parameter ours.row: expected (4), file has (3): small.safetensors");
    }

    @Test
    void of_arrays_readsViewsRowMajor() {
        INDArray array = Nd4j.createFromArray(1f, 2, 3, 4, 5, 6).reshape(2, 3);
        TensorSet set = TensorSet.of("memory", Map.of("transposed", array.transpose()));
        float[] read = new float[4];
        set.readFloats(set.tensors().get(0), 1, read, 1, 3);
        assertThat(read).containsExactly(0, 4, 2, 5);
        assertThat(set.tensors().get(0).shape()).containsExactly(3L, 2L);
    }
}
