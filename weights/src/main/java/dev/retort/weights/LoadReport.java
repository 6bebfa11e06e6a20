package dev.retort.weights;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What was made of a checkpoint.
 *
 * @param origin where it was
 * @param pipeline what computes, in one line: {@code DistilBERT(6 layers, 384 wide, 12 heads, gelu) -> mean -> Normalize, at most 256
 *     tokens}
 * @param used the tensors that became parameters
 * @param ignored the tensors that did not
 * @param remarks what was decided or changed on the way: a fold, a default
 * @param warnings what may be wrong
 */
public record LoadReport(
        String origin,
        String pipeline,
        List<Used> used,
        List<Ignored> ignored,
        List<String> remarks,
        List<String> warnings) {

    /**
     * A tensor that became a parameter.
     *
     * @param parameter the model's name for it
     * @param tensor as the checkpoint has it
     */
    public record Used(String parameter, TensorSet.Tensor tensor) {}

    /**
     * A tensor that did not.
     *
     * @param tensor its name in the file
     * @param reason why
     */
    public record Ignored(String tensor, String reason) {}

    public LoadReport {
        used = List.copyOf(used);
        ignored = List.copyOf(ignored);
        remarks = List.copyOf(remarks);
        warnings = List.copyOf(warnings);
    }

    /** The number of elements of all parameters. */
    public long parameterCount() {
        return used.stream().mapToLong(use -> use.tensor().elementCount()).sum();
    }

    /** The space that the used tensors take in the checkpoint. */
    public long byteCount() {
        return used.stream().mapToLong(use -> use.tensor().byteCount()).sum();
    }

    /** How many of the used tensors are of each type. */
    public Map<String, Long> types() {
        return used.stream()
                .collect(Collectors.groupingBy(use -> use.tensor().type(), TreeMap::new, Collectors.counting()));
    }

    /** Several lines, for people. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append("model: ").append(origin).append('\n');
        text.append("pipeline: ").append(pipeline).append('\n');
        text.append(String.format(
                Locale.ROOT,
                "weights: %d tensors, %,d parameters, %,d bytes, %s\n",
                used.size(),
                parameterCount(),
                byteCount(),
                types()));
        ignored.stream()
                .collect(Collectors.groupingBy(Ignored::reason, TreeMap::new, Collectors.toList()))
                .forEach((reason, tensors) -> text.append("ignored: ")
                        .append(tensors.stream().map(Ignored::tensor).collect(Collectors.joining(", ")))
                        .append(": ")
                        .append(reason)
                        .append('\n'));
        remarks.forEach(remark -> text.append("remark: ").append(remark).append('\n'));
        warnings.forEach(warning -> text.append("warning: ").append(warning).append('\n'));
        return text.toString().stripTrailing();
    }
}
