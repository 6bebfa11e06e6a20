package dev.retort.weights.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.retort.weights.safetensors.MalformedCheckpointException.Rule;
import java.io.ByteArrayInputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whatever the bytes, a header is read as the rules say or refused as malformed. */
class HeaderFuzzTest {

    private static final int FILES = 100_000;

    /** All that concern one file, and can come up while a whole file is at hand. */
    private static final Set<Rule> RULES = EnumSet.range(Rule.HEADER_TOO_SMALL, Rule.METADATA_INCOMPLETE_BUFFER);

    @Test
    void read_mutatedFiles_agreesWithTheOracle() {
        int correct = 0;
        Map<Rule, Integer> broken = new EnumMap<>(Rule.class);
        for (int seed = 0; seed < FILES; seed++) {
            byte[] file = new HeaderMutations(seed).next();
            Optional<HeaderOracle.Reading> expected = HeaderOracle.read(file);
            Header actual;
            try {
                actual = Header.read("f", Channels.newChannel(new ByteArrayInputStream(file)), file.length);
            } catch (MalformedCheckpointException e) {
                if (expected.isPresent()) {
                    fail(describe(seed, file) + ": refused a correct file: " + e.getMessage());
                }
                broken.merge(e.rule().orElseThrow(), 1, Integer::sum);
                continue;
            } catch (Throwable e) {
                fail(describe(seed, file) + ": neither read nor refused", e);
                return;
            }
            if (expected.isEmpty()) {
                fail(describe(seed, file) + ": read a file that breaks a rule: " + actual);
            }
            assertThat(actual.tensors())
                    .as(describe(seed, file))
                    .containsExactlyInAnyOrderElementsOf(
                            expected.orElseThrow().tensors().values());
            assertThat(actual.metadata()).isEqualTo(expected.orElseThrow().metadata());
            correct++;
        }
        // the files are worth the run: every rule was broken, and many files were correct
        assertThat(broken).containsOnlyKeys(RULES);
        assertThat(broken.values()).allMatch(times -> times >= 100, broken.toString());
        assertThat(correct).isGreaterThan(FILES / 10);
    }

    private static String describe(int seed, byte[] file) {
        return "seed " + seed + ", file " + new String(file, StandardCharsets.ISO_8859_1);
    }
}
