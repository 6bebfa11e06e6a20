package dev.retort.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a run has to say.
 *
 * @param command that made it
 * @param machine where
 * @param engines what each calls itself, by its name
 * @param findings in the rows' order
 */
record Report(String command, Map<String, String> machine, Map<String, String> engines, List<Finding> findings) {

    private static final double KEPT = 0.45;

    /** The least share that one of ours kept beside a busy thread, of all findings; none if nothing was taken twice. */
    static List<Finding> leastKept(List<Finding> findings) {
        Claim claim = new Claim(
                "busy",
                "the least share of its speed that one of our figures keeps beside a busy thread",
                Target.atLeast(KEPT),
                "x");
        Finding least = null;
        double share = Double.POSITIVE_INFINITY;
        for (Finding finding : findings) {
            Finding.Side ours = finding.ours();
            if (ours != null && ours.kept() != null && ours.kept().median() < share) {
                share = ours.kept().median();
                least = finding;
            }
        }
        return least == null || least.ours() == null || least.ours().kept() == null
                ? List.of()
                : List.of(Finding.of(
                        claim, least.ours().kept(), "at: " + least.claim().subject()));
    }

    /** For a terminal. */
    List<String> text() {
        List<String> lines = new ArrayList<>();
        machine.forEach((name, value) -> lines.add(name + ": " + value));
        engines.forEach((name, value) -> lines.add(name + ": " + value));
        lines.add("");
        lines.addAll(ratios().aligned());
        if (!sides().isEmpty()) {
            lines.add("");
            lines.add("The figures behind them");
            lines.add("");
            lines.addAll(sides().aligned());
        }
        lines.add("");
        lines.add("Notes");
        lines.add("");
        lines.addAll(notes("  "));
        return lines;
    }

    /** For a file. */
    List<String> markdown() {
        List<String> lines = new ArrayList<>();
        lines.add("`" + command + "`");
        lines.add("");
        machine.forEach((name, value) -> lines.add("- " + name + ": " + value));
        engines.forEach((name, value) -> lines.add("- " + name + ": " + value));
        lines.add("");
        lines.addAll(ratios().markdown());
        if (!sides().isEmpty()) {
            lines.add("");
            lines.add("The figures behind them:");
            lines.add("");
            lines.addAll(sides().markdown());
        }
        lines.add("");
        lines.addAll(notes("- "));
        return lines;
    }

    private Grid ratios() {
        Grid grid = new Grid("row", "compared", "target", "measured", "met", "beside a busy thread");
        for (Finding finding : findings) {
            Claim claim = finding.claim();
            grid.add(
                    claim.row(),
                    claim.subject(),
                    claim.target() == null ? "" : claim.inUnit(claim.target()),
                    finding.shown(),
                    finding.met(),
                    finding.busy() == null ? "" : claim.inUnit(finding.busy()));
        }
        return grid;
    }

    private Grid sides() {
        Grid grid = new Grid(
                "row", "compared", "in", "Retort", "other", "busy: Retort", "other", "Retort keeps", "other keeps");
        for (Finding finding : findings) {
            Finding.Side ours = finding.ours();
            Finding.Side theirs = finding.theirs();
            if (ours != null && theirs != null) {
                grid.add(
                        finding.claim().row(),
                        finding.claim().subject(),
                        finding.sideUnit(),
                        ours.idle().toString(),
                        theirs.idle().toString(),
                        shown(ours.busy()),
                        shown(theirs.busy()),
                        shown(ours.kept()),
                        shown(theirs.kept()));
            }
        }
        return grid;
    }

    private List<String> notes(String indent) {
        return findings.stream()
                .filter(finding -> !finding.note().isEmpty())
                .map(finding ->
                        indent + finding.claim().row() + ", " + finding.claim().subject() + ": " + finding.note())
                .toList();
    }

    private static String shown(@Nullable Spread spread) {
        return spread == null ? "" : spread.toString();
    }

    /** For programs. */
    String json() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode root = mapper.createObjectNode();
        root.put("command", command);
        machine.forEach(root.putObject("machine")::put);
        engines.forEach(root.putObject("engines")::put);
        ArrayNode all = root.putArray("findings");
        for (Finding finding : findings) {
            Claim claim = finding.claim();
            ObjectNode node = all.addObject();
            node.put("row", claim.row());
            node.put("subject", claim.subject());
            node.put("target", claim.target() == null ? null : claim.target().toString());
            node.put("met", finding.met().isEmpty() ? null : finding.met().equals("yes"));
            node.put("unit", claim.unit());
            put(node, "value", finding.value());
            put(node, "busy", finding.busy());
            put(node, "ours", finding.ours(), finding.sideUnit());
            put(node, "theirs", finding.theirs(), finding.sideUnit());
            node.put("note", finding.note());
        }
        return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    }

    private static void put(ObjectNode node, String name, Finding.@Nullable Side side, String unit) {
        if (side != null) {
            ObjectNode own = node.putObject(name);
            own.put("unit", unit);
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
}
