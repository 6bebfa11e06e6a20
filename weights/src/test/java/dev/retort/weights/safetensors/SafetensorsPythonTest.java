package dev.retort.weights.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.retort.weights.safetensors.MalformedCheckpointException.Rule;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the reference library, where Python has it. */
class SafetensorsPythonTest {

    private static final int FILES = 20_000;

    /** What the reader refuses and the reference library lets pass; see {@link Header}. */
    private static final Set<Rule> STRICTER =
            EnumSet.of(Rule.DUPLICATE_NAME, Rule.INVALID_HEADER_DESERIALIZATION, Rule.VALIDATION_OVERFLOW);

    @TempDir
    Path folder;

    @BeforeEach
    void requirePython() throws Exception {
        boolean there;
        try {
            there = start("import numpy, safetensors.numpy").waitFor() == 0;
        } catch (IOException e) {
            there = false;
        }
        assumeTrue(there, "skipped: no python3 with the packages safetensors and numpy");
    }

    private Process start(String program) throws IOException {
        return new ProcessBuilder("python3", "-c", program)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output.txt").toFile())
                .start();
    }

    /** What the program prints. */
    private String python(String program) throws Exception {
        Process process = start(program);
        boolean ended = process.waitFor(60, TimeUnit.SECONDS);
        process.destroyForcibly();
        String output = Files.readString(folder.resolve("output.txt"));
        assertThat(ended && process.exitValue() == 0).as(output).isTrue();
        return output.strip();
    }

    private static ByteSource bytes(ByteBuffer bytes) {
        return channel -> channel.write(bytes.duplicate());
    }

    /** The same tensors as {@link #NUMPY_TENSORS}. */
    private static SafetensorsWriter sameTensors() {
        return new SafetensorsWriter()
                .floats("layer.weight", new float[] {1.5f, -0f, 3e-45f, Float.POSITIVE_INFINITY, 0.1f, -7}, 2, 3)
                .floats("layer.bias", new float[] {1, 2}, 2)
                .floats("Ａ", new float[] {3}, 1)
                .floats("😀 \"quoted\"\n", new float[] {4}, 1)
                .floats("empty", new float[0], 0, 4)
                .tensor(
                        "half",
                        DType.F16,
                        new long[] {2},
                        bytes(RawFile.littleEndian(4)
                                .putShort((short) 0x3e00)
                                .putShort((short) 0x0001)
                                .flip()))
                .tensor(
                        "double",
                        DType.F64,
                        new long[] {},
                        bytes(RawFile.littleEndian(8).putDouble(0.1).flip()))
                .tensor(
                        "ids",
                        DType.I64,
                        new long[] {2},
                        bytes(RawFile.littleEndian(16)
                                .putLong(-1)
                                .putLong(1L << 40)
                                .flip()))
                .tensor("kept", DType.BOOL, new long[] {3}, bytes(ByteBuffer.wrap(new byte[] {1, 0, 1})))
                .tensor("u8", DType.U8, new long[] {1}, bytes(ByteBuffer.wrap(new byte[] {(byte) 200})));
    }

    private static final String NUMPY_TENSORS = """
            import numpy as n
            tensors = {
                'layer.weight': n.array([[1.5, -0.0, 3e-45], [n.inf, 0.1, -7]], n.float32),
                'layer.bias': n.array([1, 2], n.float32),
                '\\uff21': n.array([3], n.float32),
                '\\U0001f600 "quoted"\\n': n.array([4], n.float32),
                'empty': n.zeros((0, 4), n.float32),
                'half': n.array([1.5, 2.0 ** -24], n.float16),
                'double': n.array(0.1, n.float64),
                'ids': n.array([-1, 1 << 40], n.int64),
                'kept': n.array([True, False, True]),
                'u8': n.array([200], n.uint8),
            }
            """;

    @Test
    void write_sameTensors_isByteForByteTheReferencesFile() throws Exception {
        python(NUMPY_TENSORS + """
                from safetensors.numpy import save_file
                save_file(tensors, 'python.safetensors', metadata={'format': 'pt'})
                """);

        sameTensors().write(folder.resolve("java.safetensors"));

        assertThat(folder.resolve("java.safetensors"))
                .hasBinaryContent(Files.readAllBytes(folder.resolve("python.safetensors")));
    }

    @Test
    void write_inPython_opensWithTheSameValues() throws Exception {
        sameTensors().metadata("step", "7").write(folder.resolve("java.safetensors"));

        String output = python(NUMPY_TENSORS + """
                from safetensors import safe_open
                with safe_open('java.safetensors', 'numpy') as file:
                    print(file.metadata() == {'format': 'pt', 'step': '7'}, set(file.keys()) == set(tensors))
                    for name, expected in tensors.items():
                        actual = file.get_tensor(name)
                        print(actual.dtype == expected.dtype, actual.shape == expected.shape,
                              actual.tobytes() == expected.tobytes())
                """);

        assertThat(output.split("\\s+")).hasSize(32).containsOnly("True");
    }

