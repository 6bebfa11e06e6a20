package dev.retort.benchmarks.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Texts to embed.
 *
 * @param name for tables
 * @param texts in their order
 */
public record Corpus(String name, List<String> texts) {

    /** The system property that names a tab-separated file, for example STS-B dev. */
    public static final String PROPERTY = "retort.benchmarks.corpus";

    private static final Set<String> TEXT_COLUMNS = Set.of("text", "sentence", "sentence1", "sentence2");

    /** Copies the list. */
    public Corpus {
        texts = List.copyOf(texts);
        if (texts.isEmpty()) {
            throw new IllegalArgumentException("corpus: " + name + " has no text");
        }
    }

    /** What {@value #PROPERTY} names, or the bundled sentences. */
    public static Corpus configured() {
        String file = System.getProperty(PROPERTY);
        try {
            return file == null ? bundled() : ofTabSeparated(Path.of(file));
        } catch (IOException e) {
            throw new UncheckedIOException(PROPERTY + ": cannot be read: " + file, e);
        }
    }

    /** Some two hundred English sentences of 4 to 60 tokens, written for this purpose. */
    public static Corpus bundled() {
        try (InputStream stream = Corpus.class.getResourceAsStream("sentences.txt")) {
            if (stream == null) {
                throw new IllegalStateException("corpus: sentences.txt is not on the class path");
            }
            return new Corpus(
                    "bundled sentences",
                    new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException("corpus: sentences.txt cannot be read", e);
        }
    }

    /**
     * A file with a header line; the columns named text, sentence, sentence1 and sentence2 are texts, row by row. Tabs separate, nothing is
     * quoted.
     */
    public static Corpus ofTabSeparated(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        List<String> header =
                lines.isEmpty() ? List.of() : Arrays.asList(lines.get(0).split("\t"));
        List<String> texts = new ArrayList<>();
        for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
            String[] cells = line.split("\t", -1);
            for (int column = 0; column < Math.min(cells.length, header.size()); column++) {
                if (TEXT_COLUMNS.contains(header.get(column))) {
                    texts.add(cells[column]);
                }
            }
        }
        if (texts.isEmpty()) {
            throw new IOException(file + ": expected a column named one of " + TEXT_COLUMNS + ", got " + header);
        }
        return new Corpus(String.valueOf(file.getFileName()), texts);
    }

    /**
     * The column named score of a file as {@link #ofTabSeparated} reads it: how alike a row's two texts are to people. Empty without such
     * a column, or if a row has not two texts.
     */
    public static List<Double> scoresOfTabSeparated(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        List<String> header =
                lines.isEmpty() ? List.of() : Arrays.asList(lines.get(0).split("\t"));
        int column = header.indexOf("score");
        if (column < 0 || header.stream().filter(TEXT_COLUMNS::contains).count() != 2) {
            return List.of();
        }
        List<Double> scores = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            try {
                scores.add(Double.valueOf(line.split("\t", -1)[column]));
            } catch (NumberFormatException e) {
                throw new IOException(file + ": the score of row " + (scores.size() + 1) + " is no number: " + line, e);
            }
        }
        return scores;
    }

    /** At most so many texts, spread evenly over all. */
    public Corpus sample(int count) {
        if (count >= texts.size()) {
            return this;
        }
        List<String> sampled = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            sampled.add(texts.get((int) ((long) i * texts.size() / count)));
        }
        return new Corpus(name, sampled);
    }

    /** Exactly so many texts: all of them over and over. */
    public List<String> repeated(int count) {
        List<String> repeated = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            repeated.add(texts.get(i % texts.size()));
        }
        return repeated;
    }
}
