package dev.retort.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.benchmarks.corpus.Corpus;
import dev.retort.benchmarks.corpus.ExactTexts;
import dev.retort.benchmarks.peer.CountingPeer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DuelTest {

    private static final Claim CLAIM = Claim.ratio("row", "counting against counting", null);
    private static final Corpus CORPUS = new Corpus("three", List.of("one", "two words", "and three words"));

    private final Engines engines = new Engines();
    private final Bench bench = new Bench(
            new Contenders(null, Path.of("unused"), null, 1),
            engines,
            CORPUS,
            List.of(),
            new ExactTexts(CORPUS, text -> text.split(" ").length + 2),
            null,
            new Settings(true, 2, 0.01, 3, 0.01, 0.01, 3, 2));

    @AfterEach
    void end() throws IOException {
        engines.close();
    }

    @Test
    void fight_engineWithItself_isTimedInItsBestBatch() {
        Finding finding = fight(counting(false), counting(true), true);
        assertThat(finding.value()).isNotNull();
        assertThat(finding.value().median()).isPositive();
        assertThat(finding.busy()).isNotNull();
        assertThat(finding.note()).containsPattern("batch (1|8|32|64); 3 texts, 27 tokens; cosine mean 1.0");
    }

    @Test
    void fight_severalSettings_takesOneAndEndsAll() throws IOException {
        Contender slow = counting(true, "slow");
        Finding finding = Duel.fight(bench, CLAIM, counting(false), List.of(slow, counting(true)), true)
                .get(0);
        assertThat(finding.note()).startsWith("counting, batch");
        assertThat(engines.descriptions()).containsOnlyKeys("counting", "counting slow");
    }

    @Test
    void fight_vectorsThatDiffer_isNotTimed() {
        Finding finding = fight(counting(false), counting(false, "wrong"), true);
        assertThat(finding.value()).isNull();
        assertThat(finding.note()).contains("vectors differ: expected a cosine of at least 0.9999");
        assertThat(fight(counting(false), counting(false, "wrong"), false).value())
                .isNotNull();
    }

    @Test
    void fight_missingEngine_saysWhy() {
        Finding finding = fight(counting(false), Contender.missing("other", "not built"), true);
        assertThat(finding.value()).isNull();
        assertThat(finding.note()).contains("other: not built");
    }

    private Finding fight(Contender ours, Contender theirs, boolean sameArithmetic) {
        return Duel.fight(bench, CLAIM, ours, List.of(theirs), sameArithmetic).get(0);
    }

    private static Contender counting(boolean batches, String... fault) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-D" + batches, // another process for each
                "-cp",
                System.getProperty("java.class.path"),
                CountingPeer.class.getName()));
        command.addAll(List.of(fault));
        return new Contender(("counting " + String.join(" ", fault)).strip(), command, null, batches);
    }
}
