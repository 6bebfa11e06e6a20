package dev.retort.weights.sentencetransformers;

import static dev.retort.weights.ParityTable.assertError;
import static dev.retort.weights.RecordedTensors.difference;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.retort.autograd.NoGradients;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.PackedTokens;
import dev.retort.core.Precision;
import dev.retort.core.SharedFolder;
import dev.retort.core.StepScope;
import dev.retort.core.Workspace;
import dev.retort.model.DistilBertConfig;
import dev.retort.model.Mode;
import dev.retort.weights.HashTensors;
import dev.retort.weights.LoadOptions;
import dev.retort.weights.RecordedTensors;
import dev.retort.weights.huggingface.EncoderConfig;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** DistilBERT at its published size, with weights computed from a hash, against PyTorch's results. */
class BaseShapeTest {

    @Test
    void load_baseShape_givesTheRecordedVectors() throws IOException {
        JsonNode json = new ObjectMapper()
                .readTree(SharedFolder.require("fixtures/base-shape/base-shape.json")
                        .toFile());
        HashTensors tensors = HashTensors.encoder(json);
        SentenceModel model;
        SentenceSettings settings = SentenceSettings.mean(512).withModules(List.of(new ModuleSettings.OfNormalize()));
        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.of(
                tensors,
                EncoderConfig.distilBert(DistilBertConfig.base()),
                settings,
                new TokenizerFiles.InMemory("none", new byte[0]))) {
            model = checkpoint.load(new LoadOptions(DataType.FLOAT, Backend.definitions(), Precision.F32));
        }
        assertThat(model.report().parameterCount()).isEqualTo(66_362_880);
        assertThat(model.report().pipeline())
                .isEqualTo("DistilBERT(6 layers, 768 wide, 12 heads, gelu) -> mean -> Normalize, at most 512 tokens");

        try (RecordedTensors expected =
                        new RecordedTensors(SharedFolder.require("fixtures/base-shape/base-shape.safetensors"));
                Workspace workspace = Workspace.open()) {
            double[] embeddings = expected.doubles("f32.embeddings"); // (8, 768)
            double[] slices = expected.doubles("f32.hidden_slices"); // (8, 7, 3, 16)
            for (int text = 0; text < json.path("texts").size(); text++) {
                PackedTokens tokens =
                        PackedTokens.of(List.of(ids(json.path("texts").get(text))));
                try (NoGradients off = NoGradients.open();
                        StepScope step = StepScope.open(workspace)) {
                    List<Variable> states =
                            model.encoder().encoder().hiddenStates(tokens, Fusions.definitions(), Mode.INFERENCE);
                    for (int state = 0; state < 7; state++) {
                        assertSlices(states.get(state).value(), slices, text, state);
                    }
                    INDArray embedding = model.encoder()
                            .pool(states.get(6), tokens.layout(), Fusions.definitions())
                            .value();
                    double[] row = Arrays.copyOfRange(embeddings, text * 768, (text + 1) * 768);
                    assertError(
                            "base shape, hashed weights", "unit vectors of 8 texts", difference(embedding, row), 1e-6);
                }
            }
        }
    }

    /** The first, second and last token; dimensions 0 to 7 and 760 to 767. */
    private static void assertSlices(INDArray hiddenStates, double[] slices, int text, int state) {
        long[] rows = {0, 1, hiddenStates.size(0) - 1};
        for (int token = 0; token < rows.length; token++) {
            for (int i = 0; i < 16; i++) {
                int dimension = i < 8 ? i : 752 + i;
                double recorded = slices[((text * 7 + state) * 3 + token) * 16 + i];
                assertError(
                        "base shape, hashed weights",
                        "hidden state " + state,
                        Math.abs(hiddenStates.getDouble(rows[token], dimension) - recorded),
                        2e-5);
            }
        }
    }

    private static int[] ids(JsonNode array) {
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = array.get(i).intValue();
        }
        return ids;
    }
}
