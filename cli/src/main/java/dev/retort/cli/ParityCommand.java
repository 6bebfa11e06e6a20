package dev.retort.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.retort.cli.input.InputFile;
import dev.retort.inference.Embedding;
import dev.retort.inference.SentenceTransformer;
import dev.retort.weights.safetensors.Checkpoint;
import dev.retort.weights.safetensors.SafetensorsFile;
import dev.retort.weights.safetensors.TensorEntry;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code retort parity}: a model's vectors against recorded ones. */
@Command(
        name = "parity",
        mixinStandardHelpOptions = true,
        versionProvider = Versions.class,
        description = {
            "Compares a model's vectors with those that another program computed.",
            "",
            "Exit code 1 if any number differs by more than the tolerance."
        },
        footer = {
            "",
            "Examples:",
            "  retort parity --texts expected.json --expected expected.safetensors",
            "  retort parity --model ./my-model --texts texts.json --expected vectors.safetensors --tolerance 1e-5"
        })
final class ParityCommand implements Callable<Integer> {

    private static final int TEXT_COLUMNS = 60;

    private final Streams streams;

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Option(
            names = "--texts",
            required = true,
            paramLabel = "FILE.json",
            description = "A JSON list of texts, or an object with such a list named texts.")
    @SuppressWarnings("NullAway.Init") // required
    private Path texts;

    @Option(
            names = "--expected",
            required = true,
            paramLabel = "FILE.safetensors",
            description = "The vectors, a row for each text.")
    @SuppressWarnings("NullAway.Init") // required
    private Path expected;

    @Option(
            names = "--tensor",
            paramLabel = "NAME",
            description = "The tensor of that file that holds them; 'embeddings' unless given.")
    private String tensor = "embeddings";

    @Option(
            names = "--tolerance",
            paramLabel = "X",
            description = "The greatest difference that passes; 2e-6 unless given.")
    private double tolerance = 2e-6;

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    ParityCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws Exception {
        List<String> read = readTexts();
        float[][] vectors = readVectors(read.size());
        float[][] actual;
        try (SentenceTransformer transformer = model.load()) {
            if (vectors[0].length != transformer.dimensions()) {
                throw new CommandFailedException(expected + ": tensor " + tensor + ": " + vectors[0].length
                        + " columns, the model has " + transformer.dimensions() + " dimensions: give its own vectors");
            }
            actual = transformer.encode(read).stream().map(Embedding::vector).toArray(float[][]::new);
        }
        VectorErrors errors = VectorErrors.of(actual, vectors);
        print(errors, read);
        return errors.within(tolerance) ? ExitCode.OK : ExitCode.SOFTWARE;
    }

    private List<String> readTexts() throws IOException, CommandFailedException {
        JsonNode root;
        try {
            root = JsonMapper.builder().build().readTree(InputFile.read(texts));
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            throw new CommandFailedException(texts + ":" + line + ": not JSON: " + e.getOriginalMessage(), e);
        }
        JsonNode list = root.isObject() ? root.path("texts") : root;
        if (!list.isArray() || list.isEmpty()) {
            throw new CommandFailedException(
                    texts + ": no texts: expected a JSON list of strings, or an object with such a list named texts");
        }
        List<String> found = new ArrayList<>();
        for (JsonNode text : list) {
            if (!text.isTextual()) {
                throw new CommandFailedException(texts + ": text " + found.size() + ": expected a string, got " + text);
            }
            found.add(text.textValue());
        }
        return found;
    }

    private float[][] readVectors(int rows) throws IOException, CommandFailedException {
        try (Checkpoint file = SafetensorsFile.open(expected)) {
            TensorEntry entry = file.tensor(tensor).orElse(null);
            if (entry == null) {
                throw new CommandFailedException(expected + ": no tensor " + tensor + ": it has "
                        + file.tensors().stream().map(TensorEntry::name).toList() + ": choose one with --tensor");
            }
            long[] shape = entry.shape();
            if (shape.length != 2 || shape[0] != rows || shape[1] < 1 || shape[1] > Integer.MAX_VALUE) {
                throw new CommandFailedException(expected + ": tensor " + tensor + ": expected shape [" + rows
                        + ", dimensions], a row for each text, got " + Arrays.toString(shape));
            }
            float[][] vectors = new float[rows][(int) shape[1]];
            for (int i = 0; i < rows; i++) {
                file.readFloats(entry, i * shape[1], vectors[i], 0, vectors[i].length);
            }
            return vectors;
        }
    }

    private void print(VectorErrors errors, List<String> read) {
        boolean passes = errors.within(tolerance);
        PrintStream out = streams.print();
        if (json) {
            ObjectNode report = JsonNodeFactory.instance.objectNode();
            report.put("texts", read.size());
            report.put("tolerance", tolerance);
            report.put("passes", passes);
            put(report, "maximumError", errors.maximum());
            put(report, "meanError", errors.mean());
            put(report, "minimumCosine", errors.minimumCosine());
            report.put("worstText", errors.worst());
            out.println(report.toPrettyString());
        } else {
            out.printf(Locale.ROOT, "texts           %,d%n", read.size());
            out.printf(
                    Locale.ROOT,
                    "maximum error   %.2e  %s the tolerance of %s%n",
                    errors.maximum(),
                    passes ? "within" : "beyond",
                    Double.toString(tolerance).toLowerCase(Locale.ROOT));
            out.printf(Locale.ROOT, "mean error      %.2e%n", errors.mean());
            out.printf(Locale.ROOT, "minimum cosine  %.9f%n", errors.minimumCosine());
            out.printf(
                    Locale.ROOT,
                    "worst text      %d: \"%s\"%n",
                    errors.worst(),
                    OneLine.of(read.get(errors.worst()), TEXT_COLUMNS));
        }
        out.flush();
    }

    private static void put(ObjectNode report, String name, double value) {
        if (Double.isFinite(value)) {
            report.put(name, value);
        } else {
            report.putNull(name); // JSON has no NaN
        }
    }
}
