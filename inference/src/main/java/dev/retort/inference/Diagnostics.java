package dev.retort.inference;

import dev.retort.autograd.fusion.Kernel;
import dev.retort.core.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What computes on this machine, and why. {@link #toString} is a report of several lines.
 *
 * @param retort this library's version
 * @param java virtual machine and version
 * @param system operating system, version, architecture
 * @param processor its model, as the system tells it
 * @param instructionSet what the processor can do, as the kernels' library sees it, or null without fused kernels
 * @param processors how many the container or the system grants this process
 * @param threads worker threads of a model, unless it is told otherwise
 * @param tensors ND4J's version, backend and BLAS library
 * @param kernels name and version of the fused kernels' library, or {@code definitions}
 * @param definitionsReason why the definitions compute instead of fused kernels, which is slow, or null if they do not
 * @param precisions each of them, with the kernels that compute in it
 */
public record Diagnostics(
        String retort,
        String java,
        String system,
        String processor,
        @Nullable String instructionSet,
        int processors,
        int threads,
        String tensors,
        String kernels,
        @Nullable String definitionsReason,
        List<OfPrecision> precisions) {

    private static final int LABEL_WIDTH = 14;

    /** Copies the list. */
    public Diagnostics {
        precisions = List.copyOf(precisions);
    }

    /**
     * A number format.
     *
     * @param precision the format
     * @param unsupportedReason why nothing computes in it here, or null if it can be used
     * @param kernels what computes a small model in it; none where the definitions do, or nothing
     */
    public record OfPrecision(Precision precision, @Nullable String unsupportedReason, List<Kernel> kernels) {

        /** Copies the list. */
        public OfPrecision {
            kernels = List.copyOf(kernels);
        }
    }

    /** Whether fused kernels compute, not the definitions. */
    public boolean isFused() {
        return definitionsReason == null;
    }

    @Override
    public String toString() {
        List<String> lines = new ArrayList<>();
        line(lines, "retort", retort);
        line(lines, "java", java);
        line(lines, "system", system);
        line(lines, "processor", processor);
        if (instructionSet != null) {
            line(lines, "instructions", instructionSet);
        }
        line(lines, "processors", processors + " granted to this process");
        line(lines, "threads", threads + " compute unless told otherwise");
        line(lines, "tensors", tensors);
        line(lines, "kernels", isFused() ? kernels : kernels + ", which are slow: " + definitionsReason);
        precisions.forEach(each -> describe(lines, each));
        return String.join(System.lineSeparator(), lines);
    }

    private void describe(List<String> lines, OfPrecision each) {
        String name = each.precision().name().toLowerCase(Locale.ROOT);
        if (each.unsupportedReason() != null) {
            line(lines, name, "cannot be computed: " + each.unsupportedReason());
            return;
        }
        line(lines, name, "is computed with " + (each.kernels().isEmpty() ? kernels : ""));
        int functions = widest(each.kernels().stream().map(Kernel::function).toList());
        int steps = widest(each.kernels().stream().map(Kernel::step).toList());
        String before = "";
        for (Kernel kernel : each.kernels()) {
            String function = kernel.function().equals(before) ? "" : kernel.function();
            lines.add("  " + padded(function, functions) + padded(kernel.step(), steps) + kernel.implementation());
            before = kernel.function();
        }
    }

    private static void line(List<String> lines, String label, String value) {
        lines.add((padded(label, LABEL_WIDTH) + value).stripTrailing());
    }

    private static int widest(List<String> texts) {
        return 2 + texts.stream().mapToInt(String::length).max().orElse(0);
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(Math.max(1, width - text.length()));
    }
}
