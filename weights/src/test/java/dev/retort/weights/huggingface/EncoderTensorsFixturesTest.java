package dev.retort.weights.huggingface;

import static dev.retort.weights.ParityTable.assertError;
import static dev.retort.weights.RecordedTensors.difference;
import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.PackedTokens;
import dev.retort.core.SequenceLayout;
import dev.retort.core.SharedFolder;
import dev.retort.model.Mode;
import dev.retort.model.encoder.DistilBertEncoder;
import dev.retort.model.encoder.SinusoidalPositions;
import dev.retort.model.sentence.Normalize;
import dev.retort.model.sentence.Pooling;
import dev.retort.weights.RecordedTensors;
import dev.retort.weights.TensorSet;
import dev.retort.weights.safetensors.Checkpoint;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a loaded encoder computes, against what transformers computed from the same files. */
class EncoderTensorsFixturesTest {

    private static final Fusions FUSIONS = Fusions.definitions();

    /** The tolerances of the fixtures' README, of float64 the issue's. */
    enum Width {
        FLOAT32(DataType.FLOAT, 1e-5, 1e-6, ""),
        FLOAT64(DataType.DOUBLE, 1e-10, 1e-12, "-f64");

        final DataType dataType;
        final double hidden;
        final double unit;
        final String suffix;

