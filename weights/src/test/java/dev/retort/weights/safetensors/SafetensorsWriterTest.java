package dev.retort.weights.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {

    @TempDir
    Path folder;

    private Path target;

    @BeforeEach
    void nameTarget() {
        target = folder.resolve("model.safetensors");
    }

    private static ByteSource bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return channel -> channel.write(ByteBuffer.wrap(bytes));
    }

    private String header() throws IOException {
        byte[] file = Files.readAllBytes(target);
        int length = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
        return new String(file, 8, length, StandardCharsets.UTF_8);
    }

    private void assertFolderHoldsOnlyTarget() throws IOException {
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(target);
        }
    }

    @Test
    void write_severalTypes_areLaidOutByAlignmentThenName() throws IOException {
        new SafetensorsWriter()
                .tensor("u8", DType.U8, new long[] {3}, bytes(1, 2, 3))
                .floats("b", new float[] {1}, 1)
                .tensor("i64", DType.I64, new long[] {}, bytes(7, 0, 0, 0, 0, 0, 0, 0))
                .floats("a", new float[] {1.5f, -2}, 2, 1)
                .write(target);

        assertThat(header())
                .isEqualTo("{\"__metadata__\":{\"format\":\"pt\"},"
                        + "\"i64\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
                        + "\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[8,16]},"
                        + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[16,20]},"
                        + "\"u8\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[20,23]}}    ");
        byte[] file = Files.readAllBytes(target);
        assertThat(header().length() % 8).isZero();
        assertThat(ByteBuffer.wrap(file, file.length - 23, 23).slice())
                .isEqualTo(RawFile.littleEndian(23)
                        .putLong(7)
                        .putFloat(1.5f)
                        .putFloat(-2)
                        .putFloat(1)
                        .put(new byte[] {1, 2, 3})
                        .flip());
    }

    @Test
    void write_names_areOrderedByCodePoint() throws IOException {
        new SafetensorsWriter()
                .floats("😀", new float[1], 1) // UTF-16 would put it before U+FF21
                .floats("Ａ", new float[1], 1)
                .floats("\"\n\\", new float[1], 1)
                .write(target);

        try (SafetensorsFile file = SafetensorsFile.open(target)) {
            assertThat(file.tensors()).extracting(TensorEntry::name).containsExactly("\"\n\\", "Ａ", "😀");
        }
    }

    @Test
    void write_metadata_isKeptBesideTheFormat() throws IOException {
        new SafetensorsWriter()
                .metadata("step", "7")
                .metadata("é", "\"😀\u0001")
                .write(target);
        try (SafetensorsFile file = SafetensorsFile.open(target)) {
            assertThat(file.metadata()).isEqualTo(Map.of("format", "pt", "step", "7", "é", "\"😀\u0001"));
            assertThat(file.tensors()).isEmpty();
        }
        new SafetensorsWriter().metadata("format", "np").write(target);
        try (SafetensorsFile file = SafetensorsFile.open(target)) {
            assertThat(file.metadata()).isEqualTo(Map.of("format", "np"));
        }
    }

    @Test
    void write_everyType_comesBackBitForBit() throws IOException {
        Random random = new Random(7);
        byte[][] contents = new byte[DType.values().length][];
        SafetensorsWriter writer = new SafetensorsWriter();
        for (DType dtype : DType.values()) {
            byte[] content = new byte[3 * dtype.bits()]; // (2, 4, 3) elements
            random.nextBytes(content);
            contents[dtype.ordinal()] = content;
            writer.tensor(dtype.name(), dtype, new long[] {2, 4, 3}, channel -> {
                channel.write(ByteBuffer.wrap(content, 0, 5));
                channel.write(ByteBuffer.wrap(content, 5, content.length - 5));
            });
        }
        writer.write(target);

        try (SafetensorsFile file = SafetensorsFile.open(target)) {
            assertThat(file.tensors()).hasSize(22);
            for (DType dtype : DType.values()) {
                TensorEntry tensor = file.tensor(dtype.name()).orElseThrow();
                assertThat(tensor.dtype()).isEqualTo(dtype);
                assertThat(tensor.shape()).containsExactly(2, 4, 3);
                byte[] read = new byte[(int) tensor.byteCount()];
                file.slice(tensor, 0, read.length).get(read);
                assertThat(read).isEqualTo(contents[dtype.ordinal()]);
            }
        }
    }

    @Test
    void floats_longArray_isWrittenInParts() throws IOException {
        float[] values = new float[50_001]; // three parts and a rest
        for (int i = 0; i < values.length; i++) {
            values[i] = i * 0.37f;
        }
        values[values.length - 1] = Float.intBitsToFloat(0x7fc12345);

        new SafetensorsWriter().floats("a", values, values.length).write(target);

        try (SafetensorsFile file = SafetensorsFile.open(target)) {
            float[] read = new float[values.length];
            file.readFloats(file.tensors().get(0), 0, read, 0, read.length);
            for (int i = 0; i < values.length; i++) {
                assertThat(Float.floatToRawIntBits(read[i])).isEqualTo(Float.floatToRawIntBits(values[i]));
            }
        }
    }

    @Test
    void write_emptyTensors_areKept() throws IOException {
        new SafetensorsWriter()
                .floats("b", new float[0], 0, 5)
                .floats("a", new float[0], 3, 0)
                .write(target);

        try (SafetensorsFile file = SafetensorsFile.open(target)) {
            assertThat(file.tensors()).extracting(TensorEntry::name).containsExactly("a", "b");
        }
    }

    @Test
    void write_twice_givesTheSameFile() throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter().floats("a", new float[] {1, 2}, 2);
        writer.write(target);
        byte[] first = Files.readAllBytes(target);

        writer.write(target);

        assertThat(target).hasBinaryContent(first);
    }

    @Test
    void write_failingSource_leavesTheOldFile() throws IOException {
        new SafetensorsWriter().floats("old", new float[] {1}, 1).write(target);
        byte[] old = Files.readAllBytes(target);
        SafetensorsWriter writer = new SafetensorsWriter()
                .floats("a", new float[] {1}, 1)
                .tensor("b", DType.F32, new long[] {1_000_000}, channel -> {
                    channel.write(ByteBuffer.allocate(500_000));
                    throw new IOException("no space left on device");
                });

        assertThatThrownBy(() -> writer.write(target))
                .isInstanceOf(IOException.class)
                .hasMessage("no space left on device");

        assertThat(target).hasBinaryContent(old);
        assertFolderHoldsOnlyTarget();
    }

    @Test
    void write_sourceOfAnotherLength_isRefused() throws IOException {
        new SafetensorsWriter().write(target);
        byte[] old = Files.readAllBytes(target);
        for (int length : new int[] {0, 7, 9}) {
            assertThatThrownBy(() -> new SafetensorsWriter()
                            .tensor("a", DType.F32, new long[] {2}, bytes(new int[length]))
                            .write(target))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("tensor a: expected 8 bytes for F32 [2], its source wrote " + length);
            assertThat(target).hasBinaryContent(old);
            assertFolderHoldsOnlyTarget();
        }
    }

    @Test
    void write_overAMappedFile_leavesTheMap() throws IOException {
        new SafetensorsWriter().floats("a", new float[] {1, 2}, 2).write(target);
        try (SafetensorsFile old = SafetensorsFile.open(target)) {
            SafetensorsWriter copy = new SafetensorsWriter()
                    .tensor(
                            "b",
                            DType.F32,
                            new long[] {1},
                            channel -> channel.write(old.slice(old.tensors().get(0), 4, 4)));

            copy.write(target);

            float[] values = new float[2];
            old.readFloats(old.tensors().get(0), 0, values, 0, 2);
            assertThat(values).containsExactly(1, 2);
        }
        try (SafetensorsFile file = SafetensorsFile.open(target)) {
            float[] values = new float[1];
            file.readFloats(file.tensor("b").orElseThrow(), 0, values, 0, 1);
            assertThat(values).containsExactly(2);
        }
    }

    @Test
    void tensor_wrongArguments_areRefused() {
        SafetensorsWriter writer = new SafetensorsWriter().floats("a", new float[1], 1);
        assertThatThrownBy(() -> writer.floats("a", new float[1], 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tensor a: given twice");
        assertThatThrownBy(() -> writer.floats("__metadata__", new float[1], 1))
                .hasMessage("tensor name: is reserved: __metadata__");
        assertThatThrownBy(() -> writer.floats("b", new float[5], 2, 3))
                .hasMessage("tensor b: expected 6 values for [2, 3], got 5");
        assertThatThrownBy(() -> writer.floats("b", new float[1], -1))
                .hasMessage("tensor b: an extent is negative: F32 [-1]");
        assertThatThrownBy(() -> writer.tensor("b", DType.I8, new long[] {1L << 62, 4}, bytes()))
                .hasMessage("tensor b: size overflows: I8 [4611686018427387904, 4]");
        assertThatThrownBy(() -> writer.tensor("b", DType.F6_E2M3, new long[] {3}, bytes()))
                .hasMessage("tensor b: does not fill its last byte: F6_E2M3 [3]");
        assertThatThrownBy(() -> writer.floats("\ud800", new float[1], 1))
                .hasMessage("tensor name: holds half a surrogate pair, which UTF-8 cannot express");
        assertThatThrownBy(() -> writer.metadata("k", "\udc00"))
                .hasMessage("metadata k: holds half a surrogate pair, which UTF-8 cannot express");
    }

    @Test
    void write_sizesBeyondALong_areRefusedBeforeAnyIsWritten() throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (String name : new String[] {"a", "b", "c", "d", "e", "f", "g", "h", "i"}) {
            writer.tensor(name, DType.U8, new long[] {(1L << 60) - 1}, bytes());
        }

        assertThatThrownBy(() -> writer.write(target))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("tensor i: end overflows: begin=");
        assertThat(target).doesNotExist();
    }
}