    @Test
    void open_fromPython_givesTheSameValues() throws Exception {
        python(NUMPY_TENSORS + """
                from safetensors.numpy import save_file
                save_file(tensors, 'python.safetensors', metadata={'a': '1', 'b': '2'})
                """);

        try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("python.safetensors"))) {
            assertThat(file.metadata()).isEqualTo(Map.of("a", "1", "b", "2"));
            float[] weight = new float[6];
            file.readFloats(file.tensor("layer.weight").orElseThrow(), 0, weight, 0, 6);
            assertThat(weight).containsExactly(1.5f, -0f, 3e-45f, Float.POSITIVE_INFINITY, 0.1f, -7);
            float[] half = new float[2];
            file.readFloats(file.tensor("half").orElseThrow(), 0, half, 0, 2);
            assertThat(half).containsExactly(1.5f, 0x1p-24f);
            long[] ids = new long[2];
            file.readLongs(file.tensor("ids").orElseThrow(), 0, ids, 0, 2);
            assertThat(ids).containsExactly(-1, 1L << 40);
            assertThat(file.firstNonFinite(file.tensor("layer.weight").orElseThrow()))
                    .hasValue(3);
            assertThat(file.tensor("empty").orElseThrow().shape()).containsExactly(0, 4);
        }
    }

    @Test
    void widenF16_everyPattern_isNumpys() throws Exception {
        python("import numpy; numpy.arange(65536, dtype='<u2').view('<f2').astype('<f4').tofile('wide.bin')");

        ByteBuffer wide = RawFile.littleEndian(4 << 16).put(Files.readAllBytes(folder.resolve("wide.bin")));
        for (int pattern = 0; pattern < 1 << 16; pattern++) {
            float expected = wide.getFloat(4 * pattern);
            float actual = Elements.widenF16((short) pattern);
            assertThat(Float.floatToIntBits(actual)).as("%04x", pattern).isEqualTo(Float.floatToIntBits(expected));
        }
    }

    @Test
    void read_mutatedFiles_areAcceptedByTheReferenceWhereAcceptedHere() throws Exception {
        ByteArrayOutputStream files = new ByteArrayOutputStream();
        for (int seed = 0; seed < FILES; seed++) {
            byte[] file = new HeaderMutations(seed).next();
            files.write(RawFile.bytes(file));
        }
        Files.write(folder.resolve("files.bin"), files.toByteArray());

        String verdicts = python("""
                import safetensors
                files = open('files.bin', 'rb').read()
                at = 0
                verdicts = []
                while at < len(files):
                    length = int.from_bytes(files[at:at + 8], 'little')
                    try:
                        safetensors.deserialize(files[at + 8:at + 8 + length])
                        verdicts.append('+')
                    except safetensors.SafetensorError:
                        verdicts.append('-')
                    at += 8 + length
                print(''.join(verdicts))
                """);

        assertThat(verdicts).hasSize(FILES);
        for (int seed = 0; seed < FILES; seed++) {
            byte[] file = new HeaderMutations(seed).next();
            Optional<Rule> broken = brokenRule(file);
            boolean accepted = verdicts.charAt(seed) == '+';
            assertThat(accepted ? broken.isEmpty() || STRICTER.contains(broken.get()) : broken.isPresent())
                    .as(
                            "seed %d: reference %s, here %s: %s",
                            seed,
                            accepted ? "reads" : "refuses",
                            broken.map(Rule::name).orElse("read"),
                            new String(file, StandardCharsets.ISO_8859_1))
                    .isTrue();
        }
    }

    private static Optional<Rule> brokenRule(byte[] file) throws IOException {
        try {
            Header.read("f", Channels.newChannel(new ByteArrayInputStream(file)), file.length);
            return Optional.empty();
        } catch (MalformedCheckpointException e) {
            return e.rule();
        }
    }

    @Test
    void open_everyTypeWrittenHere_isReadByTheReference() throws Exception {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (DType dtype : DType.values()) {
            writer.tensor(dtype.name(), dtype, new long[] {8}, bytes(ByteBuffer.allocate(dtype.bits())));
        }
        writer.write(folder.resolve("java.safetensors"));

        String names = python("""
                import safetensors
                entries = safetensors.deserialize(open('java.safetensors', 'rb').read())
                print(' '.join(name for name, entry in entries if entry['shape'] == [8]))
                """);

        assertThat(List.of(names.split(" ")))
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(DType.values()).map(DType::name).toList());
    }
}
