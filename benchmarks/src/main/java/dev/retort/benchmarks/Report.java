package dev.retort.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
    private static final String KEPT_ROW = "busy";

    /** The least share that one of ours kept beside a busy thread, of all findings; none if nothing was taken twice. */
    static List<Finding> leastKept(List<Finding> findings) {
        Claim claim = new Claim(
                KEPT_ROW,
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
        new LinkedHashSet<>(engines.values()).forEach(lines::add);
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
        new LinkedHashSet<>(engines.values()).forEach(value -> lines.add("- " + value));
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

    /** One of several that were made one after the other: the rows in their order, each machine's facts beside each other if they differ. */
    static Report merged(List<Report> reports) {
        Map<String, String> machine = new LinkedHashMap<>();
        Map<String, String> engines = new LinkedHashMap<>();
        Set<String> commands = new LinkedHashSet<>();
        List<Finding> findings = new ArrayList<>();
        for (Report report : reports) {
            commands.add(report.command());
            report.machine()
                    .forEach((name, value) -> machine.merge(
                            name,
                            value,
                            (old, more) ->
                                    List.of(old.split("; then ")).contains(more) ? old : old + "; then " + more));
            engines.putAll(report.engines());
            report.findings().stream()
                    .filter(finding -> !finding.claim().row().equals(KEPT_ROW))
                    .forEach(findings::add);
        }
        List<String> order = Rows.all().stream().map(Row::name).toList();
        findings.sort(
                Comparator.comparingInt(finding -> order.indexOf(finding.claim().row())));
        findings.addAll(leastKept(findings));
        return new Report(String.join("`, `", commands), machine, engines, findings);
    }

    /** For programs. */
    String json() throws IOException {
        return ReportJson.write(this);
    }
}
