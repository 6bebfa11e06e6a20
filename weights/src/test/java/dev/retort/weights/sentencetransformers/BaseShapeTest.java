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
import dev.retort.weights.LoadOptions;
import dev.retort.weights.RecordedTensors;
import dev.retort.weights.TensorSet;
import dev.retort.weights.huggingface.EncoderConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** DistilBERT at its published size, with weights computed from a hash, against PyTorch's results. */
class BaseShapeTest {

    private static final float TWO_POW_24 = 1 << 24;

    @Test
    void load_baseShape_givesTheRecordedVectors() throws IOException {
        JsonNode json = new ObjectMapper()
                .readTree(SharedFolder.require("fixtures/base-shape/base-shape.json")
                        .toFile());
        HashTensors tensors = new HashTensors(json);
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

    /** The weights of the fixtures' README: a hash of tensor number and element, here for the encoder's tensors. */
    private static final class HashTensors implements TensorSet {

        private record Formula(long number, double scale, double offset, long crc) {}

        private final Map<String, Formula> formulas = new LinkedHashMap<>();
        private final List<Tensor> tensors = new ArrayList<>();
        private final long seed;

        HashTensors(JsonNode json) {
            this.seed = json.path("hash_seed").longValue();
            for (JsonNode each : json.path("tensors")) {
                String name = each.path("name").textValue();
                if (name.startsWith("heads.")) {
                    continue;
                }
                List<Long> shape = new ArrayList<>();
                each.path("shape").forEach(extent -> shape.add(extent.longValue()));
                Tensor tensor = new Tensor(name, shape, "F32", true, 0);
                tensors.add(tensor);
                formulas.put(
                        name,
                        new Formula(
                                each.path("t").longValue(),
                                each.path("scale").doubleValue(),
                                each.path("offset").doubleValue(),
                                each.path("crc32").longValue()));
                assertThat(crc(tensor)).as(name).isEqualTo(formulas.get(name).crc());
            }
        }

        private long crc(Tensor tensor) {
            float[] chunk = new float[1 << 16];
            ByteBuffer bytes = ByteBuffer.allocate(4 * chunk.length).order(ByteOrder.LITTLE_ENDIAN);
            CRC32 crc = new CRC32();
            for (long first = 0; first < tensor.elementCount(); first += chunk.length) {
                int count = (int) Math.min(chunk.length, tensor.elementCount() - first);
                readFloats(tensor, first, chunk, 0, count);
                bytes.asFloatBuffer().put(chunk, 0, count);
                crc.update(bytes.array(), 0, 4 * count);
            }
            return crc.getValue();
        }

        @Override
        public String origin() {
            return "hash";
        }

        @Override
        public List<Tensor> tensors() {
            return tensors;
        }

        @Override
        public void readFloats(Tensor tensor, long firstElement, float[] target, int offset, int count) {
            Formula formula = formulas.get(tensor.name());
            for (int i = 0; i < count; i++) {
                long z = (formula.number() << 40 | (firstElement + i)) + (seed + 1) * 0x9E3779B97F4A7C15L;
                z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
                z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
                z = z ^ z >>> 31;
                float unit = (z >>> 40) / TWO_POW_24 - 0.5f;
                target[offset + i] = unit * (float) formula.scale() + (float) formula.offset();
            }
        }
    }
}
