package dev.retort.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The script of docs/heads.md gives the answers that are given here. Needs a Python that has sentence-transformers: {@code python3}, or
 * the one that the environment variable RETORT_PYTHON names.
 */
class PythonReadsHeadsTest {

    private static final String PYTHON = Objects.requireNonNullElse(System.getenv("RETORT_PYTHON"), "python3");

    @TempDir
    private Path temporary;

    @BeforeAll
    static void findPython() throws InterruptedException {
        boolean found;
        try {
            found = run(
                            List.of(PYTHON, "-c", "import sentence_transformers, safetensors.torch"),
                            Redirect.DISCARD,
                            false)
                    == 0;
        } catch (IOException e) {
            found = false;
        }
        assumeTrue(found, "skipped: no " + PYTHON + " with sentence_transformers; RETORT_PYTHON may name one");
    }

    @Test
    void script_ofTheDocumentation_givesTheSameAnswers() throws IOException, InterruptedException {
        List<String> texts =
                List.of("the cat sits on the mat", "rain and night", "a dog", "red tree under the blue day");
        Path folder = SmallHeads.write(temporary.resolve("model"));
        Path script = Files.writeString(temporary.resolve("classify.py"), documentedScript());
        Path out = temporary.resolve("out.jsonl");
        List<String> command = new ArrayList<>(List.of(PYTHON, script.toString(), folder.toString()));
        command.addAll(texts);
        assertThat(run(command, Redirect.to(out.toFile()), true))
                .as("exit code of Python, see its messages above")
                .isZero();

        List<String> lines = Files.readAllLines(out);
        assertThat(lines).hasSize(texts.size());
        try (MultiTaskClassifier classifier = MultiTaskClassifier.load(folder)) {
            List<Classification> results = classifier.classify(texts);
            for (int i = 0; i < texts.size(); i++) {
                JsonNode answer = new ObjectMapper().readTree(lines.get(i));
                results.get(i)
                        .predictions()
                        .forEach((task, prediction) -> prediction
                                .probabilities()
                                .forEach((label, probability) -> assertThat(
                                                answer.path(task).path(label).doubleValue())
                                        .as(task + " " + label)
                                        .isCloseTo(probability, within(2e-6))));
            }
        }
    }

    /** What stands between ```python and ``` in docs/heads.md. */
    private static String documentedScript() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "heads.md"));
        int begin = page.indexOf("```python\n") + "```python\n".length();
        return page.substring(begin, page.indexOf("```", begin));
    }

    private static int run(List<String> command, Redirect output, boolean showErrors)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(output)
                .redirectError(showErrors ? Redirect.INHERIT : Redirect.DISCARD);
        builder.environment().put("HF_HUB_OFFLINE", "1");
        builder.environment().put("TOKENIZERS_PARALLELISM", "false");
        Process process = builder.start();
        if (!process.waitFor(5, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new AssertionError("Python did not end in 5 minutes: " + command);
        }
        return process.exitValue();
    }
}
