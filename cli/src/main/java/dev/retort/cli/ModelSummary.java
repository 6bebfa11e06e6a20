package dev.retort.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.retort.core.Precision;
import dev.retort.model.DistilBertConfig;
import dev.retort.text.Tokenizer;
import dev.retort.weights.LoadReport;
import dev.retort.weights.NarrowFormat;
import dev.retort.weights.TensorSet;
import dev.retort.weights.sentencetransformers.SentenceModel;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What {@code retort inspect} says of a model, for people and for programs. */
final class ModelSummary {

    private static final int LABEL_WIDTH = 18;
    private static final int CONFIGURATION_WIDTH = 25;
    private static final double BYTES_A_MEBIBYTE = 1 << 20;

    private final SentenceModel model;
    private final Tokenizer tokenizer;

    ModelSummary(SentenceModel model, Tokenizer tokenizer) {
        this.model = model;
        this.tokenizer = tokenizer;
    }

    private int dimensions() {
        int full = model.encoder().embeddingSize();
        Integer truncated = model.truncateDimension();
        return truncated == null ? full : Math.min(full, truncated);
    }

    /** The configuration, under the names that Hugging Face's config.json has for DistilBERT. */
    private Map<String, Object> configuration() {
        DistilBertConfig config = model.config();
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("vocab_size", config.vocabularySize());
        values.put("max_position_embeddings", config.positionCount());
        values.put("n_layers", config.layerCount());
        values.put("n_heads", config.headCount());
        values.put("dim", config.hiddenSize());
        values.put("hidden_dim", config.innerSize());
        values.put("activation", config.activation().name().toLowerCase(Locale.ROOT));
        values.put("sinusoidal_pos_embds", config.sinusoidalPositions());
        return values;
    }

    private String specialTokens() {
        return String.join(" ... ", tokenizer.tokens(tokenizer.clsId(), tokenizer.sepId()));
    }

    // ---- for people ----

    /** @param width columns of the terminal */
    void print(PrintStream out, int width) {
        LoadReport report = model.report();
        line(out, "model", report.origin());
        line(out, "pipeline", report.pipeline());
        line(
                out,
                "vectors",
                dimensions() + " dimensions, compared by "
                        + model.similarity().name().toLowerCase(Locale.ROOT));
        line(out, "longest text", model.maxSequenceLength() + " tokens, two special ones included");
        line(out, "prompts", model.prompts().isEmpty() ? "none" : "");
        model.prompts().forEach((name, prompt) -> line(out, "  " + name, '"' + prompt + '"' + isDefault(name)));
        line(out, "configuration", "");
        configuration().forEach((name, value) -> out.println("  " + padded(name, CONFIGURATION_WIDTH) + value));
        line(
                out,
                "tokenizer",
                String.format(
                        Locale.ROOT, "%,d tokens, %s around a text", tokenizer.vocabularySize(), specialTokens()));
        line(
                out,
                "weights",
                String.format(
                        Locale.ROOT,
                        "%,d parameters in %d tensors, %.1f MiB, %s",
                        report.parameterCount(),
                        report.used().size(),
                        report.byteCount() / BYTES_A_MEBIBYTE,
                        String.join(" and ", report.types().keySet())));
        line(out, "precision", precision());
        parameters(out, width);
        ignored().forEach((reason, tensors) -> {
            line(out, "ignored", reason);
            tensors.forEach(tensor -> out.println("  " + tensor));
        });
        report.remarks().forEach(remark -> line(out, "remark", remark));
        report.warnings().forEach(warning -> line(out, "warning", warning));
    }

    /** What the weights were written to be computed in. */
    private String precision() {
        NarrowFormat format = model.narrowFormat();
        return format == null
                ? Precision.F32.toString().toLowerCase(Locale.ROOT)
                : format.precision().toString().toLowerCase(Locale.ROOT) + ", stored as " + format.formatName();
    }

    private String isDefault(String prompt) {
        return prompt.equals(model.defaultPromptName()) ? " (default)" : "";
    }

    private static void line(PrintStream out, String label, String value) {
        out.println((padded(label, LABEL_WIDTH) + value).stripTrailing());
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(Math.max(1, width - text.length()));
    }

    /** A row a parameter: name, shape, type, and the tensor of the file where the terminal has room for it. */
    private void parameters(PrintStream out, int width) {
        List<LoadReport.Used> used = model.report().used();
        int name = longest(used.stream().map(LoadReport.Used::parameter).toList()) + 2;
        int shape = longest(used.stream().map(use -> shape(use.tensor())).toList()) + 2;
        int type = longest(used.stream().map(use -> use.tensor().type()).toList()) + 2;
        int tensor = longest(used.stream().map(use -> use.tensor().name()).toList());
        boolean withTensor = 2 + name + shape + type + tensor <= width;
        for (LoadReport.Used use : used) {
            out.println(("  " + padded(use.parameter(), name) + padded(shape(use.tensor()), shape)
                            + padded(use.tensor().type(), type)
                            + (withTensor ? use.tensor().name() : ""))
                    .stripTrailing());
        }
    }

    private static int longest(List<String> texts) {
        return texts.stream().mapToInt(String::length).max().orElse(0);
    }

    private static String shape(TensorSet.Tensor tensor) {
        return tensor.shape().stream().map(String::valueOf).collect(Collectors.joining(" x "));
    }

    private Map<String, List<String>> ignored() {
        return model.report().ignored().stream()
                .collect(Collectors.groupingBy(
                        LoadReport.Ignored::reason,
                        TreeMap::new,
                        Collectors.mapping(LoadReport.Ignored::tensor, Collectors.toList())));
    }

    // ---- for programs ----

    ObjectNode toJson() {
        LoadReport report = model.report();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("model", report.origin());
        json.put("pipeline", report.pipeline());
        json.put("dimensions", dimensions());
        json.put("similarity", model.similarity().name().toLowerCase(Locale.ROOT));
        json.put("maxSequenceLength", model.maxSequenceLength());
        ObjectNode prompts = json.putObject("prompts");
        model.prompts().forEach(prompts::put);
        @Nullable String defaultPrompt = model.defaultPromptName();
        json.put("defaultPrompt", defaultPrompt);
        ObjectNode configuration = json.putObject("configuration");
        configuration().forEach(configuration::putPOJO);
        ObjectNode ids = json.putObject("tokenizer");
        ids.put("vocabularySize", tokenizer.vocabularySize());
        ids.put("clsId", tokenizer.clsId());
        ids.put("sepId", tokenizer.sepId());
        json.put("parameterCount", report.parameterCount());
        json.put("byteCount", report.byteCount());
        NarrowFormat format = model.narrowFormat();
        Precision precision = format == null ? Precision.F32 : format.precision();
        json.put("precision", precision.toString().toLowerCase(Locale.ROOT));
        json.put("quantization", format == null ? null : format.formatName());
        ArrayNode parameters = json.putArray("parameters");
        for (LoadReport.Used use : report.used()) {
            ObjectNode parameter = parameters.addObject();
            parameter.put("name", use.parameter());
            ArrayNode shape = parameter.putArray("shape");
            use.tensor().shape().forEach(shape::add);
            parameter.put("type", use.tensor().type());
            parameter.put("tensor", use.tensor().name());
        }
        ArrayNode ignored = json.putArray("ignored");
        for (LoadReport.Ignored each : report.ignored()) {
            ignored.addObject().put("tensor", each.tensor()).put("reason", each.reason());
        }
        report.remarks().forEach(json.putArray("remarks")::add);
        report.warnings().forEach(json.putArray("warnings")::add);
        return json;
    }
}
