package dev.retort.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.retort.autograd.fusion.Kernel;
import dev.retort.inference.Diagnostics;
import java.io.PrintStream;

/** What {@code retort inspect --runtime} says, for people and for programs. */
final class RuntimeSummary {

    private static final String HANGING = "    ";

    private final Diagnostics diagnostics;

    RuntimeSummary(Diagnostics diagnostics) {
        this.diagnostics = diagnostics;
    }

    /** @param width columns of the terminal; longer lines go on below */
    void print(PrintStream out, int width) {
        diagnostics.toString().lines().forEach(line -> printWrapped(out, line, width));
    }

    private static void printWrapped(PrintStream out, String line, int width) {
        String rest = line;
        while (rest.length() > width) {
            int space = rest.lastIndexOf(' ', width);
            if (rest.substring(0, Math.max(space, 0)).isBlank()) { // a word that is wider than the terminal
                break;
            }
            out.println(rest.substring(0, space).stripTrailing());
            rest = HANGING + rest.substring(space).strip();
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
