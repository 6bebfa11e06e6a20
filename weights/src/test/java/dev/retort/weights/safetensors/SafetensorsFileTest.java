package dev.retort.weights.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.retort.core.SharedFolder;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsFileTest {

    @TempDir
    Path folder;

    private SafetensorsFile open(String header, ByteBuffer body) throws IOException {
        return SafetensorsFile.open(RawFile.write(folder, RawFile.bytes(header, body.array())));
    }

    private SafetensorsFile openOne(DType dtype, int elements, ByteBuffer body) throws IOException {
        return open(
                "{\"t\":{\"dtype\":\"%s\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
                        .formatted(dtype, elements, body.capacity()),
                body);
    }

    private static float[] floats(Checkpoint file, String name) {
        TensorEntry tensor = file.tensor(name).orElseThrow();
        float[] values = new float[(int) tensor.elementCount()];
        file.readFloats(tensor, 0, values, 0, values.length);
        return values;
    }

    private static double[] doubles(Checkpoint file, String name) {
        TensorEntry tensor = file.tensor(name).orElseThrow();
        double[] values = new double[(int) tensor.elementCount()];
        file.readDoubles(tensor, 0, values, 0, values.length);
        return values;
    }

    private static long[] longs(Checkpoint file, String name) {
        TensorEntry tensor = file.tensor(name).orElseThrow();
        long[] values = new long[(int) tensor.elementCount()];
        file.readLongs(tensor, 0, values, 0, values.length);
        return values;
    }

    @Test
    void open_twoTensors_tellsWhatIsThere() throws IOException {
        try (SafetensorsFile file =
                open("""
                {"__metadata__":{"format":"pt"},
                 "b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
                 "a":{"dtype":"I8","shape":[],"data_offsets":[8,9]}}""", RawFile.littleEndian(9).putFloat(1.5f).putFloat(-2).put((byte) -7))) {
            assertThat(file.path()).isEqualTo(folder.resolve("model.safetensors"));
            assertThat(file.tensors()).extracting(TensorEntry::name).containsExactly("b", "a");
            assertThat(file.tensor("c")).isEmpty();
            assertThat(file.metadata()).isEqualTo(Map.of("format", "pt"));
            assertThat(floats(file, "b")).containsExactly(1.5f, -2);
            assertThat(longs(file, "a")).containsExactly(-7);
            assertThat(file).hasToString("SafetensorsFile[model.safetensors, 2 tensors]");
        }
    }

    @Test
    void open_malformedFile_isRefusedWithItsName() throws IOException {
        Path path = RawFile.write(folder, RawFile.bytes("{", new byte[3]));

        assertThatThrownBy(() -> SafetensorsFile.open(path))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageStartingWith("model.safetensors: header is not valid JSON: ");
    }

    @Test
    void open_absentFile_saysSo() {
        assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("absent.safetensors")))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void open_emptyTensorsAtTheEnd_readAsNothing() throws IOException {
        try (SafetensorsFile file =
                open("{\"t\":{\"dtype\":\"F32\",\"shape\":[0,5],\"data_offsets\":[0,0]}}", RawFile.littleEndian(0))) {
            assertThat(floats(file, "t")).isEmpty();
            assertThat(file.slice(file.tensors().get(0), 0, 0).remaining()).isZero();
            assertThat(file.firstNonFinite(file.tensors().get(0))).isEmpty();
        }
    }

    @Test
    void readFloats_f32_copiesAPart() throws IOException {
        try (SafetensorsFile file = openOne(
                DType.F32,
                4,
                RawFile.littleEndian(16).putFloat(1).putFloat(2).putFloat(3).putFloat(4))) {
            float[] target = {9, 9, 9, 9};

            file.readFloats(file.tensors().get(0), 1, target, 2, 2);

            assertThat(target).containsExactly(9, 9, 2, 3);
        }
    }

    @Test
    void readFloats_halves_areWidened() throws IOException {
        try (SafetensorsFile file = openOne(
                DType.F16, 2, RawFile.littleEndian(4).putShort((short) 0x3e00).putShort((short) 0x8001))) {
            assertThat(floats(file, "t")).containsExactly(1.5f, -0x1p-24f);
            assertThat(doubles(file, "t")).containsExactly(1.5, -0x1p-24);
        }
        try (SafetensorsFile file =
                openOne(DType.BF16, 1, RawFile.littleEndian(2).putShort((short) 0xc0a0))) {
            assertThat(floats(file, "t")).containsExactly(-5);
            assertThat(doubles(file, "t")).containsExactly(-5);
        }
    }

    @Test
    void readFloats_f64_isNarrowedToTheNearest() throws IOException {
        try (SafetensorsFile file = openOne(
                DType.F64,
                3,
                RawFile.littleEndian(24).putDouble(0.1).putDouble(1e300).putDouble(-1e-300))) {
            assertThat(floats(file, "t")).containsExactly(0.1f, Float.POSITIVE_INFINITY, -0f);
            assertThat(doubles(file, "t")).containsExactly(0.1, 1e300, -1e-300);
            assertThat(file.firstNonFinite(file.tensors().get(0))).isEmpty();
        }
    }

    @Test
    void readDoubles_f32_isExact() throws IOException {
        try (SafetensorsFile file =
                openOne(DType.F32, 1, RawFile.littleEndian(4).putFloat(0.1f))) {
            assertThat(doubles(file, "t")).containsExactly((double) 0.1f);
        }
    }

    @Test
    void readLongs_everyInteger_keepsItsSign() throws IOException {
        byte[] ones = {-1, -1, -1, -1, -1, -1, -1, -1};
        long[] unsigned = {0xffL, 0xffffL, 0xffff_ffffL};
        DType[][] types = {{DType.U8, DType.I8}, {DType.U16, DType.I16}, {DType.U32, DType.I32}};
        for (int i = 0; i < types.length; i++) {
            int elements = 8 >> i;
            try (SafetensorsFile file = openOne(types[i][0], elements, ByteBuffer.wrap(ones))) {
                assertThat(longs(file, "t")).hasSize(elements).containsOnly(unsigned[i]);
                assertThat(doubles(file, "t")).hasSize(elements).containsOnly(unsigned[i]);
                assertThat(floats(file, "t")).hasSize(elements).containsOnly((float) unsigned[i]);
            }
            try (SafetensorsFile file = openOne(types[i][1], elements, ByteBuffer.wrap(ones))) {
                assertThat(longs(file, "t")).hasSize(elements).containsOnly(-1);
                assertThat(doubles(file, "t")).hasSize(elements).containsOnly(-1);
                assertThat(floats(file, "t")).hasSize(elements).containsOnly(-1);
            }
        }
        try (SafetensorsFile file = openOne(DType.I64, 1, ByteBuffer.wrap(ones))) {
            assertThat(longs(file, "t")).containsExactly(-1);
        }
        try (SafetensorsFile file = openOne(DType.BOOL, 2, ByteBuffer.wrap(new byte[] {0, 1}))) {
            assertThat(longs(file, "t")).containsExactly(0, 1);
            assertThat(floats(file, "t")).containsExactly(0, 1);
        }
    }

    @Test
    void readLongs_u64BeyondALong_isRefused() throws IOException {
        try (SafetensorsFile file =
                openOne(DType.U64, 2, RawFile.littleEndian(16).putLong(5).putLong(-1))) {
            assertThatThrownBy(() -> longs(file, "t"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("model.safetensors: tensor t: element 1 does not fit a long: 18446744073709551615");
            long[] first = new long[1];
            file.readLongs(file.tensors().get(0), 0, first, 0, 1);
            assertThat(first).containsExactly(5);
        }
    }

    @Test
    void readLongs_floatingPoint_isRefused() throws IOException {
        try (SafetensorsFile file = openOne(DType.F32, 1, RawFile.littleEndian(4))) {
            assertThatThrownBy(() -> longs(file, "t"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("model.safetensors: tensor t: expected an integer type, dtype is F32");
        }
    }

    @ParameterizedTest
    @EnumSource(
            names = {"F4", "F6_E2M3", "F6_E3M2", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "C64"})
    void readFloats_typesWithoutAJavaNumber_areRefused(DType dtype) throws IOException {
        try (SafetensorsFile file = openOne(dtype, 8, RawFile.littleEndian(dtype.bits()))) {
            String message =
                    "model.safetensors: tensor t: expected BOOL, an integer type, F16, BF16, F32 or F64, dtype is "
                            + dtype;
            TensorEntry tensor = file.tensors().get(0);
            assertThatThrownBy(() -> floats(file, "t"))
                    .hasMessage(message)
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> doubles(file, "t")).hasMessage(message);
            assertThatThrownBy(() -> file.firstNonFinite(tensor)).hasMessage(message);
            assertThat(file.slice(tensor, 0, dtype.bits()).remaining()).isEqualTo(dtype.bits());
        }
    }

    @Test
    void read_outsideTensorOrTarget_isRefused() throws IOException {
        try (SafetensorsFile file = openOne(DType.F32, 3, RawFile.littleEndian(12))) {
            TensorEntry t = file.tensors().get(0);
            assertThatThrownBy(() -> file.readFloats(t, 1, new float[9], 0, 3))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("model.safetensors: tensor t: elements outside the tensor:"
                            + " firstElement=1 count=3 elementCount=3");
            assertThatThrownBy(() -> file.readFloats(t, 0, new float[3], 1, 3))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("model.safetensors: tensor t: elements outside the target: offset=1 count=3 length=3");
            assertThatThrownBy(() -> file.readDoubles(t, -1, new double[3], 0, 1))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> file.readFloats(t, Long.MAX_VALUE, new float[3], 0, 1))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> file.readFloats(t, 0, new float[3], 0, -1))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> file.slice(t, 5, 8)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> file.slice(t, -1, 1)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void read_entryOfAnotherFile_isRefused() throws IOException {
        try (SafetensorsFile file = openOne(DType.F32, 3, RawFile.littleEndian(12))) {
            TensorEntry forged = new TensorEntry("t", DType.F32, new long[] {1000}, 0, 4000);
            assertThatThrownBy(() -> file.readFloats(forged, 0, new float[1000], 0, 1000))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("model.safetensors: no such tensor: t F32 [1000] at 0..4000");
            TensorEntry equal = new TensorEntry("t", DType.F32, new long[] {3}, 0, 12);
            file.readFloats(equal, 0, new float[3], 0, 3);
        }
    }

    @Test
    void slice_view_isReadOnlyAndLittleEndian() throws IOException {
        try (SafetensorsFile file =
                openOne(DType.F32, 2, RawFile.littleEndian(8).putFloat(1).putFloat(2))) {
            ByteBuffer slice = file.slice(file.tensors().get(0), 4, 4);

            assertThat(slice.isReadOnly()).isTrue();
            assertThat(slice.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
            assertThat(slice.remaining()).isEqualTo(4);
            assertThat(slice.getFloat()).isEqualTo(2);
        }
    }

    @Test
    void close_laterReads_areRefused() throws IOException {
        SafetensorsFile file =
                openOne(DType.F32, 2, RawFile.littleEndian(8).putFloat(1).putFloat(2));
        TensorEntry tensor = file.tensors().get(0);
        ByteBuffer slice = file.slice(tensor, 0, 8);

        file.close();
        file.close();

        for (var read : List.<ThrowingCallable>of(
                () -> file.readFloats(tensor, 0, new float[2], 0, 2),
                () -> file.readDoubles(tensor, 0, new double[2], 0, 2),
                () -> file.readLongs(tensor, 0, new long[2], 0, 2),
                () -> file.slice(tensor, 0, 0),
                () -> file.firstNonFinite(tensor))) {
            assertThatThrownBy(read)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("model.safetensors: read after close");
        }
        assertThat(slice.getFloat(4)).isEqualTo(2);
        assertThat(file.tensors()).containsExactly(tensor);
    }

    @Test
    void readFloats_ofAnInterruptedThread_readsAndLeavesTheFileReadable() throws IOException {
        try (SafetensorsFile file =
                openOne(DType.F32, 2, RawFile.littleEndian(8).putFloat(4, 3))) {
            Thread.currentThread().interrupt();
            float[] interrupted = floats(file, "t");
            assertThat(Thread.interrupted()).isTrue();
            assertThat(interrupted).containsExactly(0, 3);
            assertThat(floats(file, "t")).containsExactly(0, 3);
        }
    }

    @Test
    void readFloats_longerThanABuffer_readsEveryElement() throws IOException {
        int count = 150_001;
        ByteBuffer body = RawFile.littleEndian(4 * count);
        for (int i = 0; i < count; i++) {
            body.putFloat(i);
        }
        try (SafetensorsFile file = openOne(DType.F32, count, body)) {
            float[] read = floats(file, "t");
            for (int i = 0; i < count; i++) {
                assertThat(read[i]).isEqualTo(i);
            }
        }
    }

    @Test
    void firstNonFinite_nanOrInfinity_isFound() throws IOException {
        int count = 20_000; // more than one read
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            for (int place : new int[] {0, 8191, 8192, count - 1}) {
                try (SafetensorsFile file = openOne(
                        DType.F32, count, RawFile.littleEndian(4 * count).putFloat(4 * place, bad))) {
                    assertThat(file.firstNonFinite(file.tensors().get(0))).isEqualTo(OptionalLong.of(place));
                }
            }
        }
        try (SafetensorsFile file = openOne(DType.F32, count, RawFile.littleEndian(4 * count))) {
            assertThat(file.firstNonFinite(file.tensors().get(0))).isEmpty();
        }
        try (SafetensorsFile file =
                openOne(DType.F16, 2, RawFile.littleEndian(4).putShort(2, (short) 0x7c00))) {
            assertThat(file.firstNonFinite(file.tensors().get(0))).isEqualTo(OptionalLong.of(1));
        }
        try (SafetensorsFile file =
                openOne(DType.U64, 1, RawFile.littleEndian(8).putLong(0, -1))) {
            assertThat(file.firstNonFinite(file.tensors().get(0))).isEmpty();
        }
    }

    /** Headers of every length modulo the stride put elements across every boundary. */
    @ParameterizedTest
    @ValueSource(ints = {8, 16, 64})
    void read_acrossMaps_isAsInOne(int stride) throws IOException {
        int count = 41;
        for (int padding = 0; padding < stride; padding++) {
            ByteBuffer body = RawFile.littleEndian(8 * count + 4);
            for (int i = 0; i < count; i++) {
                body.putDouble(i + 0.25);
            }
            Path path = RawFile.write(
                    folder,
                    RawFile.bytes(
                            """
                            {"d":{"dtype":"F64","shape":[%d],"data_offsets":[0,%d]},
                             "h":{"dtype":"F16","shape":[2],"data_offsets":[%d,%d]},
                             "e":{"dtype":"F16","shape":[0],"data_offsets":[%d,%d]}}""".formatted(count, 8 * count, 8 * count, 8 * count + 4, 8 * count + 4, 8 * count + 4)
                                    + " ".repeat(padding),
                            body.array()));
            try (SafetensorsFile file = SafetensorsFile.open(path, stride)) {
                double[] whole = doubles(file, "d");
                for (int i = 0; i < count; i++) {
                    assertThat(whole[i]).isEqualTo(i + 0.25);
                    double[] one = new double[1];
                    file.readDoubles(file.tensors().get(0), i, one, 0, 1);
                    assertThat(one[0]).isEqualTo(i + 0.25);
                }
                for (int i = 0; i + stride <= 8 * count; i++) {
                    ByteBuffer slice = file.slice(file.tensors().get(0), i, stride);
                    assertThat(slice.get(stride - 1)).isEqualTo(body.get(i + stride - 1));
                }
                assertThat(floats(file, "h")).containsExactly(0, 0);
                assertThat(floats(file, "e")).isEmpty();
            }
        }
    }

    @Test
    void open_over2GiB_readsBothEndsOfALongTensor() throws IOException {
        long longElements = 600_000_000L; // 2.4 GB, a hole in the file but for its ends
        long longBytes = 4 * longElements;
        String header = """
                {"long":{"dtype":"F32","shape":[600000,1000],"data_offsets":[0,%d]},
                 "short":{"dtype":"F32","shape":[2],"data_offsets":[%d,%d]}}""".formatted(longBytes, longBytes, longBytes + 8);
        byte[] start = RawFile.bytes(header);
        Path path = folder.resolve("long.safetensors");
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(start.length + longBytes + 8);
            file.write(start);
            for (long element : new long[] {0, (1L << 28) - start.length / 4, longElements - 1, longElements + 1}) {
                file.seek(start.length + 4 * element);
                file.write(RawFile.littleEndian(4).putFloat(element).array());
            }
        } catch (IOException e) {
            abort("skipped: no file of 2.4 GB here: " + e.getMessage());
        }
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            TensorEntry tensor = file.tensor("long").orElseThrow();
            assertThat(tensor.elementCount()).isEqualTo(longElements);
            float[] end = new float[3];
            file.readFloats(tensor, longElements - 3, end, 0, 3);
            assertThat(end).containsExactly(0, 0, longElements - 1);

            long atBoundary = (1L << 28) - start.length / 4; // the first map's last bytes
            float[] middle = new float[3];
            file.readFloats(tensor, atBoundary - 1, middle, 0, 3);
            assertThat(middle).containsExactly(0, atBoundary, 0);
            assertThat(file.slice(tensor, 4 * (atBoundary - 1), SafetensorsFile.MAX_SLICE_BYTES)
                            .getFloat(4))
                    .isEqualTo(atBoundary);
            assertThatThrownBy(() -> file.slice(tensor, 0, SafetensorsFile.MAX_SLICE_BYTES + 1))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(floats(file, "short")).containsExactly(0, longElements + 1);
        }
    }

    @Test
    void open_samplesOfTheReferenceLibrary_areRead() throws IOException {
        Path samples = SharedFolder.require("data/safetensors");
        List<String> read = new ArrayList<>();
        try (Stream<Path> files = Files.list(samples)) {
            for (Path path : files.filter(p -> p.toString().endsWith(".safetensors"))
                    .sorted()
                    .toList()) {
                try (SafetensorsFile file = SafetensorsFile.open(path)) {
                    assertThat(file.metadata()).isEqualTo(Map.of("test", "a"));
                    for (TensorEntry tensor : file.tensors()) {
                        assertThat(tensor.shape()).containsExactly(6);
                        read.add(tensor.name() + " " + tensor.dtype());
                    }
                }
            }
        }
        assertThat(read)
                .contains("B U8", "H U16", "I U32", "b I8", "h I16", "i I32", "e F16", "f F32", "d F64")
                .hasSizeGreaterThanOrEqualTo(18);
    }

    @Test
    void open_everyFixture_isReadToItsLastElement() throws IOException {
        Path fixtures = SharedFolder.require("fixtures");
        List<Path> paths;
        try (Stream<Path> files = Files.walk(fixtures)) {
            paths = files.filter(p -> p.toString().endsWith(".safetensors")).toList();
        }
        assertThat(paths).isNotEmpty();
        for (Path path : paths) {
            try (SafetensorsFile file = SafetensorsFile.open(path)) {
                assertThat(file.tensors()).as(path.toString()).isNotEmpty();
                byte[] bytes = Files.readAllBytes(path);
                TensorEntry last = file.tensors().get(file.tensors().size() - 1);
                int length = (int) last.byteCount();
                byte[] tail = new byte[length];
                file.slice(last, 0, length).get(tail);
                assertThat(tail).isEqualTo(Arrays.copyOfRange(bytes, bytes.length - length, bytes.length));
                for (TensorEntry tensor : file.tensors()) {
                    doubles(file, tensor.name());
                }
                int headerBytes = (int)
                        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
                assertThat(new String(bytes, 8, headerBytes, StandardCharsets.UTF_8))
                        .contains(last.name());
            }
        }
    }
}
