package dev.retort.benchmarks;

import dev.retort.benchmarks.corpus.Corpus;
import dev.retort.benchmarks.corpus.ExactTexts;
import dev.retort.benchmarks.model.ReferenceModel;
import dev.retort.benchmarks.peer.PeerProcess;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Two engines on the same texts, in turns: A B A B, so that whatever the machine does in these minutes it does to both. Each is a process
 * of its own; while one works the other waits for a line.
 */
final class Duel {

    private static final int WARM_TEXTS = 64;
    private static final int FEW_CALLS = 5;
    private static final int COMPARED_TEXTS = 32;
    private static final int[] BATCHES = {1, 8, 32, 64};
    private static final double NANOS_PER_MILLISECOND = 1e6;

    private final PeerProcess ours;
    private final PeerProcess theirs;
    private final Settings settings;

    /**
     * How much is measured.
     *
     * @param rounds A B pairs
     * @param passSeconds the corpus is cut so that the slower engine's pass takes no longer than about this
     * @param warmSeconds each engine works before anything counts
     * @param calls with one text, a round; fewer where they would take longer than a second
     * @param textLengths tokens of the single texts
     */
    record Settings(int rounds, double passSeconds, double warmSeconds, int calls, List<Integer> textLengths) {}

    /**
     * One kind of work.
     *
     * @param ours tokens a millisecond for a corpus, milliseconds for a text
     * @param theirs in the same unit
     * @param ratio their time by our time: above one we are faster
     */
    record Measured(Spread ours, Spread theirs, Spread ratio) {}

    /**
     * The same work on the machine as it is and beside one busy thread.
     */
    record Twice(Measured idle, Measured busy) {

        /** What is left of our speed beside the busy thread. */
        double kept(boolean higherIsFaster) {
            double quotient = busy.ours().median() / idle.ours().median();
            return higherIsFaster ? quotient : 1 / quotient;
        }
    }

    /**
     * What came out.
     *
     * @param corpus what was embedded
     * @param tokens in it
     * @param batch their best batch size, or 0 where they choose
     * @param leastCosine of their vectors to ours
     * @param meanCosine of their vectors to ours
     * @param rates the corpus
     * @param times one text, by its tokens
     */
    record Result(
            String ourDescription,
            String theirDescription,
            Corpus corpus,
            long tokens,
            int batch,
            double leastCosine,
            double meanCosine,
            Twice rates,
            Map<Integer, Twice> times) {}

    private Duel(PeerProcess ours, PeerProcess theirs, Settings settings) {
        this.ours = ours;
        this.theirs = theirs;
        this.settings = settings;
    }

    /** Starts both and lets them work. */
    static Result fight(Contender our, Contender their, Corpus corpus, ExactTexts exactTexts, Settings settings)
            throws IOException {
        try (PeerProcess ours = our.start();
                PeerProcess theirs = their.start()) {
            return new Duel(ours, theirs, settings).fight(corpus, exactTexts, their.batches());
        }
    }

    private Result fight(Corpus corpus, ExactTexts exactTexts, boolean batches) throws IOException {
        both(corpus.sample(COMPARED_TEXTS).texts());
        double[] cosines = cosines(ours.vectors(), theirs.vectors());
        Corpus sized = sized(corpus);
        both(sized.texts());
        long tokens = ours.tokenCount();
        int batch = batches ? bestBatch() : 0;
        Twice rates = twice(() -> rates(tokens));
        if (batches) {
            theirs.batchSize(1);
        }
        Map<Integer, Twice> times = new LinkedHashMap<>();
        for (int length : settings.textLengths()) {
            both(List.of(exactTexts.ofTokens(length)));
            times.put(length, twice(this::times));
        }
        return new Result(
                ours.description(),
                theirs.description(),
                sized,
                tokens,
                batch,
                Arrays.stream(cosines).min().orElseThrow(),
                Arrays.stream(cosines).average().orElseThrow(),
                rates,
                times);
    }

    /** Some measurement. */
    @FunctionalInterface
    private interface Measurement {
        Measured take() throws IOException;
    }

    private static Twice twice(Measurement measurement) throws IOException {
        Measured idle = measurement.take();
        try (BusyThread thread = BusyThread.start()) {
            return new Twice(idle, measurement.take());
        }
    }

    private void both(List<String> texts) throws IOException {
        ours.texts(texts);
        theirs.texts(texts);
    }

    /** As much of the corpus as the slower one embeds in the time of a pass; it is warm afterwards. */
    private Corpus sized(Corpus corpus) throws IOException {
        Corpus sample = corpus.sample(WARM_TEXTS);
        both(sample.texts());
        double slower = Math.max(warm(ours), warm(theirs));
        double textsInTime =
                settings.passSeconds() * 1e9 / slower * sample.texts().size();
        return corpus.sample((int) Math.max(textsInTime, sample.texts().size()));
    }

    /** Works until it is warm; the nanoseconds of the last call. */
    private double warm(PeerProcess process) throws IOException {
        double worked = 0;
        double last;
        do {
            last = process.encode(1)[0];
            worked += last;
        } while (worked < settings.warmSeconds() * 1e9);
        return last;
    }

    private int bestBatch() throws IOException {
        int best = BATCHES[0];
        double bestNanos = Double.POSITIVE_INFINITY;
        for (int batch : BATCHES) {
            theirs.batchSize(batch);
            double nanos = last(theirs.encode(2));
            if (nanos < bestNanos) {
                best = batch;
                bestNanos = nanos;
            }
        }
        theirs.batchSize(best);
        return best;
    }

    private Measured rates(long tokens) throws IOException {
        double[] a = new double[settings.rounds()];
        double[] b = new double[settings.rounds()];
        ours.encode(1);
        theirs.encode(1);
        for (int round = 0; round < settings.rounds(); round++) {
            a[round] = tokens * NANOS_PER_MILLISECOND / ours.encode(1)[0];
            b[round] = tokens * NANOS_PER_MILLISECOND / theirs.encode(1)[0];
        }
        return new Measured(Spread.of(a), Spread.of(b), Spread.ofRatios(a, b));
    }

    /** Of calls with one text: each round's median. */
    private Measured times() throws IOException {
        double[] a = new double[settings.rounds()];
        double[] b = new double[settings.rounds()];
        int ourCalls = callsInTime(ours);
        int theirCalls = callsInTime(theirs);
        for (int round = 0; round < settings.rounds(); round++) {
            a[round] = medianMilliseconds(ours.encode(ourCalls));
            b[round] = medianMilliseconds(theirs.encode(theirCalls));
        }
        return new Measured(Spread.of(a), Spread.of(b), Spread.ofRatios(b, a));
    }

    /** As many calls as asked for, or as fit into a second, at least a few. It is warm afterwards. */
    private int callsInTime(PeerProcess process) throws IOException {
        process.encode(FEW_CALLS);
        double nanos = last(process.encode(FEW_CALLS));
        int calls = (int) Math.max(FEW_CALLS, Math.min(settings.calls(), 1e9 / nanos));
        process.encode(calls);
        return calls;
    }

    private static double medianMilliseconds(long[] nanos) {
        return Spread.of(Arrays.stream(nanos).asDoubleStream().toArray()).median() / NANOS_PER_MILLISECOND;
    }

    private static double last(long[] nanos) {
        return nanos[nanos.length - 1];
    }

    private static double[] cosines(float[][] ours, float[][] theirs) {
        double[] cosines = new double[ours.length];
        for (int i = 0; i < cosines.length; i++) {
            cosines[i] = ReferenceModel.cosine(ours[i], theirs[i]);
        }
        return cosines;
    }
}
