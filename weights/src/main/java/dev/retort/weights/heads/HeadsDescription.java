package dev.retort.weights.heads;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.retort.autograd.fusion.Activation;
import dev.retort.model.classification.ClassificationTask;
import dev.retort.model.classification.HeadShape;
import dev.retort.weights.JsonFile;
import dev.retort.weights.ParameterTensor;
import dev.retort.weights.safetensors.AtomicFile;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What {@code heads.json} says.
 *
 * @param tasks in order
 * @param embeddingSize E
 * @param sha256 of the file of tensors, in hexadecimal
 * @param training free
 */
record HeadsDescription(
        List<ClassificationTask> tasks, int embeddingSize, String sha256, Map<String, String> training) {

    private static final String FORMAT = "retort-classification-heads";
    private static final int VERSION = 1;
    private static final Set<String> KEYS =
            Set.of("format", "version", "weights", "sha256", "embedding_size", "tasks", "training");
    private static final Set<String> TASK_KEYS = Set.of("name", "labels", "hidden_size", "activation", "dropout");
    private static final Map<String, Activation> ACTIVATIONS =
            Map.of("relu", Activation.RELU, "gelu", Activation.GELU, "tanh", Activation.TANH);
    private static final JsonMapper MAPPER = new JsonMapper();

    HeadsDescription {
        tasks = List.copyOf(tasks);
        training = Collections.unmodifiableMap(new LinkedHashMap<>(training));
    }

    /** The parameters of heads, which have the same names in the file. */
    static List<ParameterTensor> parameters(List<ClassificationTask> tasks, int embeddingSize) {
        List<ParameterTensor> parameters = new ArrayList<>();
        for (ClassificationTask task : tasks) {
            String prefix = "heads." + task.name() + ".";
            int outputInput = embeddingSize;
            if (task.head() instanceof HeadShape.FeedForward feedForward) {
                addLinear(parameters, prefix + "hidden.", feedForward.hiddenSize(), embeddingSize);
                outputInput = feedForward.hiddenSize();
            }
            addLinear(parameters, prefix + "output.", task.classCount(), outputInput);
        }
        return parameters;
    }

    private static void addLinear(List<ParameterTensor> parameters, String layer, int out, int in) {
        parameters.add(ParameterTensor.of(layer + "weight", layer + "weight", out, in));
        parameters.add(ParameterTensor.of(layer + "bias", layer + "bias", out));
    }

    // ---- reading ----

    static HeadsDescription read(Path path, String name) throws IOException {
        JsonFile file = JsonFile.read(path, name);
        String format = file.requireText("format");
        if (!format.equals(FORMAT)) {
            throw new MalformedCheckpointException(name, "format: expected " + FORMAT + ", got " + format);
        }
        int version = file.requireInt("version");
        if (version != VERSION) {
            throw new MalformedCheckpointException(
                    name, "version: expected " + VERSION + ", got " + version + "; it needs a newer Retort");
        }
        file.requireNoOthers(KEYS);
        List<ClassificationTask> tasks = new ArrayList<>();
        for (JsonFile task : file.requireObjects("tasks")) {
            ClassificationTask read = task(task);
            if (tasks.stream().anyMatch(other -> other.name().equals(read.name()))) {
                throw new MalformedCheckpointException(name, "tasks: two are named " + read.name());
            }
            tasks.add(read);
        }
        if (tasks.isEmpty()) {
            throw new MalformedCheckpointException(name, "tasks: expected at least one, got []");
        }
        return new HeadsDescription(
                tasks, file.requireSize("embedding_size"), file.requireText("sha256"), file.findTextMap("training"));
    }

    private static ClassificationTask task(JsonFile json) throws MalformedCheckpointException {
        json.requireNoOthers(TASK_KEYS);
        List<String> labels = json.findTexts("labels");
        try {
            return new ClassificationTask(json.requireText("name"), labels == null ? List.of() : labels, shape(json));
        } catch (IllegalArgumentException e) {
            throw new MalformedCheckpointException(json.name(), String.valueOf(e.getMessage()));
        }
    }

    private static HeadShape shape(JsonFile json) throws MalformedCheckpointException {
        double dropout = json.findDouble(0, "dropout");
        if (!json.has("hidden_size")) {
            return new HeadShape.Linear(dropout);
        }
        String activation = json.requireText("activation");
        Activation known = ACTIVATIONS.get(activation);
        if (known == null) {
            throw new MalformedCheckpointException(
                    json.name(), "activation: expected one of [gelu, relu, tanh], got " + activation);
        }
        return new HeadShape.FeedForward(json.requireSize("hidden_size"), known, dropout);
    }

    /** @throws MalformedCheckpointException if the file of tensors is not the one that was written with this */
    void requireWeights(Path weights, String name) throws IOException {
        String actual = sha256(weights);
        if (!actual.equals(sha256)) {
            throw new MalformedCheckpointException(
                    name,
                    "is not the file that " + SavedHeads.DESCRIPTION + " describes: sha256 is " + actual
                            + ", described is " + sha256 + "; save the heads again");
        }
    }

    // ---- writing ----

    static void write(
            Path path,
            List<ClassificationTask> tasks,
            int embeddingSize,
            Path weights,
            String weightsName,
            Map<String, String> training)
            throws IOException {
        ObjectNode json = MAPPER.createObjectNode();
        json.put("format", FORMAT);
        json.put("version", VERSION);
        json.put("weights", weightsName);
        json.put("sha256", sha256(weights));
        json.put("embedding_size", embeddingSize);
        for (ClassificationTask task : tasks) {
            ObjectNode entry = json.withArray("tasks").addObject();
            entry.put("name", task.name());
            task.labels().forEach(entry.putArray("labels")::add);
            if (task.head() instanceof HeadShape.FeedForward feedForward) {
                entry.put("hidden_size", feedForward.hiddenSize());
                entry.put("activation", feedForward.activation().name().toLowerCase(Locale.ROOT));
            }
            entry.put("dropout", task.head().dropout());
        }
        ObjectNode provenance = json.putObject("training");
        training.forEach(provenance::put);
        try {
            AtomicFile.writeText(path, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(path + ": cannot be expressed as JSON: " + json, e);
        }
    }

    private static String sha256(Path file) throws IOException {
        try (InputStream bytes = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] chunk = new byte[1 << 16];
            for (int count = bytes.read(chunk); count >= 0; count = bytes.read(chunk)) {
                digest.update(chunk, 0, count);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("sha256: every Java has it", e);
        }
    }
}
