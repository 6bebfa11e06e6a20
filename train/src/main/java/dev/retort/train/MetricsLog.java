package dev.retort.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.retort.model.classification.ParameterTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A run as lines of JSON, an object an event: {@code start}, {@code step}, {@code unfrozen}, {@code epoch}, {@code end}. Epochs count from 1.
 * A run that goes on from a checkpoint first cuts off what was done after it, so that each step stands there once. A line is in the file
 * when the event is over. {@link RunHistory} reads them.
 */
public final class MetricsLog implements TrainingListener, AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String STEP = "step";
    private static final String END = "end";

    private final Path file;
    private @Nullable FileChannel channel; // from the run's start on
    private long step;

    private MetricsLog(Path file) {
        this.file = file;
    }

    /** A log in a file, which is touched when the run starts: made if there is none, and cut back to the step that the run begins after. */
    public static MetricsLog open(Path file) {
        return new MetricsLog(file);
    }

    @Override
    public void started(Start start) {
        step = start.firstStep();
        try {
            FileChannel opened = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel = opened;
            opened.truncate(lengthUpTo(step)).position(opened.size());
        } catch (IOException e) {
            throw cannotBeWritten(e);
        }
        ObjectNode event = event("start", start.firstEpoch());
        event.put("totalSteps", start.totalSteps());
        event.put("epochs", start.settings().epochs());
        event.put("rows", start.rows());
        event.put("devRows", start.devRows());
        event.put("scenario", start.settings().scenario().toString());
        event.put("batchSize", start.settings().batchSize());
        event.put("seed", start.settings().seed());
        event.put("threads", start.settings().threads());
        event.put("optimization", start.settings().optimization().toString());
        event.set("parameters", parameters(start.parameters()));
        write(event);
    }

    /** How many bytes the lines take that are of this step or before. */
    private long lengthUpTo(long last) throws IOException {
        if (last == 0) {
            return 0;
        }
        byte[] bytes = Files.readAllBytes(file);
        int end = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                if (!isUpTo(last, new String(bytes, end, i - end, StandardCharsets.UTF_8))) {
                    return end;
                }
                end = i + 1;
            }
        }
        return end; // what follows the last line end was cut off by the process's end
    }

    private static boolean isUpTo(long last, String line) {
        try {
            JsonNode event = JSON.readTree(line);
            return !event.path("event").asText().equals(END) && event.path(STEP).asLong(Long.MAX_VALUE) <= last;
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    @Override
    public void stepDone(Step done) {
        step = done.step();
        ObjectNode event = event(STEP, done.epoch());
        put(event, "loss", done.total());
        event.set("losses", numbers(done.losses()));
        event.set("rates", numbers(done.rates()));
        put(event, "gradientNorm", done.gradientNorm());
        event.put("rows", done.rows());
        write(event);
    }

    @Override
    public void unfrozen(int epoch, ParameterTable parameters) {
        ObjectNode event = event("unfrozen", epoch);
        event.set("parameters", parameters(parameters));
        write(event);
    }

    @Override
    public void epochDone(EpochReport report) {
        ObjectNode event = event("epoch", report.epoch());
        put(event, "loss", report.total());
        event.set("losses", numbers(report.losses()));
        event.set("dev", evaluation(report.dev()));
        event.put("best", report.improved());
        event.put("seconds", report.seconds());
        event.put("evaluationSeconds", report.evaluationSeconds());
        write(event);
    }

    /**
     * The run is over.
     *
     * @param bestEpoch from 0, -1 without a dev set
     * @param seconds that it took since it was begun or resumed
     * @param peakBytes the most memory that the process has held, or -1 where nothing tells
     */
    public void ended(int bestEpoch, double seconds, long peakBytes) {
        ObjectNode event = JsonNodeFactory.instance.objectNode();
        event.put("event", END);
        event.put(STEP, step);
        event.put("bestEpoch", bestEpoch < 0 ? null : bestEpoch + 1);
        event.put("seconds", seconds);
        event.put("peakBytes", peakBytes < 0 ? null : peakBytes);
        write(event);
    }

    private ObjectNode event(String name, int epoch) {
        ObjectNode event = JsonNodeFactory.instance.objectNode();
        event.put("event", name);
        event.put(STEP, step);
        event.put("epoch", epoch + 1);
        return event;
    }

    private static ObjectNode parameters(ParameterTable table) {
        ObjectNode parameters = JsonNodeFactory.instance.objectNode();
        parameters.put("all", table.elementCount());
        parameters.put("trained", table.trainedCount());
        parameters.put("optimizerBytes", table.stateBytes());
        return parameters;
    }

    private static ObjectNode evaluation(Evaluation evaluation) {
        ObjectNode tasks = JsonNodeFactory.instance.objectNode();
        for (Evaluation.TaskEvaluation task : evaluation.tasks()) {
            ObjectNode figures = tasks.putObject(task.task());
            put(figures, "accuracy", task.accuracy());
            put(figures, "macroF1", task.macroF1());
            put(figures, "loss", task.loss());
            figures.set("confusion", JSON.valueToTree(task.confusion()));
            figures.set("labels", JSON.valueToTree(task.labels()));
        }
        ObjectNode dev = JsonNodeFactory.instance.objectNode();
        dev.set("tasks", tasks);
        put(dev, "jointAccuracy", evaluation.jointAccuracy());
        dev.put("jointRows", evaluation.jointRows());
        dev.put("rows", evaluation.rows());
        return dev;
    }

    private static ObjectNode numbers(Map<String, Double> named) {
        ObjectNode numbers = JsonNodeFactory.instance.objectNode();
        named.forEach((name, number) -> put(numbers, name, number));
        return numbers;
    }

    private static void put(ObjectNode object, String name, double number) {
        if (Double.isFinite(number)) {
            object.put(name, number);
        } else {
            object.putNull(name); // JSON has no NaN
        }
    }

    private void write(ObjectNode event) {
        FileChannel opened = channel;
        if (opened == null) {
            throw new IllegalStateException("metrics: the run has not started: " + file);
        }
        ByteBuffer line = StandardCharsets.UTF_8.encode(event + "\n");
        try {
            while (line.hasRemaining()) {
                opened.write(line);
            }
        } catch (IOException e) {
            throw cannotBeWritten(e);
        }
    }

    private UncheckedIOException cannotBeWritten(IOException e) {
        return new UncheckedIOException(file + ": cannot be written: " + e.getMessage(), e);
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
