package dev.retort.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.retort.train.checkpoint.CheckpointFolder;
import dev.retort.weights.safetensors.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a run leaves: {@code run.json} (its options, and whether it is finished), {@code model}, {@code metrics.jsonl}, {@code checkpoints}
 * and {@code report.html}.
 *
 * @param path the folder
 */
record RunFolder(Path path) {

    /** The folder of a run that names none. */
    static final Path DEFAULT = Path.of("runs", "default");

    private static final int FORMAT = 1;
    private static final String UNFINISHED_MODEL = ".model.tmp-"; // as the library calls it that writes one
    private static final String MODEL_ASIDE =
            ".model.old-"; // the model of the run before, for the moment of being replaced

    Path model() {
        return path.resolve("model");
    }

    Path metrics() {
        return path.resolve("metrics.jsonl");
    }

    Path checkpoints() {
        return path.resolve("checkpoints");
    }

    Path report() {
        return path.resolve("report.html");
    }

    private Path description() {
        return path.resolve("run.json");
    }

    /**
     * Refuses a folder that a new run would take something from: one of something else, or of a run that can go on.
     *
     * @throws CommandFailedException with what to do
     */
    void requireFree() throws IOException, CommandFailedException {
        if (!Files.exists(path)) {
            return;
        }
        if (!Files.isDirectory(path)) {
            throw new CommandFailedException(path + ": is not a folder: give another --out");
        }
        if (Files.isRegularFile(description())) {
            if (!read().path("finished").asBoolean() && hasCheckpoint()) {
                throw new CommandFailedException(path + ": holds a run that is not finished: go on with --resume "
                        + path + ", or give another --out, or remove it");
            }
            return;
        }
        try (Stream<Path> children = Files.list(path)) {
            if (children.anyMatch(child -> !isLeftover(child))) {
                throw new CommandFailedException(
                        path + ": is not empty and no run's folder: no run.json in it: give another --out");
            }
        }
    }

    /** Whether it is what a process leaves that is ended while it writes. */
    private boolean isLeftover(Path child) {
        String name = String.valueOf(child.getFileName());
        return name.equals(RunLock.FILE)
                || name.startsWith(UNFINISHED_MODEL)
                || (name.startsWith(".retort-") && name.endsWith(".tmp"));
    }

    /** Whether there is something to go on from. */
    boolean hasCheckpoint() throws IOException {
        return Files.isDirectory(checkpoints())
                && !new CheckpointFolder(checkpoints(), 1).newestFirst().isEmpty();
    }

    /** Makes it the folder of a run that begins. The model of the run before stays until there is another. */
    void begin(Map<String, List<String>> options) throws IOException {
        if (Files.isDirectory(checkpoints())) {
            for (Path checkpoint : new CheckpointFolder(checkpoints(), 1).newestFirst()) {
                Files.delete(checkpoint);
            }
        }
        Files.deleteIfExists(report());
        write(options, false);
    }

    /**
     * Removes what a process has left that was ended while it wrote. A model that was moved aside, and whose successor did not come, is moved
     * back.
     */
    void tidy() throws IOException {
        List<Path> children;
        try (Stream<Path> all = Files.list(path)) {
            children = all.toList();
        }
        for (Path child : children) {
            boolean aside = String.valueOf(child.getFileName()).startsWith(MODEL_ASIDE);
            if (aside && !Files.exists(model())) {
                Files.move(child, model(), StandardCopyOption.ATOMIC_MOVE);
            } else if (aside || (isLeftover(child) && !child.endsWith(RunLock.FILE))) {
                UnfinishedFolder.delete(child);
            }
        }
    }

    /** Notes that the run is over. */
    void finish(Map<String, List<String>> options) throws IOException {
        write(options, true);
    }

    private void write(Map<String, List<String>> options, boolean finished) throws IOException {
        ObjectNode run = JsonNodeFactory.instance.objectNode();
        run.put("format", FORMAT);
        run.put("finished", finished);
        ObjectNode values = run.putObject("options");
        options.forEach((name, all) -> {
            ArrayNode array = values.putArray(name);
            all.forEach(array::add);
        });
        AtomicFile.writeText(description(), run.toPrettyString() + "\n");
    }

    /**
     * The options of a run that can go on.
     *
     * @throws CommandFailedException if there is none
     */
    Map<String, List<String>> unfinishedOptions() throws IOException, CommandFailedException {
        if (!Files.isRegularFile(description())) {
            throw new CommandFailedException(path + ": no run to go on with: "
                    + (Files.isDirectory(path)
                            ? "no run.json in it"
                            : Files.exists(path) ? "not a folder" : "no such folder"));
        }
        JsonNode run = read();
        if (run.path("finished").asBoolean()) {
            throw new CommandFailedException(path + ": the run is finished: its model is " + model());
        }
        Map<String, List<String>> options = new LinkedHashMap<>();
        run.path("options").fields().forEachRemaining(option -> {
            List<String> values = new ArrayList<>();
            option.getValue().forEach(value -> values.add(value.asText()));
            options.put(option.getKey(), values);
        });
        return options;
    }

    private JsonNode read() throws IOException, CommandFailedException {
        try {
            JsonNode run = new JsonMapper().readTree(Files.readString(description()));
            if (run.path("format").asInt() != FORMAT || !run.path("options").isObject()) {
                throw new CommandFailedException(description() + ": not the description of a run: expected format "
                        + FORMAT + " and options, got " + run.path("format"));
            }
            return run;
        } catch (JsonProcessingException e) {
            throw new CommandFailedException(description() + ": no JSON: " + e.getOriginalMessage(), e);
        }
    }
}
