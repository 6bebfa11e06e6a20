package dev.retort.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Targets;
import dev.retort.core.PackedTokens;
import dev.retort.core.ParameterSource;
import dev.retort.core.SharedFolder;
import dev.retort.model.Freezing;
import dev.retort.model.classification.ClassificationTask;
import dev.retort.model.classification.HeadShape;
import dev.retort.model.classification.MultiTaskModel;
import dev.retort.weights.huggingface.EncoderConfig;
import dev.retort.weights.huggingface.EncoderTensors;
import dev.retort.weights.huggingface.WeightFiles;
import dev.retort.weights.safetensors.Checkpoint;
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
import java.util.Locale;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The recorded two-task network, {@code fixtures/multitask}: its model, its batch, and what PyTorch made of them. Skips the test where the
 * fixtures are absent.
 */
public final class MultiTaskFixture implements AutoCloseable {

    /** The scenarios by the names in the fixture's files. */
    public static final Map<String, Freezing> SCENARIOS = Map.of(
            "full", Freezing.full(),
            "frozen-backbone", Freezing.frozenBackbone(),
            "frozen-sentiment-head", Freezing.frozenHead("sentiment"),
            "frozen-embeddings-and-layer-0", Freezing.lowerLayers(1));

    private static final double SMOOTHING = 0.1;
    private static final int POSITIONS = 40;

    private final Path folder;
    private final Kind kind;
    private final JsonNode json;
    private final Checkpoint backboneFile;
    private final SentenceCheckpoint backbone;
    private final RecordedTensors heads;
    private final RecordedTensors batch;
    private final Map<String, String> parameters = new HashMap<>(); // by the fixture's name

    /** The two kinds of heads. */
    public enum Kind {
        FFN,
        LINEAR;

        String fileName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private MultiTaskFixture(Path folder, Kind kind) throws IOException {
        this.folder = folder;
        this.kind = kind;
        this.json = new ObjectMapper().readTree(folder.resolve("multitask.json").toFile());
        Path tiny = folder.resolveSibling("tiny-distilbert");
        EncoderConfig config = EncoderConfig.read(tiny.resolve("config.json"));
        this.backboneFile = WeightFiles.open(tiny);
        TensorSet tensors = TensorSet.of(backboneFile);
        this.backbone = SentenceCheckpoint.of(
                tensors,
                config,
                SentenceSettings.mean(POSITIONS).withModules(List.of(new ModuleSettings.OfNormalize())),
                new TokenizerFiles.InFolder(tiny));
        this.heads = new RecordedTensors(folder.resolve("heads-" + kind.fileName() + ".safetensors"));
        this.batch = new RecordedTensors(folder.resolve("batch.safetensors"));
        EncoderTensors.of(tensors, config)
                .parameters("encoder.")
                .forEach(parameter -> parameters.put("backbone." + parameter.tensor(), parameter.parameter()));
        heads.names().forEach(name -> parameters.put(name, name));
    }

    /** Opens the fixture. */
    public static MultiTaskFixture open(Kind kind) throws IOException {
        return new MultiTaskFixture(SharedFolder.require("fixtures/multitask"), kind);
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
                    kind == Kind.LINEAR
                            ? new HeadShape.Linear(0)
                            : new HeadShape.FeedForward(
                                    json.path("tiny_shape").path("head_hidden").intValue(), Activation.RELU, 0)));
        }
        return tasks;
    }

    /** The model before any step, with tensors of its own. */
    public MultiTaskModel model(DataType type, Freezing freezing) throws IOException {
        ParameterSource ofHeads = (name, shape) ->
                Nd4j.createFromArray(heads.doubles(name)).reshape('c', shape).castTo(type);
        return new MultiTaskModel(
                backbone::build, tasks(), MultiTaskModel.joined(backbone.parameters(type), ofHeads), freezing);
    }

    /** Four texts. */
    public PackedTokens tokens() {
        return PackedTokens.ofPadded(batch.ids("input_ids"), batch.ids("attention_mask"));
    }

    /**
     * A task's labels.
     *
     * @param recordedCase plain, missing or weighted
     */
    public Targets targets(String recordedCase, String task) {
        int[] labels = Arrays.stream(batch.longs(recordedCase + ".labels." + task))
                .mapToInt(Math::toIntExact)
                .toArray();
        return recordedCase.equals("weighted")
                ? new Targets(labels, batch.doubles("weighted.class_weights." + task), SMOOTHING)
                : Targets.of(labels);
    }

    /** The loss of each task; their sum is the total. */
    public List<Variable> losses(List<Variable> logits, String recordedCase, Fusions fusions) {
        List<Variable> losses = new ArrayList<>();
        for (ClassificationTask task : tasks()) {
            losses.add(fusions.crossEntropy(logits.get(losses.size()), targets(recordedCase, task.name())));
        }
        return losses;
    }

    /** A file of this kind of heads: {@code forward}, {@code gradients-missing}, {@code full-adam-5}. To be closed. */
    public RecordedTensors recorded(String stage) throws IOException {
        return new RecordedTensors(folder.resolve(kind.fileName() + "-" + stage + ".safetensors"));
    }

    /** The model's name of a parameter of the fixture: {@code backbone.embeddings.word_embeddings.weight}. */
    public String parameter(String recordedName) {
        String name = parameters.get(recordedName);
        if (name == null) {
            throw new AssertionError("no parameter of the model is " + recordedName);
        }
        return name;
    }

    /** The figures of this kind of heads: losses, scenarios, gradient norms. */
    public JsonNode figures() {
        return json.path(kind.fileName());
    }

    @Override
    public void close() {
        backbone.close();
        backboneFile.close();
        heads.close();
        batch.close();
    }
}
