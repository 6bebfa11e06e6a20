package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.retort.core.Precision;
import dev.retort.inference.CalibrationRanges;
import dev.retort.inference.Embedding;
import dev.retort.inference.EncodeOptions;
import dev.retort.inference.LoadSettings;
import dev.retort.inference.OutputPrecision;
import dev.retort.inference.SentenceTransformer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EmbedCommandTest {

    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    private static Path shared;

    private static String model = "";

    @TempDir
    private Path folder;

    @BeforeAll
    static void writeModel() throws IOException {
        model = TinyModel.write(shared.resolve("tiny")).toString();
    }

    private static Run embed(String... arguments) {
        return embedFrom("", arguments);
    }

    private static Run embedFrom(String input, String... arguments) {
        return Run.withInput(input, command(arguments));
    }

    private static String[] command(String... arguments) {
        return Stream.concat(Stream.of("embed", "--model", model, "--threads", "1"), Stream.of(arguments))
                .toArray(String[]::new);
    }

    private static List<Embedding> encode(EncodeOptions options, String... texts) {
        try (SentenceTransformer transformer =
                SentenceTransformer.load(Path.of(model), LoadSettings.defaults().withThreads(1))) {
            return transformer.encode(List.of(texts), options);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static float[] floats(JsonNode row) {
        float[] vector = new float[row.get("embedding").size()];
        for (int e = 0; e < vector.length; e++) {
            vector[e] = Float.parseFloat(row.get("embedding").get(e).asText());
        }
        return vector;
    }

    private String file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content).toString();
    }

    private void expectFailure(Run run, int code, String message) {
        assertThat(run.err()).isEqualTo("retort: " + message + "\n");
        assertThat(run.code()).isEqualTo(code);
    }

    private void expectUsage(Run run, String message) {
        expectFailure(run, 2, message + ": see 'retort embed --help'");
        assertThat(run.out()).isEmpty();
    }

    // ---- what it computes in ----

    @ParameterizedTest
    @EnumSource(
            value = ComputeChoice.class,
            names = {"BF16", "INT8"})
    void compute_givesTheFloatsOfThatPrecision(ComputeChoice choice) throws IOException {
        NarrowPrecision.require(choice.precision());
        LoadSettings settings = LoadSettings.defaults().withThreads(1).withPrecision(choice.precision());
        Run run = embed("a cat sits on the mat .", "--compute", choice.toString());
        assertThat(run.err()).isEmpty();
        try (SentenceTransformer transformer = SentenceTransformer.load(Path.of(model), settings)) {
            assertThat(floats(JSON.readTree(run.out())))
                    .containsExactly(
                            transformer.encode("a cat sits on the mat .").vector());
        }
    }

    @Test
    void compute_andPrecision_areTwoThings() throws IOException {
        NarrowPrecision.require(Precision.BF16);
        Run run = embed("a cat", "--compute", "bf16", "--precision", "binary");
        assertThat(run.err()).isEmpty();
        assertThat(JSON.readTree(run.out()).get("embedding")).hasSize(2); // twelve signs in two bytes
    }

    @Test
    void compute_unknown_isAUsageError() {
        expectUsage(
                embed("a cat", "--compute", "int4"),
                "invalid value for option '--compute': expected one of [f32, bf16, int8], got 'int4'");
    }

    // ---- rows ----

    @Test
    void texts_giveARowEachInOrder() throws IOException {
        Run run = embed("a cat sits on the mat .", "ein hund");
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.lines()).hasSize(2);
        assertThat(run.lines().get(0))
                .matches(
                        "\\{\"index\":0,\"tokens\":9,\"truncated\":false,\"embedding\":\\[(-?[0-9.E-]+,){11}-?[0-9.E-]+]}");
        List<Embedding> expected = encode(EncodeOptions.defaults(), "a cat sits on the mat .", "ein hund");
        for (int i = 0; i < 2; i++) {
            JsonNode row = JSON.readTree(run.lines().get(i));
            assertThat(row.get("index").intValue()).isEqualTo(i);
            assertThat(row.get("tokens").intValue()).isEqualTo(expected.get(i).tokenCount());
            assertThat(floats(row)).containsExactly(expected.get(i).vector());
        }
    }

    @Test
    void numbers_haveTheFewestDigitsThatReadBack() throws IOException {
        JsonNode row = JSON.readTree(embed("a cat").out());
        for (JsonNode number : row.get("embedding")) {
            assertThat(number.isNumber()).isTrue();
        }
        // 2.0E-3f: JDK 17's Float.toString gives some floats a digit more than they need
        String[] digits = embed("a cat").out().replaceAll(".*\\[|].*\\s*", "").split(",");
        for (String text : digits) {
            float value = Float.parseFloat(text);
            int length = text.replaceAll("E.*|[-.]", "").replaceAll("^0+", "").length();
            assertThat(length).isLessThanOrEqualTo(9);
            if (length > 2) {
                float shorter = Float.parseFloat(String.format(Locale.ROOT, "%." + (length - 2) + "e", value));
                assertThat(shorter).as("%s with a digit less", text).isNotEqualTo(value);
            }
        }
    }

    @Test
    void withText_repeatsIt_unpairedSurrogatesToo() throws IOException {
        Run run = embedFrom(
                "{\"t\":\"a \\\"cat\\\"\\n東\"}\n{\"t\":\"half \\ud83c\"}\n{\"t\":\"🇫🇷\"}\n",
                "--input-format",
                "jsonl",
                "--field",
                "t",
                "--with-text");
        assertThat(run.lines().get(0)).startsWith("{\"index\":0,\"text\":\"a \\\"cat\\\"\\n東\",\"tokens\":");
        assertThat(run.lines().get(1)).startsWith("{\"index\":1,\"text\":\"half \\uD83C\",\"tokens\":");
        assertThat(JSON.readTree(run.lines().get(2)).get("text").textValue()).isEqualTo("🇫🇷");
    }

    @Test
    void csv_hasAHeaderAndColumns() {
        Run run = embed("a, \"cat\"", "dog", "--format", "csv", "--with-text");
        assertThat(run.code()).isZero();
        String columns =
                IntStream.range(0, TinyModel.DIMENSIONS).mapToObj(e -> ",e" + e).reduce("", String::concat);
        assertThat(run.lines()).hasSize(3);
        assertThat(run.lines().get(0)).isEqualTo("index,text,tokens,truncated" + columns);
        assertThat(run.lines().get(1)).startsWith("0,\"a, \"\"cat\"\"\",");
        float[] expected =
                encode(EncodeOptions.defaults(), "a, \"cat\"", "dog").get(1).vector();
        String[] cells = run.lines().get(2).split(",");
        assertThat(cells).hasSize(4 + TinyModel.DIMENSIONS).startsWith("1", "dog", "3", "false");
        assertThat(Float.parseFloat(cells[4])).isEqualTo(expected[0]);
        assertThat(embed("dog", "--format", "csv").lines().get(1)).startsWith("0,3,false,");
    }

    @Test
    void npy_isAFloat32Array() throws IOException {
        Path output = folder.resolve("v.npy");
        Run run = embed("a cat", "dog", "the mat", "--format", "npy", "--output", output.toString());
        assertThat(run.code()).isZero();
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).isEqualTo(output + ": 3 vectors of 12 dimensions, 11 tokens\n");
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(output)).order(ByteOrder.LITTLE_ENDIAN);
        byte[] header = new byte[128];
        bytes.get(header);
        assertThat(header)
                .startsWith(0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0)
                .endsWith(' ', '\n');
        assertThat(new String(header, 10, 118, StandardCharsets.US_ASCII))
                .startsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 12), } ");
        assertThat(bytes.remaining()).isEqualTo(3 * 12 * 4);
        for (Embedding expected : encode(EncodeOptions.defaults(), "a cat", "dog", "the mat")) {
            for (float x : expected.vector()) {
                assertThat(bytes.getFloat()).isEqualTo(x);
            }
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactly(output);
        }
    }

    @Test
    void npy_noTexts_hasNoRows() throws IOException {
        Path output = folder.resolve("v.npy");
        assertThat(embedFrom("", "--format", "npy", "--output", output.toString(), "--quiet"))
                .isEqualTo(new Run(0, "", ""));
        assertThat(Files.readString(output, StandardCharsets.ISO_8859_1))
                .contains("'shape': (0, 12)")
                .hasSize(128);
    }

    @Test
    void noTexts_giveNoRows() {
        assertThat(embedFrom("")).isEqualTo(new Run(0, "", ""));
    }

    // ---- where texts come from ----

    @Test
    void standardInput_isReadWithoutBeingAsked() {
        Run run = embedFrom("a cat\r\n\nthe mat");
        assertThat(run.lines()).hasSize(3);
        assertThat(run.lines().get(1)).startsWith("{\"index\":1,\"tokens\":2,");
        assertThat(embedFrom("a cat\r\n\nthe mat", "--input", "-").out()).isEqualTo(run.out());
    }

    @Test
    void columnsAndFields_areReadByTheFilesName() throws IOException {
        String expected = embed("a cat", "the mat").out();
        assertThat(embed("--input", file("a.txt", "\uFEFFa cat\nthe mat\n")).out())
                .isEqualTo(expected);
        assertThat(embed("--input", file("a.tsv", "s\ttext\n1\ta cat\n2\tthe mat\n"), "--field", "text")
                        .out())
                .isEqualTo(expected);
        assertThat(embed("--input", file("a.csv", "s,text\n1,\"a cat\"\n2,the mat\n"), "--field", "text")
                        .out())
                .isEqualTo(expected);
        assertThat(embed("--input", file("a.jsonl", "{\"t\":\"a cat\"}\n{\"t\":\"the mat\"}\n"), "--field", "t")
                        .out())
                .isEqualTo(expected);
        assertThat(embed("--input", file("a.dat", "t\na cat\nthe mat\n"), "--input-format", "tsv", "--field", "t")
                        .out())
                .isEqualTo(expected);
    }

    @Test
    void textsWithASpecialStart_areTexts() {
        assertThat(embed("@cat", "--", "--dog").lines()).hasSize(2);
    }

    @Test
    void manyTexts_keepTheirOrderAcrossWindows() throws IOException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 700; i++) {
            lines.add((i % 3 == 0 ? "a cat " : i % 3 == 1 ? "dog " : "the mat ").repeat(1 + i % 4));
        }
        Run run = embedFrom(String.join("\n", lines), "--with-text");
        assertThat(run.code()).isZero();
        assertThat(run.lines()).hasSize(700);
        float[] dog = encode(EncodeOptions.defaults(), "dog ").get(0).vector();
        for (int i = 0; i < 700; i++) {
            JsonNode row = JSON.readTree(run.lines().get(i));
            assertThat(row.get("index").intValue()).isEqualTo(i);
            assertThat(row.get("text").textValue()).isEqualTo(lines.get(i));
            if (lines.get(i).equals("dog ")) {
                assertThat(floats(row)).containsExactly(dog, within(1e-6f));
            }
        }
    }

    @Test
    void lineThatIsTyped_isAnsweredBeforeTheNext() throws Exception {
        BlockingQueue<String> rows = new LinkedBlockingQueue<>();
        OutputStream out = new OutputStream() {
            private final ByteArrayOutputStream line = new ByteArrayOutputStream();

            @Override
            public void write(int b) {
                line.write(b);
                if (b == '\n') {
                    rows.add(line.toString(StandardCharsets.UTF_8));
                    line.reset();
                }
            }
        };
        try (PipedOutputStream typing = new PipedOutputStream();
                InputStream in = new PipedInputStream(typing)) {
            Thread command = new Thread(() -> Run.of(in, out, Terminals.none(), Map.of(), command()));
            command.start();
            for (int i = 0; i < 3; i++) {
                typing.write("a cat\n".getBytes(StandardCharsets.UTF_8));
                typing.flush();
                @Nullable String row = rows.poll(60, TimeUnit.SECONDS);
                assertThat(row).startsWith("{\"index\":" + i + ",").endsWith("}\n");
            }
            typing.close();
            command.join(60_000);
            assertThat(command.isAlive()).isFalse();
        }
        assertThat(rows).isEmpty();
    }

    // ---- options ----

    @Test
    void truncation_policies() throws IOException {
        String text = "a cat sits on the mat . a dog runs on the road .";
        JsonNode cut = JSON.readTree(embed(text).out());
        assertThat(cut.get("truncated").booleanValue()).isTrue();
        assertThat(cut.get("tokens").intValue()).isEqualTo(TinyModel.MAX_LENGTH);
        JsonNode averaged =
                JSON.readTree(embed(text, "--truncation", "split-average").out());
        assertThat(averaged.get("truncated").booleanValue()).isFalse();
        assertThat(averaged.get("tokens").intValue())
                .isEqualTo(18); // 14 word pieces, two chunks, two special ones each
        expectFailure(
                embed("a cat", text, "--truncation", "error"),
                1,
                "text 2: text too long: 16 tokens with the two special ones, limit 9: shorten it, or use --truncation"
                        + " truncate or split-average");
        String path = file("a.txt", "a cat\n\n" + text + "\n");
        expectFailure(
                embed("--input", path, "--truncation", "error"),
                1,
                path
                        + ":3: text too long: 16 tokens with the two special ones, limit 9: shorten it, or use --truncation"
                        + " truncate or split-average");
    }

    @Test
    void truncatedTexts_areCountedInTheSummary() {
        String output = folder.resolve("v.jsonl").toString();
        Run run = embed("a cat", "the mat ".repeat(9), "--output", output);
        assertThat(run.err()).isEqualTo(output + ": 2 vectors of 12 dimensions, 13 tokens, 1 texts truncated\n");
    }

    @Test
    void prompt_goesBeforeTheText() throws IOException {
        assertThat(JSON.readTree(embed("cat", "--prompt", "query").out()).get("embedding"))
                .isEqualTo(JSON.readTree(embed("query : cat").out()).get("embedding"));
        expectFailure(
                embed("cat", "--prompt", "passage"), 1, "prompt: the model has none named passage, it has [query]");
    }

    @Test
    void dimensions_areCutAndNormalizedWhereAsked() throws IOException {
        float[] full = floats(JSON.readTree(embed("a cat").out()));
        float[] cut = floats(JSON.readTree(embed("a cat", "--dimensions", "4").out()));
        assertThat(cut).containsExactly(full[0], full[1], full[2], full[3]);
        float[] unit = floats(
                JSON.readTree(embed("a cat", "--dimensions", "4", "--normalize").out()));
        double norm = 0;
        for (float x : unit) {
            norm += (double) x * x;
        }
        assertThat(norm).isCloseTo(1, within(1e-6));
        expectFailure(embed("a cat", "--dimensions", "13"), 1, "dimensions: the model has 12, asked for 13");
        assertThat(embed("a cat", "--dimensions", "4", "--format", "csv")
                        .lines()
                        .get(0))
                .endsWith(",e3");
    }

    @Test
    void precision_quantizes() throws IOException {
        JsonNode bits = JSON.readTree(embed("a cat", "--precision", "ubinary").out());
        byte[] expected = encode(EncodeOptions.defaults().withPrecision(OutputPrecision.UBINARY), "a cat")
                .get(0)
                .quantized();
        assertThat(bits.get("embedding")).hasSize(2);
        assertThat(bits.get("embedding").get(0).intValue()).isEqualTo(Byte.toUnsignedInt(expected[0]));

        String sample = folder.resolve("sample.npy").toString();
        embed("a cat", "dog", "the mat", "road", "--format", "npy", "--output", sample);
        String output = folder.resolve("int8.npy").toString();
        Run run = embed("a dog", "--precision", "int8", "--calibration", sample, "--format", "npy", "--output", output);
        assertThat(run.code()).isZero();
        byte[] file = Files.readAllBytes(Path.of(output));
        assertThat(new String(file, 10, 60, StandardCharsets.US_ASCII))
                .startsWith("{'descr': '|i1', 'fortran_order': False, 'shape': (1, 12), }");
        CalibrationRanges ranges =
                CalibrationRanges.of(encode(EncodeOptions.defaults(), "a cat", "dog", "the mat", "road"));
        byte[] quantized = encode(EncodeOptions.defaults().withPrecision(OutputPrecision.INT8, ranges), "a dog")
                .get(0)
                .quantized();
        assertThat(Arrays.copyOfRange(file, 128, file.length)).isEqualTo(quantized);
    }

    @Test
    void progress_isShownOnTerminalsOnly() {
        assertThat(embed("a cat").err()).isEmpty();
        Run forced = embed("a cat", "--progress");
        assertThat(forced.err()).contains("100%", "1 texts", "tokens/s");
        assertThat(forced.lines()).hasSize(1);
        Terminals err = new Run.Terminal(false, false, true, 80);
        assertThat(Run.onTerminals(err, Map.of(), command("a cat")).err()).contains("100%");
        assertThat(Run.onTerminals(err, Map.of(), command("a cat", "--no-progress"))
                        .err())
                .isEmpty();
        assertThat(Run.onTerminals(err, Map.of(), command("a cat", "--quiet")).err())
                .isEmpty();
        Terminals all = new Run.Terminal(true, true, true, 80);
        assertThat(Run.onTerminals(all, Map.of(), command("a cat")).err()).isEmpty();
    }

    // ---- what goes wrong ----

    @Test
    void contradictions_areUsageErrors() throws IOException {
        String path = file("a.txt", "a\n");
        expectUsage(
                embed("a", "--input", path),
                "texts are given twice: as arguments and by --input, --input-format or --field");
        expectUsage(
                Run.onTerminals(new Run.Terminal(true, true, true, 80), Map.of(), command()),
                "no texts: give some, or --input FILE, or --input - to type them");
        expectUsage(
                embed("a", "--format", "npy"),
                "--format npy: needs --output FILE: the number of rows stands at the start of the file");
        expectUsage(
                embed("a", "--format", "npy", "--output", path, "--with-text"),
                "--with-text: a NumPy array has no place for texts: use --format jsonl or csv");
        expectUsage(
                embed("--input", path, "--field", "t"),
                "--field: lines have no fields: give --input-format tsv, csv or jsonl");
        expectUsage(
                embed("a", "--precision", "int8"),
                "--precision int8: needs --calibration FILE: vectors of a sample of the texts, made with --format npy"
                        + " --output FILE");
        expectUsage(
                embed("a", "--calibration", path),
                "--calibration: only int8 and uint8 have ranges: --precision is float");
        expectUsage(
                embed("--input", "a.json"),
                "a.json: a JSON document is no list of texts: write a JSON value on each line, or give --input-format");
    }

    @Test
    void missingFiles_areFailures() {
        Path lost = folder.resolve("lost.txt");
        expectFailure(embed("--input", lost.toString()), 1, lost + ": no such file");
        expectFailure(embed("--input", folder.toString()), 1, folder + ": is a folder: give the name of a file");
        expectFailure(
                Run.of("eval", "sts", "--data", folder.toString()),
                1,
                folder + ": is a folder: give the name of a file");
        expectFailure(
                Run.of("embed", "a", "--model", lost.toString()),
                1,
                lost + ": no such folder: give the folder of a sentence-transformers, DistilBERT or BERT model, or"
                        + " 'default'");
        Path output = folder.resolve("no/v.jsonl");
        expectFailure(
                embed("a", "--output", output.toString()), 1, output + ": its folder does not exist: create it first");
    }

    @Test
    void invalidUtf8_saysWhere_andLeavesNoFile() throws IOException {
        Path input = Files.write(folder.resolve("a.txt"), new byte[] {'a', '\n', (byte) 0xC3, '(', '\n'});
        Path output = Files.writeString(folder.resolve("v.jsonl"), "old");
        expectFailure(
                embed("--input", input.toString(), "--output", output.toString()),
                1,
                input + ":2: not UTF-8: byte 0xC3 at offset 2: convert the file, for example with iconv -t UTF-8");
        assertThat(output).hasContent("old");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactlyInAnyOrder(input, output);
        }
        Run piped = Run.withInput(new byte[] {(byte) 0xFF}, command());
        expectFailure(
                piped,
                1,
                "standard input:1: not UTF-8: byte 0xFF at offset 0: convert the file, for example with iconv -t UTF-8");
    }

    @Test
    void missingColumn_isAFailure() throws IOException {
        String path = file("a.tsv", "score\ttext\n");
        expectFailure(
                embed("--input", path, "--field", "body"), 1, path + ": no column body: the header has score, text");
    }

    @Test
    void npyToADevice_isAFailure() {
        Path device = Path.of("/dev/null");
        assumeTrue(Files.exists(device), "skipped: no /dev/null");
        expectFailure(
                embed("a", "--format", "npy", "--output", "/dev/null"),
                1,
                "npy: needs a regular file: its header is written last");
    }

    @Test
    void calibrationOfOneVector_isAFailure() {
        String sample = folder.resolve("sample.npy").toString();
        embed("a cat", "--format", "npy", "--output", sample);
        expectFailure(
                embed("a", "--precision", "uint8", "--calibration", sample),
                1,
                sample
                        + ": too few vectors for a range: 1: give a sample of a hundred or more, or minimum and maximum");
    }

    @Test
    void readerThatHasSeenEnough_endsTheCommandQuietly() {
        OutputStream closing = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        Run run = Run.of(
                new ByteArrayInputStream("a cat\n".repeat(500).getBytes(StandardCharsets.UTF_8)),
                closing,
                Terminals.none(),
                Map.of(),
                command());
        assertThat(run.code()).isEqualTo(141);
        assertThat(run.err()).isEmpty();
    }
}