        Width(DataType dataType, double hidden, double unit, String suffix) {
            this.dataType = dataType;
            this.hidden = hidden;
            this.unit = unit;
            this.suffix = suffix;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @ParameterizedTest
    @EnumSource
    void forward_tinyDistilBert_agreesAtEveryStage(Width width) throws IOException {
        DistilBertEncoder encoder = TinyModels.load(SharedFolder.require("fixtures/tiny-distilbert"), width.dataType);
        try (RecordedTensors inputs = open("tiny-distilbert-expected.safetensors");
                RecordedTensors expected = open("tiny-distilbert-expected" + width.suffix + ".safetensors")) {
            PackedTokens tokens = PackedTokens.ofPadded(inputs.ids("input_ids"), inputs.ids("attention_mask"));
            RecordingFusions recording = new RecordingFusions();

            Variable last = encoder.forward(tokens, recording, Mode.INFERENCE);

            int compared = 0;
            for (String name : expected.names()) {
                INDArray actual = recording.recorded(name);
                if (actual != null) {
                    assertError(
                            "tiny-distilbert, " + width,
                            name.replaceFirst("layer\\.\\d", "layer"),
                            difference(actual, expected.keptRows(name, tokens.layout())),
                            width.hidden);
                    compared++;
                }
            }
            assertThat(compared).isEqualTo(3 + 2 * 5);
            for (int layer = 0; layer < 2; layer++) {
                compareAttention(
                        expected,
                        "layer." + layer + ".attention.probabilities",
                        recording.attentionWeights().get(layer),
                        width.unit);
            }
            Variable pooled = Pooling.mean().forward(last, tokens.layout(), FUSIONS);
            String model = "tiny-distilbert, " + width;
            assertError(model, "pooled", difference(pooled.value(), expected.doubles("pooled")), width.hidden);
            Variable unit = new Normalize().forward(pooled, FUSIONS);
            assertError(model, "unit vector", difference(unit.value(), expected.doubles("normalised")), width.unit);
        }
    }

    /** Expected: (B, A, T, T), of which the first L rows and columns are a text's. */
    private static void compareAttention(
            RecordedTensors expected, String name, Map<SequenceLayout.Run, INDArray> actual, double tolerance) {
        long[] shape = expected.shape(name);
        double[] all = expected.doubles(name);
        int heads = (int) shape[1];
        int longest = (int) shape[2];
        assertThat(actual.keySet().stream().mapToInt(SequenceLayout.Run::count).sum())
                .isEqualTo((int) shape[0]);
        actual.forEach((run, weights) -> {
            for (int text = 0; text < run.count(); text++) {
                for (int head = 0; head < heads; head++) {
                    for (int query = 0; query < run.length(); query++) {
                        for (int key = 0; key < run.length(); key++) {
                            int place =
                                    (((run.firstSequence() + text) * heads + head) * longest + query) * longest + key;
                            assertThat(Math.abs(weights.getDouble(text, head, query, key) - all[place]))
                                    .as("%s text %d head %d query %d key %d", name, text, head, query, key)
                                    .isLessThan(tolerance);
                        }
                    }
                }
            }
        });
    }

    @Test
    void forward_eachTextAlone_agrees() throws IOException {
        DistilBertEncoder encoder = TinyModels.load(SharedFolder.require("fixtures/tiny-distilbert"), DataType.FLOAT);
        try (RecordedTensors expected = open("tiny-distilbert-expected.safetensors")) {
            PackedTokens batch = PackedTokens.ofPadded(expected.ids("input_ids"), expected.ids("attention_mask"));
            for (int text = 0; text < batch.layout().batchSize(); text++) {
                int[] ids = Arrays.copyOfRange(
                        batch.tokenIds(),
                        batch.layout().offset(text),
                        batch.layout().offset(text + 1));
                PackedTokens alone = PackedTokens.of(List.of(ids));
                Variable last = encoder.forward(alone, FUSIONS, Mode.INFERENCE);
                Variable pooled = Pooling.mean().forward(last, alone.layout(), FUSIONS);
                String name = "alone." + text + ".";
                assertThat(difference(last.value(), expected.doubles(name + "last_hidden_state")))
                        .isLessThan(1e-5);
                assertThat(difference(pooled.value(), expected.doubles(name + "pooled")))
                        .isLessThan(1e-5);
                assertThat(difference(
                                new Normalize().forward(pooled, FUSIONS).value(),
                                expected.doubles(name + "normalised")))
                        .isLessThan(1e-6);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sinusoidal", "relu", "gelu-new", "f16", "bf16", "masked-lm", "gamma-beta", "sharded"})
    void forward_variant_agrees(String variant) throws IOException {
        DistilBertEncoder encoder =
                TinyModels.load(SharedFolder.require("fixtures/tiny-distilbert-variants/" + variant), DataType.FLOAT);
        try (RecordedTensors inputs = open("tiny-distilbert-expected.safetensors");
                RecordedTensors expected = open("tiny-distilbert-variants-expected.safetensors")) {
            PackedTokens tokens = PackedTokens.ofPadded(inputs.ids("input_ids"), inputs.ids("attention_mask"));
            Variable last = encoder.forward(tokens, FUSIONS, Mode.INFERENCE);
            assertError(
                    "variant " + variant,
                    "last hidden state",
                    difference(last.value(), expected.keptRows(variant + ".last_hidden_state", tokens.layout())),
                    1e-5);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"first-masked", "holes", "left-padding", "hole-and-right-padding", "one-kept", "none-masked"})
    void forward_mask_agrees(String mask) throws IOException {
        for (Width width : Width.values()) {
            DistilBertEncoder encoder =
                    TinyModels.load(SharedFolder.require("fixtures/tiny-distilbert"), width.dataType);
            try (RecordedTensors cases = open("attention-mask/cases.safetensors")) {
                PackedTokens tokens =
                        PackedTokens.ofPadded(cases.ids("input_ids"), cases.ids(mask + "/attention_mask"));
                String prefix = mask + (width == Width.FLOAT64 ? "/f64." : "/");
                Variable last = encoder.forward(tokens, FUSIONS, Mode.INFERENCE);
                assertError(
                        "six attention masks, " + width,
                        "last hidden state",
                        difference(last.value(), cases.keptRows(prefix + "last_hidden_state", tokens.layout())),
                        width.hidden);
                Variable pooled = Pooling.mean().forward(last, tokens.layout(), FUSIONS);
                assertThat(difference(
                                new Normalize().forward(pooled, FUSIONS).value(), cases.doubles(prefix + "normalised")))
                        .isLessThan(width.unit);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-bert", "tiny-bert-masked-lm"})
    void forward_foldedBert_agrees(String folder) throws IOException {
        for (Width width : Width.values()) {
            DistilBertEncoder encoder =
                    TinyModels.load(SharedFolder.require("fixtures/bert/" + folder), width.dataType);
            try (RecordedTensors expected = open("bert/expected.safetensors")) {
                PackedTokens tokens = PackedTokens.ofPadded(expected.ids("input_ids"), expected.ids("attention_mask"));
                String prefix = width == Width.FLOAT64 ? "f64." : "";
                List<Variable> states = encoder.hiddenStates(tokens, FUSIONS, Mode.INFERENCE);
                for (int i = 0; i < states.size(); i++) {
                    assertError(
                            "BERT, folded, " + width,
                            "hidden state " + i,
                            difference(
                                    states.get(i).value(),
                                    expected.keptRows(prefix + "hidden_states." + i, tokens.layout())),
                            width.hidden);
                }
                Variable pooled = Pooling.mean().forward(states.get(2), tokens.layout(), FUSIONS);
                assertThat(difference(
                                new Normalize().forward(pooled, FUSIONS).value(),
                                expected.doubles(prefix + "normalised")))
                        .isLessThan(width.unit);
            }
        }
    }

    @Test
    void readFloats_positionsOfFoldedBert_areTheRecordedOnesExactly() throws IOException {
        var folder = SharedFolder.require("fixtures/bert/tiny-bert");
        try (Checkpoint checkpoint = WeightFiles.open(folder);
                RecordedTensors expected = open("bert/expected.safetensors")) {
            EncoderTensors tensors =
                    EncoderTensors.of(TensorSet.of(checkpoint), EncoderConfig.read(folder.resolve("config.json")));
            double[] recorded = expected.doubles("folded.position_embeddings");
            float[] positions = new float[recorded.length];
            tensors.readFloats(tensors.tensor(TensorNames.POSITIONS).orElseThrow(), 0, positions, 0, positions.length);
            for (int i = 0; i < recorded.length; i++) {
                assertThat(positions[i]).isEqualTo((float) recorded[i]);
            }
        }
    }

    @Test
    void ignored_bertWithHeads_namesEveryTensorAndReason() throws IOException {
        var folder = SharedFolder.require("fixtures/bert/tiny-bert-masked-lm");
        try (Checkpoint checkpoint = WeightFiles.open(folder)) {
            EncoderTensors tensors =
                    EncoderTensors.of(TensorSet.of(checkpoint), EncoderConfig.read(folder.resolve("config.json")));
            assertThat(tensors.tensors()).hasSize(4 + 2 * 16);
            assertThat(tensors.ignored()).isNotEmpty().allSatisfy(ignored -> {
                assertThat(ignored.tensor()).startsWith("cls.");
                assertThat(ignored.reason()).isEqualTo("heads of BERT's pretraining");
            });
            assertThat(tensors.warnings()).isEmpty();
            assertThat(tensors.remarks())
                    .containsExactly("bert.embeddings.token_type_embeddings.weight: row 0 added to every"
                            + " position; a second segment is not supported");
        }
    }

    @Test
    void table_sinusoidal_isTheRecordedOne() throws IOException {
        try (RecordedTensors expected = open("tiny-distilbert-variants-expected.safetensors")) {
            double[] recorded = expected.doubles("sinusoidal.position_embeddings");
            double[][] table = SinusoidalPositions.table(40, 36);
            for (int i = 0; i < recorded.length; i++) {
                assertThat((float) table[i / 36][i % 36]).isEqualTo((float) recorded[i]);
            }
        }
    }

    private static RecordedTensors open(String file) throws IOException {
        return new RecordedTensors(SharedFolder.require("fixtures/" + file));
    }
}
