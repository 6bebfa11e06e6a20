package dev.retort.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.weights.safetensors.Checkpoint;
import dev.retort.weights.safetensors.DType;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import dev.retort.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuantizedTensorsTest {

    @TempDir
    private Path folder;

    private SafetensorsWriter writer;

    @BeforeEach
    void start() {
        writer = new SafetensorsWriter().metadata("retort.quantization", "int8-per-channel/1");
    }

    private QuantizedTensorsTest integers(DType type, int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) values[i];
        }
        writer.tensor(
                "w.weight", type, new long[] {2, values.length / 2}, channel -> channel.write(ByteBuffer.wrap(bytes)));
        return this;
    }

    private QuantizedTensorsTest scales(float... values) {
        writer.floats("w.weight_scale", values, values.length);
        return this;
    }

    private interface Reading {
        void of(TensorSet tensors);
    }

    private void read(Reading reading) throws IOException {
        Path file = folder.resolve("m.safetensors");
        writer.write(file);
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            reading.of(TensorSet.of(checkpoint));
        }
    }

    private void assertRefused(String message) {
        assertThatThrownBy(() -> read(tensors -> {}))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(message);
    }

    /** Row 0: 0.5 (-127, 3, 0), row 1: 2 (1, -2, 127). */
    @Test
    void readFloats_ofIntegers_areTheNumbersTheyStandFor() throws IOException {
        writer.floats("w.bias", new float[] {1, 2}, 2);
        integers(DType.I8, -127, 3, 0, 1, -2, 127).scales(0.5f, 2).read(tensors -> {
            TensorSet.Tensor weight = tensors.tensor("w.weight").orElseThrow();
            float[] floats = new float[5];
            double[] doubles = new double[4];
            tensors.readFloats(weight, 2, floats, 1, 3);
            tensors.readDoubles(weight, 2, doubles, 0, 4);

            assertThat(floats).containsExactly(0, 0, 2, -4, 0);
            assertThat(doubles).containsExactly(0, 2, -4, 254);
            assertThat(weight).isEqualTo(new TensorSet.Tensor("w.weight", List.of(2L, 3L), "I8", true, 6 + 8));
            assertThat(tensors.tensors())
                    .extracting(TensorSet.Tensor::name)
                    .containsExactlyInAnyOrder("w.bias", "w.weight");
            assertThat(tensors.narrowFormat()).isEqualTo(NarrowFormat.INT8);
        });
    }

    @Test
    void quantized_ofIntegers_areThemAndTheirScales() throws IOException {
        writer.floats("w.bias", new float[] {1, 2}, 2);
        integers(DType.I8, -127, 3, 0, 1, -2, 127).scales(0.5f, 0).read(tensors -> {
            TensorSet.Quantized quantized =
                    tensors.quantized(tensors.tensor("w.weight").orElseThrow());
            byte[] elements = new byte[4];
            quantized.readElements(1, elements, 1, 3);

            assertThat(elements).containsExactly(0, 3, 0, 1);
            assertThat(quantized.scales()).containsExactly(0.5f, 0);
            assertThat(tensors.quantized(tensors.tensor("w.bias").orElseThrow()))
                    .isNull();
        });
    }

    @Test
    void scales_missing_areNamed() {
        integers(DType.I8, 1, 2, 3, 4)
                .assertRefused("m.safetensors: tensor w.weight_scale: is missing: expected F32 [2], the scales of"
                        + " w.weight [2, 2]");
    }

    @Test
    void scales_tooMany_areRefused() {
        integers(DType.I8, 1, 2, 3, 4)
                .scales(1, 1, 1)
                .assertRefused("m.safetensors: tensor w.weight_scale: expected F32 [2], the scales of w.weight [2, 2],"
                        + " got F32 [3]");
    }

    @Test
    void scales_ofAnotherType_areRefused() {
        integers(DType.I8, 1, 2, 3, 4);
        writer.tensor("w.weight_scale", DType.F16, new long[] {2}, channel -> channel.write(ByteBuffer.allocate(4)));
        assertRefused("m.safetensors: tensor w.weight_scale: expected F32 [2], the scales of w.weight [2, 2], got F16"
                + " [2]");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, -0.25f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void scales_thatNoRowCanHave_areRefusedWithPlaceAndValue(float scale) {
        integers(DType.I8, 1, 2, 3, 4)
                .scales(1, scale)
                .assertRefused(
                        "m.safetensors: tensor w.weight_scale: expected finite numbers of 0 or more, element 1 is "
                                + scale);
    }

    @Test
    void format_ofAnotherVersion_isRefused() {
        writer.metadata("retort.quantization", "int8-per-channel/2");
        assertRefused("m.safetensors: retort.quantization: expected one of [bfloat16/1, int8-per-channel/1], got"
                + " \"int8-per-channel/2\": another version of Retort wrote it");
    }

    @Test
    void integers_withoutAFormat_areNoNumbers() throws IOException {
        writer = new SafetensorsWriter();
        integers(DType.I8, 1, 2, 3, 4).scales(1, 1).read(tensors -> {
            assertThat(tensors.narrowFormat()).isNull();
            assertThat(tensors.tensors()).hasSize(2);
            assertThat(tensors.tensor("w.weight").orElseThrow().floatingPoint()).isFalse();
        });
    }
}
