package dev.retort.train.optimizer;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.Variable;
import dev.retort.core.RandomTensors;
import dev.retort.weights.safetensors.Checkpoint;
import dev.retort.weights.safetensors.DType;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import dev.retort.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class SavedMomentsTest {

    private static final int V = 13;
    private static final int H = 5;

    @TempDir
    Path folder;

    /** A matrix, a table with row-sparse gradients, and a vector that joins at step 2. */
    private record Model(Variable matrix, Variable table, Variable vector) {

        static Model of(DataType type) {
            return new Model(
                    Variable.parameter("matrix", RandomTensors.normal(type, 1, 300, 301)),
                    Variable.parameter("embeddings.table", RandomTensors.normal(type, 2, V, H)),
                    Variable.parameter("vector", RandomTensors.normal(type, 3, H)));
        }

        /** Another process's model with the same parameters. */
        Model copy() {
            return new Model(copy(matrix), copy(table), copy(vector));
        }

        private static Variable copy(Variable x) {
            return Variable.parameter(x.name(), x.value().dup());
        }

        List<Variable> parameters() {
            return List.of(matrix, table, vector);
        }

        void train(Adam adam, int from, int to) {
            List<ParameterGroup> groups =
                    List.of(new ParameterGroup("all", parameters(), 0.1, 0, step -> 1.0 / (step + 1)));
            for (int step = from; step < to; step++) {
                adam.update(groups, gradients(step));
            }
        }

        private Gradients gradients(int step) {
            DataType type = matrix.value().dataType();
            GivenGradients given = new GivenGradients()
                    .dense(matrix, RandomTensors.normal(type, 100 + step, 300, 301))
                    .rows(table, RandomTensors.normal(type, 200 + step, 3, H), step, step + 1, step + 5);
            return (step < 2 ? given : given.dense(vector, RandomTensors.normal(type, 300 + step, H))).gradients();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void restore_intoAnother_goesOnWithTheSameBits(DataType type) throws IOException {
        Path file = folder.resolve("state.safetensors");
        Model undisturbed = Model.of(type);
        Model resumed;
        long stateBytes;
        try (Adam adam = new Adam(AdamSettings.adam(), 2)) {
            undisturbed.train(adam, 0, 4);
            resumed = undisturbed.copy();
            stateBytes = adam.stateBytes();
            save(adam, file);
            undisturbed.train(adam, 4, 7);
        }
        try (Adam adam = new Adam(AdamSettings.adam(), 1);
                Checkpoint checkpoint = Checkpoint.open(file)) {
            adam.restore(checkpoint, resumed.parameters());
            assertThat(adam.updates()).isEqualTo(4);
            assertThat(adam.stateBytes()).isEqualTo(stateBytes);
            resumed.train(adam, 4, 7);
        }
        for (int i = 0; i < 3; i++) {
            INDArray expected = undisturbed.parameters().get(i).value();
            assertThat(resumed.parameters().get(i).value()).isIdenticalTo(expected);
        }
    }

    @Test
    void save_namesAndShapes_areThoseDocumented() throws IOException {
        Path file = folder.resolve("state.safetensors");
        try (Adam adam = new Adam(AdamSettings.adam(), 1)) {
            Model.of(DataType.FLOAT).train(adam, 0, 2);
            save(adam, file);
        }
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            assertThat(checkpoint.tensors().stream()
                            .map(tensor -> tensor.name() + " " + tensor.dtype() + " " + List.of(box(tensor.shape()))))
                    .containsExactlyInAnyOrder(
                            "optimizer.updates I64 []",
                            "optimizer.matrix.updates I64 []",
                            "optimizer.matrix.firstMoment F32 [300, 301]",
                            "optimizer.matrix.secondMoment F32 [300, 301]",
                            "optimizer.embeddings.table.updates I64 []",
                            "optimizer.embeddings.table.rows I64 [5]", // 0, 1, 2, 5, 6
                            "optimizer.embeddings.table.firstMoment F32 [5, 5]",
                            "optimizer.embeddings.table.secondMoment F32 [5, 5]");
            long[] rows = new long[5];
            checkpoint.readLongs(
                    checkpoint.tensor("optimizer.embeddings.table.rows").orElseThrow(), 0, rows, 0, 5);
            assertThat(rows).containsExactly(0, 1, 2, 5, 6);
        }
    }

    @Test
    void save_sameState_givesTheSameBytes() throws IOException {
        Path once = folder.resolve("once.safetensors");
        Path twice = folder.resolve("twice.safetensors");
        for (Path file : List.of(once, twice)) {
            try (Adam adam = new Adam(AdamSettings.adam(), 2)) {
                Model.of(DataType.FLOAT).train(adam, 0, 3);
                save(adam, file);
            }
        }
        assertThat(twice).hasSameBinaryContentAs(once);
    }

    @Test
    void restore_emptyState_isAFreshOne() throws IOException {
        Path file = folder.resolve("state.safetensors");
        try (Adam adam = new Adam(AdamSettings.adam(), 1)) {
            save(adam, file);
        }
        try (Adam adam = new Adam(AdamSettings.adam(), 1);
                Checkpoint checkpoint = Checkpoint.open(file)) {
            adam.restore(checkpoint, Model.of(DataType.FLOAT).parameters());
            assertThat(adam.updates()).isZero();
        }
    }

    @Test
    void restore_afterUpdates_isRefused() throws IOException {
        Path file = folder.resolve("state.safetensors");
        Model model = Model.of(DataType.FLOAT);
        try (Adam adam = new Adam(AdamSettings.adam(), 1)) {
            model.train(adam, 0, 1);
            save(adam, file);
            try (Checkpoint checkpoint = Checkpoint.open(file)) {
                assertThatIllegalStateException()
                        .isThrownBy(() -> adam.restore(checkpoint, model.parameters()))
                        .withMessage("optimiser: has made 1 updates, so it takes no other state");
            }
        }
    }

    // ---- what does not fit ----

    @Test
    void restore_unknownParameter_isRefused() throws IOException {
        refuses(writer -> complete(writer, "other", 1, 2), "optimiser state of an unknown parameter: other");
    }

    @Test
    void restore_missingTensor_isRefused() throws IOException {
        refuses(writer -> longs(writer, "optimizer.x.updates", 1), "tensor optimizer.x.firstMoment: is missing");
        refuses(
                writer -> writer.floats("optimizer.x.firstMoment", new float[2], 2),
                "tensor optimizer.x.updates: is missing");
    }

    @Test
    void restore_noStateAtAll_isRefused() throws IOException {
        Path file = folder.resolve("none.safetensors");
        new SafetensorsWriter().floats("x", new float[2], 2).write(file);
        refuses(file, "none.safetensors: tensor optimizer.updates: is missing");
    }

    @Test
    void restore_otherShapeOrType_isRefused() throws IOException {
        refuses(
                writer -> {
                    longs(writer, "optimizer.x.updates", 1);
                    writer.floats("optimizer.x.firstMoment", new float[3], 3);
                },
                "tensor optimizer.x.firstMoment: expected F32 (2), got F32 (3)");
        refuses(
                writer -> {
                    longs(writer, "optimizer.x.updates", 1);
                    longs(writer, "optimizer.x.firstMoment", new long[2], 2);
                },
                "tensor optimizer.x.firstMoment: expected F32 (2), got I64 (2)");
    }

    @Test
    void restore_valuesThatCannotBe_areRefused() throws IOException {
        refuses(writer -> complete(writer, "x", 0, 1), "tensor optimizer.x.updates: expected 1 or more, got 0");
        refuses(
                writer -> complete(writer, "x", 1, -1),
                "tensor optimizer.x.secondMoment: element 0 cannot be such a moment: -1.0");
        refuses(
                writer -> complete(writer, "x", 1, Float.NaN),
                "tensor optimizer.x.secondMoment: element 0 cannot be such a moment: NaN");
    }

    @Test
    void restore_unknownPart_isRefused() throws IOException {
        refuses(
                writer -> writer.floats("optimizer.x.velocity", new float[2], 2),
                "tensor optimizer.x.velocity: is no part of an optimiser's state");
    }

    @Test
    void restore_rowsThatCannotBe_areRefused() throws IOException {
        refuses(
                writer -> {
                    longs(writer, "optimizer.x.updates", 1);
                    longs(writer, "optimizer.x.rows", new long[] {0}, 1);
                },
                "tensor optimizer.x.rows: but x (2) is no table");
        refuses(
                writer -> {
                    longs(writer, "optimizer.table.updates", 1);
                    longs(writer, "optimizer.table.rows", new long[] {3, 2}, 2);
                },
                "tensor optimizer.table.rows: expected ascending rows in 0..3, got 2 at 1");
        refuses(
                writer -> {
                    longs(writer, "optimizer.table.updates", 1);
                    longs(writer, "optimizer.table.rows", new long[] {4}, 1);
                },
                "tensor optimizer.table.rows: expected ascending rows in 0..3, got 4 at 0");
    }

    private void refuses(Consumer<SafetensorsWriter> content, String problem) throws IOException {
        Path file = Files.createTempFile(folder, "state", ".safetensors");
        SafetensorsWriter writer = new SafetensorsWriter();
        longs(writer, "optimizer.updates", 1);
        content.accept(writer);
        writer.write(file);
        refuses(file, file.getFileName() + ": " + problem);
    }

    private static void refuses(Path file, String message) throws IOException {
        List<Variable> parameters = List.of(
                Variable.parameter("x", RandomTensors.normal(DataType.FLOAT, 1, 2)),
                Variable.parameter("table", RandomTensors.normal(DataType.FLOAT, 1, 4, 2)));
        try (Adam adam = new Adam(AdamSettings.adam(), 1);
                Checkpoint checkpoint = Checkpoint.open(file)) {
            assertThatExceptionOfType(MalformedCheckpointException.class)
                    .isThrownBy(() -> adam.restore(checkpoint, parameters))
                    .withMessage(message);
            assertThat(adam.updates()).isZero();
            assertThat(adam.stateBytes()).isZero();
        }
    }

    private static void complete(SafetensorsWriter writer, String parameter, long updates, float second) {
        String prefix = "optimizer." + parameter + ".";
        longs(writer, prefix + "updates", updates);
        writer.floats(prefix + "firstMoment", new float[] {-1, 1}, 2);
        writer.floats(prefix + "secondMoment", new float[] {second, 1}, 2);
    }

    private static void longs(SafetensorsWriter writer, String name, long value) {
        longs(writer, name, new long[] {value});
    }

    private static void longs(SafetensorsWriter writer, String name, long[] values, long... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        writer.tensor(name, DType.I64, shape, channel -> channel.write(bytes));
    }

    private static void save(Adam adam, Path file) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        adam.save(writer);
        writer.write(file);
    }

    private static Long[] box(long[] values) {
        Long[] boxed = new Long[values.length];
        for (int i = 0; i < boxed.length; i++) {
            boxed[i] = values[i];
        }
        return boxed;
    }
}
