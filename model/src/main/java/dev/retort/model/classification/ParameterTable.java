package dev.retort.model.classification;

import dev.retort.core.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What of a model is trained.
 *
 * @param rows one a parameter, in the order of construction
 * @param stateBytesPerElement what the optimiser keeps for an element that is trained
 */
public record ParameterTable(List<Row> rows, int stateBytesPerElement) {

    public ParameterTable {
        rows = List.copyOf(rows);
    }

    /**
     * A parameter.
     *
     * @param name dotted
     * @param shape its extents
     * @param trained whether it receives gradients
     */
    public record Row(String name, List<Long> shape, boolean trained) {

        public Row {
            shape = List.copyOf(shape);
        }

        /** The number of elements. */
        public long elementCount() {
            return Shape.elementCount(extents());
        }

        private long[] extents() {
            return shape.stream().mapToLong(Long::longValue).toArray();
        }
    }

    /**
     * A part of the network: the embeddings, a layer, a head.
     *
     * @param name {@code encoder.layer.3}
     * @param elementCount of all its parameters
     * @param trainedCount of those that receive gradients
     */
    public record Part(String name, long elementCount, long trainedCount) {}

    /** The number of elements. */
    public long elementCount() {
        return rows.stream().mapToLong(Row::elementCount).sum();
    }

    /** The number of elements that receive gradients. */
    public long trainedCount() {
        return rows.stream().filter(Row::trained).mapToLong(Row::elementCount).sum();
    }

    /** The trained share, 0 to 100. */
    public double trainedPercent() {
        return 100.0 * trainedCount() / elementCount();
    }

    /** What the optimiser keeps altogether. */
    public long stateBytes() {
        return trainedCount() * stateBytesPerElement;
    }

    /** The parameters added up by part, in order. */
    public List<Part> parts() {
        Map<String, long[]> counts = new LinkedHashMap<>();
        for (Row row : rows) {
            long[] count = counts.computeIfAbsent(partOf(row.name()), name -> new long[2]);
            count[0] += row.elementCount();
            count[1] += row.trained() ? row.elementCount() : 0;
        }
        List<Part> parts = new ArrayList<>();
        counts.forEach((name, count) -> parts.add(new Part(name, count[0], count[1])));
        return parts;
    }

    /** The first two words of a name, three where the second is followed by a layer's number. */
    private static String partOf(String name) {
        String[] words = name.split("\\.");
        boolean numbered = words.length > 3 && words[2].chars().allMatch(Character::isDigit);
        return String.join(".", List.of(words).subList(0, Math.min(numbered ? 3 : 2, words.length - 1)));
    }

    /** A line a part and one for all: parameters, trained ones, per cent, bytes of the optimiser. */
    @Override
    public String toString() {
        List<Part> lines = parts();
        int width = Math.max(
                "part".length(),
                lines.stream().mapToInt(part -> part.name().length()).max().orElse(0));
        StringBuilder table = new StringBuilder(String.format(
                Locale.ROOT,
                "%-" + width + "s %14s %14s %7s %16s%n",
                "part",
                "parameters",
                "trained",
                "%",
                "optimiser bytes"));
        for (Part part : lines) {
            table.append(line(width, part));
        }
        return table.append(line(width, new Part("all", elementCount(), trainedCount())))
                .toString();
    }

    private String line(int width, Part part) {
        return String.format(
                Locale.ROOT,
                "%-" + width + "s %,14d %,14d %7.2f %,16d%n",
                part.name(),
                part.elementCount(),
                part.trainedCount(),
                100.0 * part.trainedCount() / part.elementCount(),
                part.trainedCount() * stateBytesPerElement);
    }
}
