package dev.retort.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.retort.inference.Embedding;
import dev.retort.inference.EncodeOptions;
import dev.retort.inference.SentenceTransformer;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code retort similarity}: each text against each. */
@Command(
        name = "similarity",
        mixinStandardHelpOptions = true,
        versionProvider = Versions.class,
        description = "Prints how alike texts are, each against each; greater is more alike.",
        footer = {
            "",
            "Examples:",
            "  retort similarity \"A cat\" \"A kitten\" \"A truck\"",
            "  retort similarity --function euclidean --json \"A cat\" \"A kitten\""
        })
final class SimilarityCommand implements Callable<Integer> {

    private final Streams streams;

    @Parameters(
            paramLabel = "TEXT",
            arity = "2..*",
            description = "Two texts or more. Put -- before one that begins with a dash.")
    private List<String> texts = List.of();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Option(
            names = "--function",
            paramLabel = "NAME",
            description = "One of ${COMPLETION-CANDIDATES}; unless given, the one the model was trained for. Distances"
                    + " are negated.")
    private @Nullable SimilarityChoice function;

    @Option(
            names = "--prompt",
            paramLabel = "NAME",
            description = "Put the model's prompt of that name before each text.")
    private @Nullable String prompt;

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    SimilarityCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws Exception {
        EncodeOptions options = EncodeOptions.defaults();
        if (prompt != null) {
            options = options.withPromptName(prompt);
        }
        SimilarityChoice chosen;
        List<Embedding> embeddings;
        try (SentenceTransformer transformer = model.load()) {
            chosen = function == null ? SimilarityChoice.of(transformer.similarity()) : function;
            embeddings = transformer.encode(texts, options);
        }
        double[][] matrix = chosen.similarity().matrix(embeddings, embeddings);
        PrintStream out = streams.print();
        if (json) {
            out.println(json(chosen, matrix).toPrettyString());
        } else {
            boolean terminal = streams.terminals().out();
            MatrixTable.print(out, texts, matrix, terminal ? streams.terminals().width() : Integer.MAX_VALUE);
        }
        out.flush();
        return ExitCode.OK;
    }

    private ObjectNode json(SimilarityChoice chosen, double[][] matrix) {
        ObjectNode report = JsonNodeFactory.instance.objectNode();
        report.put("function", chosen.toString());
        ArrayNode named = report.putArray("texts");
        texts.forEach(named::add);
        ArrayNode rows = report.putArray("similarity");
        for (double[] row : matrix) {
            ArrayNode numbers = rows.addArray();
            for (double number : row) {
                numbers.add(number);
            }
        }
        return report;
    }
}
