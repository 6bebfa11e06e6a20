package dev.retort.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.retort.autograd.fusion.Kernel;
import dev.retort.inference.Diagnostics;
import java.io.PrintStream;
import java.util.List;

/** What {@code retort inspect --runtime} says, for people and for programs. */
final class RuntimeSummary {

    private static final String ROW = "  ";
    private static final String HANGING = "    ";

    private final Diagnostics diagnostics;

    RuntimeSummary(Diagnostics diagnostics) {
        this.diagnostics = diagnostics;
    }

    /** @param width columns of the terminal; where they are too few, the tables are set without columns, and longer lines go on below */
    void print(PrintStream out, int width) {
        List<String> lines = diagnostics.toString().lines().toList();
        boolean narrow = lines.stream().anyMatch(line -> isRow(line) && line.length() > width);
        for (String line : lines) {
            printWrapped(out, narrow && isRow(line) ? withoutColumns(line) : line, width);
        }
    }

    private static boolean isRow(String line) {
        return line.startsWith(" ");
    }

    /** A row without its first cell is set further in. */
    private static String withoutColumns(String row) {
        return (row.startsWith(HANGING) ? HANGING : ROW) + row.strip().replaceAll(" {2,}", "  ");
    }

    private static void printWrapped(PrintStream out, String line, int width) {
        String rest = line;
        while (rest.length() > width) {
            int space = rest.lastIndexOf(' ', width);
            if (rest.substring(0, Math.max(space, 0)).isBlank()) { // a word that is wider than the terminal
                break;
            }
            out.println(rest.substring(0, space).stripTrailing());
            rest = HANGING + HANGING + rest.substring(space).strip();
        }
        out.println(rest);
    }

    ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("retort", diagnostics.retort());
        json.put("java", diagnostics.java());
        json.put("system", diagnostics.system());
        json.put("processor", diagnostics.processor());
        json.put("instructionSet", diagnostics.instructionSet());
        json.put("processors", diagnostics.processors());
        json.put("threads", diagnostics.threads());
        json.put("tensors", diagnostics.tensors());
        json.put("kernels", diagnostics.kernels());
        json.put("fused", diagnostics.isFused());
        json.put("definitionsReason", diagnostics.definitionsReason());
        ArrayNode precisions = json.putArray("precisions");
        for (Diagnostics.OfPrecision each : diagnostics.precisions()) {
            ObjectNode precision = precisions.addObject();
            precision.put("precision", ComputeChoice.name(each.precision()));
            precision.put("supported", each.unsupportedReason() == null);
            precision.put("unsupportedReason", each.unsupportedReason());
            ArrayNode kernels = precision.putArray("kernels");
            for (Kernel kernel : each.kernels()) {
                kernels.addObject()
                        .put("function", kernel.function())
                        .put("step", kernel.step())
                        .put("implementation", kernel.implementation());
            }
        }
        return json;
    }
}
