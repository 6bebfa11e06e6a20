package dev.retort.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A report as JSON, there and back. */
final class ReportJson {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ReportJson() {}

    static String write(Report report) throws IOException {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("command", report.command());
        report.machine().forEach(root.putObject("machine")::put);
        report.engines().forEach(root.putObject("engines")::put);
        ArrayNode all = root.putArray("findings");
        for (Finding finding : report.findings()) {
            Claim claim = finding.claim();
            ObjectNode node = all.addObject();
            node.put("row", claim.row());
            node.put("subject", claim.subject());
            put(node, claim.target());
            node.put("met", finding.met().isEmpty() ? null : finding.met().equals("yes"));
            node.put("unit", claim.unit());
            put(node, "value", finding.value());
            put(node, "busy", finding.busy());
            put(node, "ours", finding.ours());
            put(node, "theirs", finding.theirs());
            node.put("sideUnit", finding.sideUnit());
            node.put("note", finding.note());
        }
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    }

    private static void put(ObjectNode node, @Nullable Target target) {
        if (target != null) {
            ObjectNode own = node.putObject("target");
            if (Double.isFinite(target.least())) {
                own.put("least", target.least());
            }
            if (Double.isFinite(target.greatest())) {
                own.put("greatest", target.greatest());
            }
        }
    }

    private static void put(ObjectNode node, String name, Finding.@Nullable Side side) {
        if (side != null) {
            ObjectNode own = node.putObject(name);
            put(own, "idle", side.idle());
            put(own, "busy", side.busy());
            put(own, "kept", side.kept());
        }
    }

    private static void put(ObjectNode node, String name, @Nullable Spread spread) {
        if (spread != null) {
            ObjectNode own = node.putObject(name);
            own.put("median", spread.median());
            own.put("least", spread.least());
            own.put("greatest", spread.greatest());
        }
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IOException if the file cannot be read or is another thing
     */
    static Report read(Path file) throws IOException {
        JsonNode root = MAPPER.readTree(Files.readString(file));
        if (!root.path("findings").isArray()) {
            throw new IOException(file + ": not a report: it has no findings");
        }
        List<Finding> findings = new ArrayList<>();
        for (JsonNode node : root.get("findings")) {
            Claim claim = new Claim(
                    node.path("row").asText(),
                    node.path("subject").asText(),
                    target(node.path("target")),
                    node.path("unit").asText());
            findings.add(new Finding(
                    claim,
                    spread(node.path("value")),
                    spread(node.path("busy")),
                    side(node.path("ours")),
                    side(node.path("theirs")),
                    node.path("sideUnit").asText(),
                    node.path("note").asText()));
        }
        return new Report(
                root.path("command").asText(), texts(root.path("machine")), texts(root.path("engines")), findings);
    }

    private static Map<String, String> texts(JsonNode node) {
        Map<String, String> texts = new LinkedHashMap<>();
        node.properties()
                .forEach(field -> texts.put(field.getKey(), field.getValue().asText()));
        return texts;
    }

    private static @Nullable Target target(JsonNode node) {
        return node.isObject()
                ? new Target(
                        node.path("least").asDouble(Double.NEGATIVE_INFINITY),
                        node.path("greatest").asDouble(Double.POSITIVE_INFINITY))
                : null;
    }

    private static Finding.@Nullable Side side(JsonNode node) {
        Spread idle = spread(node.path("idle"));
        return idle == null ? null : new Finding.Side(idle, spread(node.path("busy")), spread(node.path("kept")));
    }

    private static @Nullable Spread spread(JsonNode node) {
        return node.isObject()
                ? new Spread(
                        node.path("median").asDouble(),
                        node.path("least").asDouble(),
                        node.path("greatest").asDouble())
                : null;
    }
}
