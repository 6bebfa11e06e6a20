package dev.retort.benchmarks;

import dev.retort.core.Precision;
import java.util.List;
import java.util.Locale;

/** All questions, those first that a quick run must not miss. */
final class Rows {

    private static final List<Row> ALL = List.of(
            new Row("f32", "many texts in F32 beside the engines of Java", true, ThroughputRows::f32),
            new Row("one-text", "a call with one text of 8, 32, 128 tokens", true, OneTextRow::measure),
            new Row("bf16", "BF16: speed and quality", true, QualityRows::bf16),
            new Row("int8", "INT8: speed and quality", true, QualityRows::int8),
            new Row("start", "from the creation of the process to the first vector", true, FootprintRows::start),
            new Row("memory", "peak memory of a process", true, FootprintRows::memory),
            new Row("callers", "eight threads that share a model", true, GrowthRows::callers),
            new Row("calls", "calls of 10, 1,000 and 100,000 texts", true, GrowthRows::calls),
            new Row("products", "how near to the bare matrix products", true, ThroughputRows::products),
            new Row("heap", "garbage of a text", true, FootprintRows::heap),
            ThroughputRows.openVino(Precision.F32, 1.25),
            ThroughputRows.openVino(Precision.BF16, 1.25),
            ThroughputRows.openVino(Precision.INT8, 1.15),
            new Row("base-f32", "DistilBERT-base shape, many texts in F32", false, ThroughputRows::baseF32),
            new Row("base-int8", "DistilBERT-base shape, many texts in INT8", false, ThroughputRows::baseInt8),
            new Row("length", "a token of a long text and of a short one", false, GrowthRows::length),
            new Row("djl", "many texts in F32 beside DJL's PyTorch engine", false, ThroughputRows::djl),
            new Row("resident", "memory while texts go by", false, FootprintRows::resident),
            FootprintRows.bits(Precision.F32),
            FootprintRows.bits(Precision.BF16),
            FootprintRows.bits(Precision.INT8),
            TrainingRows.FULL_2,
            TrainingRows.BF16_2,
            TrainingRows.FULL_32,
            TrainingRows.BF16_32,
            TrainingRows.SORTED_32,
            TrainingRows.BF16_SORTED_32,
            TrainingRows.FROZEN_BACKBONE_2,
            TrainingRows.FROZEN_BACKBONE_32,
            TrainingRows.LOWER_LAYERS_2,
            TrainingRows.LOWER_LAYERS_32,
            TrainingRows.FROZEN_HEAD_2,
            TrainingRows.FROZEN_HEAD_32,
            TrainingRows.HEADS_ONLY,
            TrainingRows.GROWTH,
            new Row("million", "one call with a million texts", false, GrowthRows::million));

    private Rows() {}

    static List<Row> all() {
        return ALL;
    }

    /**
     * Rows whose names begin with one of some words; all if there is no word.
     *
     * @throws IllegalArgumentException for a word with which no name begins
     */
    static List<Row> beginningWith(List<String> words) {
        for (String word : words) {
            if (ALL.stream().noneMatch(row -> begins(row, word))) {
                throw new IllegalArgumentException("row: no name begins with " + word + ", there are "
                        + ALL.stream().map(Row::name).toList());
            }
        }
        return ALL.stream()
                .filter(row -> words.isEmpty() || words.stream().anyMatch(word -> begins(row, word)))
                .toList();
    }

    private static boolean begins(Row row, String word) {
        return row.name().startsWith(word.toLowerCase(Locale.ROOT));
    }
}
