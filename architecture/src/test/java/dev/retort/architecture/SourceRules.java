package dev.retort.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The rules that source text is held to. Each returns what breaks it, as {@code file:line: text}. */
final class SourceRules {

    private static final Pattern HUGGING_FACE_NAME =
            Pattern.compile("\\b([qkv]_lin|out_lin|lin[12]|sa_layer_norm|output_layer_norm)\\b");

    private static final Pattern SWITCHED_OFF = Pattern.compile("@(?:[\\w.]+\\.)?(?:Disabled\\w*|Ignore)\\b");

    private SourceRules() {}

    /** A checkpoint's own words for its tensors stay where checkpoints are read. */
    static List<String> huggingFaceNames(List<Path> sources) {
        return matches(
                sources.stream()
                        .filter(file -> !file.getParent().endsWith("dev/retort/weights/huggingface"))
                        .toList(),
                HUGGING_FACE_NAME);
    }

    /** A test that does not hold is mended or deleted; one whose outside resource is missing is skipped by an assumption. */
    static List<String> disabledTests(List<Path> sources) {
        return matches(sources, SWITCHED_OFF);
    }

    /** A package description says something: it has a comment before its package statement. */
    static List<String> silentPackages(List<Path> sources) {
        return sources.stream()
                .filter(file -> file.endsWith("package-info.java"))
                .filter(file -> !String.join("\n", lines(file)).startsWith("/**"))
                .map(file -> file + ": no word about what lives here")
                .toList();
    }

    private static List<String> matches(List<Path> sources, Pattern pattern) {
        List<String> found = new ArrayList<>();
        for (Path file : sources) {
            List<String> lines = lines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (pattern.matcher(lines.get(i)).find()) {
                    found.add(file + ":" + (i + 1) + ": " + lines.get(i).strip());
                }
            }
        }
        return found;
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
