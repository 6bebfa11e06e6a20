package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.retort.inference.SentenceTransformer;
import dev.retort.weights.onnx.SmallExport;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertCommandTest {

    @TempDir
    private Path folder;

    private Path onnx() throws IOException {
        return Files.write(folder.resolve("m.onnx"), SmallExport.bert().write().toBytes());
    }

    /** As many tokens as the small export has word vectors. */
    private Path tokenizer(int tokens) throws IOException {
        StringBuilder vocabulary = new StringBuilder();
        List<String> names = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "cat", "dog", "the", "mat");
        for (int id = 0; id < tokens; id++) {
            String name = id < names.size() ? names.get(id) : "w" + id;
            vocabulary
                    .append(id == 0 ? "" : ",")
                    .append('"')
                    .append(name)
                    .append("\":")
                    .append(id);
        }
        return Files.writeString(folder.resolve("tokenizer.json"), """
                {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
                 "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                                "strip_accents": null, "lowercase": true},
                 "pre_tokenizer": {"type": "BertPreTokenizer"},
                 "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
                 "decoder": null,
                 "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                           "max_input_chars_per_word": 100, "vocab": {%s}}}
                """.formatted(vocabulary));
    }

    @Test
    void onnx_becomesAModelFolder() throws IOException {
        Path out = folder.resolve("out");
        Run run = Run.of(
                "convert",
                onnx().toString(),
                "--tokenizer",
                tokenizer(SmallExport.VOCABULARY).toString(),
                "--pooling",
                "cls",
                "--normalize",
                "--max-length",
                "6",
                out.toString());
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.lines().get(0))
                .startsWith(out + ": DistilBERT(")
                .endsWith("-> cls -> Normalize, at most 6 tokens");
        try (SentenceTransformer model = SentenceTransformer.load(out)) {
            assertThat(model.maxSequenceLength()).isEqualTo(6);
            float[] vector = model.encode("a cat").vector();
            assertThat(vector).hasSize(SmallExport.HIDDEN);
            double norm = 0;
            for (float x : vector) {
                norm += (double) x * x;
            }
            assertThat(norm).isCloseTo(1, within(1e-6));
        }
    }

    @Test
    void onnx_withoutOptions_isMeanOfAllItsPositions() throws IOException {
        Path out = folder.resolve("out");
        Run run = Run.of(
                "convert",
                onnx().toString(),
                out.toString(),
                "--tokenizer",
                tokenizer(SmallExport.VOCABULARY).toString());
        assertThat(run.lines().get(0)).endsWith("-> mean, at most " + SmallExport.POSITIONS + " tokens");
    }

    @Test
    void bundledOnnx_isTheDefaultModel() throws IOException {
        Path onnx = folder.resolve("minilm.onnx");
        Path tokenizer = folder.resolve("tokenizer.json");
        copy("all-minilm-l6-v2.onnx", onnx);
        copy("all-minilm-l6-v2-tokenizer.json", tokenizer);
        Path out = folder.resolve("out");
        Run run = Run.of(
                "convert",
                onnx.toString(),
                "--tokenizer",
                tokenizer.toString(),
                "--pooling",
                "mean",
                "--normalize",
                "--max-length",
                "256",
                out.toString());
        assertThat(run.err()).isEmpty();
        String text = "A cat sits on the mat";
        assertThat(Run.of("embed", text, "--model", out.toString()).out())
                .isNotEmpty()
                .isEqualTo(Run.of("embed", text).out());
    }

    private static void copy(String resource, Path target) throws IOException {
        try (InputStream in = ConvertCommandTest.class.getResourceAsStream("/" + resource)) {
            assertThat(in).as(resource).isNotNull();
            Files.copy(in, target);
        }
    }

    @Test
    void bert_givesTheSameVectorsInDistilBertForm() throws IOException {
        Path bert = TinyModel.writeBert(folder.resolve("bert"));
        Path out = folder.resolve("out");
        Run run = Run.of("convert", bert.toString(), out.toString());
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("token_type_embeddings");
        JsonNode config = new JsonMapper().readTree(out.resolve("config.json").toFile());
        assertThat(config.get("model_type").textValue()).isEqualTo("distilbert");
        String expected =
                Run.of("embed", "a cat", "the mat", "--model", bert.toString()).out();
        assertThat(Run.of("embed", "a cat", "the mat", "--model", out.toString())
                        .out())
                .isNotEmpty()
                .isEqualTo(expected);
    }

    @Test
    void folderThatIsThere_isReplacedOnlyWhenAsked() throws IOException {
        String bert = TinyModel.writeBert(folder.resolve("bert")).toString();
        Path out = folder.resolve("out");
        assertThat(Run.of("convert", bert, out.toString()).code()).isZero();
        Run refused = Run.of("convert", bert, out.toString());
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err())
                .startsWith("retort: " + out + ": is not empty")
                .contains("--replace")
                .hasLineCount(1);
        assertThat(Run.of("convert", bert, out.toString(), "--replace").code()).isZero();
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.map(path -> path.getFileName().toString())).containsExactlyInAnyOrder("bert", "out");
        }
    }

    @Test
    void tokenizerOfAnotherModel_isRefused() throws IOException {
        Path out = folder.resolve("out");
        Run run = Run.of(
                "convert",
                onnx().toString(),
                "--tokenizer",
                tokenizer(SmallExport.VOCABULARY + 1).toString(),
                out.toString());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("13").hasLineCount(1);
        assertThat(out).doesNotExist();
    }

    @Test
    void maximumBeyondThePositions_isRefused() throws IOException {
        Run run = Run.of(
                "convert",
                onnx().toString(),
                "--tokenizer",
                tokenizer(SmallExport.VOCABULARY).toString(),
                "--max-length",
                "512",
                folder.resolve("out").toString());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .contains("expected at most " + SmallExport.POSITIONS, "got 512")
                .hasLineCount(1);
    }

    @Test
    void wrongArguments_areUsageErrors() throws IOException {
        String onnx = onnx().toString();
        assertThat(Run.of("convert", onnx, "out"))
                .isEqualTo(new Run(
                        2,
                        "",
                        "retort: " + onnx
                                + ": an ONNX file has no tokenizer: give its tokenizer.json with --tokenizer: see"
                                + " 'retort convert --help'\n"));
        String bert = TinyModel.writeBert(folder.resolve("bert")).toString();
        Run run = Run.of("convert", bert, "out", "--pooling", "cls");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("are for an ONNX file").hasLineCount(1);
    }

    @Test
    void whatIsNoModel_isRefused() throws IOException {
        Path lost = folder.resolve("lost.onnx");
        assertThat(Run.of("convert", lost.toString(), "out"))
                .isEqualTo(new Run(1, "", "retort: " + lost + ": no such file or folder\n"));
        Path text = Files.writeString(folder.resolve("a.onnx"), "not a model");
        Run run = Run.of(
                "convert", text.toString(), "out", "--tokenizer", tokenizer(3).toString());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).startsWith("retort: a.onnx: ").hasLineCount(1);
    }
}
