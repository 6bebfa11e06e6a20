package dev.retort.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.retort.benchmarks.corpus.Corpus;
import dev.retort.benchmarks.corpus.ExactTexts;
import dev.retort.benchmarks.peer.CountingPeer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class DuelTest {

    private static final Duel.Settings SHORT = new Duel.Settings(2, 0.01, 0.01, 3, List.of(3, 5));

    @Test
    void fight_engineWithItself_agreesAndMeasuresAll() throws IOException {
        Corpus corpus = new Corpus("three", List.of("one", "two words", "and three words"));
        ExactTexts exactTexts = new ExactTexts(corpus, text -> text.split(" ").length + 2);

        Duel.Result result = Duel.fight(counting(false), counting(true), corpus, exactTexts, SHORT);

        assertThat(result.leastCosine()).isCloseTo(1, within(1e-9));
        assertThat(result.corpus()).isEqualTo(corpus);
        assertThat(result.tokens()).isEqualTo(27);
        assertThat(result.batch()).isIn(1, 8, 32, 64);
        assertThat(result.rates().idle().ratio().median()).isPositive();
        assertThat(result.rates().busy().ours().least()).isPositive();
        assertThat(result.times()).containsOnlyKeys(3, 5);
    }

    @Test
    void kept_halfTheSpeed_isTheSameForRatesAndTimes() {
        Duel.Measured fast = new Duel.Measured(Spread.of(10), Spread.of(1), Spread.of(1));
        Duel.Measured slow = new Duel.Measured(Spread.of(5), Spread.of(1), Spread.of(1));
        assertThat(new Duel.Twice(fast, slow).kept(true)).isEqualTo(0.5);
        assertThat(new Duel.Twice(slow, fast).kept(false)).isEqualTo(0.5);
    }

    private static Contender counting(boolean batches) {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                CountingPeer.class.getName());
        return new Contender("counting", command, null, batches);
    }
}
