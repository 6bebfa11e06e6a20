package dev.retort.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Targets;
import dev.retort.core.PackedTokens;
import dev.retort.core.SharedFolder;
import dev.retort.model.DistilBertConfig;
import dev.retort.model.Freezing;
import dev.retort.model.classification.ClassificationTask;
import dev.retort.model.classification.HeadShape;
import dev.retort.model.classification.MultiTaskModel;
import dev.retort.weights.huggingface.EncoderConfig;
import dev.retort.weights.huggingface.EncoderTensors;
import dev.retort.weights.sentencetransformers.ModuleSettings;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import dev.retort.weights.sentencetransformers.SentenceSettings;
import dev.retort.weights.sentencetransformers.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The two-task network at DistilBERT's published size, {@code fixtures/base-shape}: weights from a hash, a batch of two texts, and what
 * PyTorch made of them. Skips the test where the fixtures are absent.
 */
public final class BaseShapeFixture implements AutoCloseable {

    private static final int POSITIONS = 512;

    private final JsonNode json;
    private final RecordedTensors recorded;
    private final Map<String, String> parameters = new HashMap<>(); // of the encoder, by the fixture's name

    private BaseShapeFixture(Path folder) throws IOException {
        this.json =
                new ObjectMapper().readTree(folder.resolve("base-shape.json").toFile());
        this.recorded = new RecordedTensors(folder.resolve("base-shape.safetensors"));
    }

    /** Opens the fixture. */
    public static BaseShapeFixture open() throws IOException {
        return new BaseShapeFixture(SharedFolder.require("fixtures/base-shape"));
    }

    /** Topic and sentiment, dropout off. */
    public List<ClassificationTask> tasks() {
        List<ClassificationTask> tasks = new ArrayList<>();
        for (String name : List.of("topic", "sentiment")) {
            List<String> labels = new ArrayList<>();
            json.path("tasks").path(name).forEach(label -> labels.add(label.textValue()));
            tasks.add(new ClassificationTask(
                    name,
                    labels,
                    new HeadShape.FeedForward(json.path("head_hidden").intValue(), Activation.RELU, 0)));
        }
        return tasks;
    }

    /** The model, with tensors of its own: 66.8 million elements. */
    public MultiTaskModel model(DataType type, Freezing freezing) throws IOException {
        HashTensors encoder = HashTensors.encoder(json);
        EncoderConfig config = EncoderConfig.distilBert(DistilBertConfig.base());
        EncoderTensors.of(encoder, config)
                .parameters("encoder.")
                .forEach(parameter -> parameters.put(parameter.tensor(), parameter.parameter()));
        HashTensors heads = HashTensors.heads(json);
        List<ParameterTensor> ofHeads = heads.tensors().stream()
                .map(tensor -> new ParameterTensor(tensor.name(), tensor.name(), tensor.shape()))
                .toList();
        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.of(
                encoder,
                config,
                SentenceSettings.mean(POSITIONS).withModules(List.of(new ModuleSettings.OfNormalize())),
                new TokenizerFiles.InMemory("none", new byte[0]))) {
            return new MultiTaskModel(
                    checkpoint::build,
                    tasks(),
                    MultiTaskModel.joined(checkpoint.parameters(type), TensorParameters.of(heads, ofHeads, type)),
                    freezing);
        }
    }

    /** Two texts. */
    public PackedTokens tokens() {
        return PackedTokens.ofPadded(recorded.ids("batch.input_ids"), recorded.ids("batch.attention_mask"));
    }

    /** A task's labels. */
    public Targets targets(String task) {
        return Targets.of(Arrays.stream(recorded.longs("batch.labels." + task))
                .mapToInt(Math::toIntExact)
                .toArray());
    }

    /** What PyTorch computed: {@code f32.batch.logits.topic}. */
    public RecordedTensors recorded() {
        return recorded;
    }

    /** Of each parameter, the norm of its gradient and some elements. */
    public JsonNode gradients() {
        return json.path("gradients");
    }

    /** The model's name of a parameter of the fixture, once there is a model. */
    public String parameter(String recordedName) {
        return parameters.getOrDefault(recordedName, recordedName);
    }

    @Override
    public void close() {
        recorded.close();
    }
}
