package dev.retort.benchmarks;

import dev.retort.benchmarks.corpus.Corpus;
import dev.retort.benchmarks.corpus.ExactTexts;
import dev.retort.benchmarks.peer.PeerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What rows measure with.
 *
 * @param corpus the sentences
 * @param scores of the corpus' pairs of sentences, one after the other, or none
 * @param exactTexts of the corpus' words
 * @param labelled a file of labelled texts, or null
 */
record Bench(
        Contenders contenders,
        Engines engines,
        Corpus corpus,
        List<Double> scores,
        ExactTexts exactTexts,
        @Nullable Path labelled,
        Settings settings) {

    private static final int FEW_CALLS = 5;
    private static final int MOST_WARM_CALLS = 20_000;

    /** Tokens a millisecond of one pass over the texts that the engine was given. */
    static Turns.Lane rate(PeerProcess engine, long tokens) {
        return () -> tokens * 1e6 / engine.encode(1)[0];
    }

    /** The median time of calls with the one text that the engine was given, in milliseconds. It is warm afterwards. */
    Turns.Lane callTime(PeerProcess engine) throws IOException {
        engine.encode(FEW_CALLS);
        double milliseconds = Turns.medianMilliseconds(engine.encode(FEW_CALLS));
        int calls = (int) Math.max(FEW_CALLS, Math.min(settings.calls(), 500 / milliseconds));
        engine.encode(
                (int) Math.max(calls, Math.min(MOST_WARM_CALLS, settings.callWarmSeconds() * 1e3 / milliseconds)));
        return () -> Turns.medianMilliseconds(engine.encode(calls));
    }

    /** Lets an engine work on what it was given until it is warm; the nanoseconds of its last pass. */
    double warm(PeerProcess engine) throws IOException {
        double worked = 0;
        double last;
        do {
            last = engine.encode(1)[0];
            worked += last;
        } while (worked < settings.warmSeconds() * 1e9);
        return last;
    }

    /** Answers claims one by one: one that fails leaves its reason and does not hold up the others. */
    static List<Finding> each(List<Attempt> attempts) {
        List<Finding> findings = new ArrayList<>();
        for (Attempt attempt : attempts) {
            try {
                findings.addAll(attempt.measurement().take());
            } catch (IOException failure) {
                attempt.claims().forEach(claim -> findings.add(Finding.missing(claim, failure.getMessage())));
            }
        }
        return findings;
    }

    /** Claims and what answers them. */
    record Attempt(List<Claim> claims, Measurement measurement) {}

    /** Answers claims. */
    @FunctionalInterface
    interface Measurement {
        List<Finding> take() throws IOException;
    }
}
