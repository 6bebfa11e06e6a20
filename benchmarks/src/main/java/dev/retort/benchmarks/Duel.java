package dev.retort.benchmarks;

import dev.retort.benchmarks.corpus.Corpus;
import dev.retort.benchmarks.model.ReferenceModel;
import dev.retort.benchmarks.peer.PeerProcess;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Two engines on the same many texts: first whether they compute the same, then how fast, in turns. */
final class Duel {

    /** The least cosine between float32 vectors of one text by two engines. */
    static final double AGREEMENT = 0.9999;

    private static final int WARM_TEXTS = 64;
    private static final int COMPARED_TEXTS = 32;
    private static final int FEW_TEXTS = 256;
    private static final int[] BATCHES = {1, 8, 32, 64};

    private final Bench bench;
    private final PeerProcess ours;
    private final boolean sameArithmetic;

    private Duel(Bench bench, PeerProcess ours, boolean sameArithmetic) {
        this.bench = bench;
        this.ours = ours;
        this.sameArithmetic = sameArithmetic;
    }

    /** One of their ways to be called. */
    private record Way(Contender contender, int batch, double nanos) {

        String name() {
            return contender.name() + (batch == 0 ? "" : ", batch " + batch);
        }
    }

    /**
     * Tokens a second of ours by theirs.
     *
     * @param theirs one engine in several settings, of which the best is taken
     * @param sameArithmetic whether the vectors must agree
     */
    static List<Finding> fight(
            Bench bench, Claim claim, Contender our, List<Contender> theirs, boolean sameArithmetic) {
        return Bench.each(List.of(new Bench.Attempt(
                List.of(claim),
                () -> List.of(new Duel(bench, bench.engines().of(our), sameArithmetic).fight(claim, theirs)))));
    }

    private Finding fight(Claim claim, List<Contender> theirs) throws IOException {
        PeerProcess first = bench.engines().of(theirs.get(0));
        both(first, bench.corpus().sample(COMPARED_TEXTS).texts());
        double[] cosines = cosines(ours.vectors(), first.vectors());
        double least = Arrays.stream(cosines).min().orElseThrow();
        if (sameArithmetic && !(least >= AGREEMENT)) {
            throw new IOException("vectors differ: expected a cosine of at least " + AGREEMENT + ", got " + least);
        }
        Corpus sized = sized(first);
        Way best = bestWay(theirs, sized);
        PeerProcess them = bench.engines().of(best.contender());
        both(them, sized.texts());
        if (best.batch() > 0) {
            them.batchSize(best.batch());
        }
        long tokens = ours.tokenCount();
        ours.encode(1);
        them.encode(1);
        Turns turns =
                Turns.twice(bench.settings().rounds(), List.of(Bench.rate(ours, tokens), Bench.rate(them, tokens)));
        for (Contender other : theirs) {
            if (theirs.size() > 1) {
                bench.engines().end(other);
            }
        }
        String note = best.name() + "; " + sized.texts().size() + " texts, " + tokens + " tokens; cosine mean "
                + digits(Arrays.stream(cosines).average().orElseThrow()) + ", least " + digits(least);
        return turns.finding(claim, 0, 1, true, "tokens/ms", note);
    }

    /** As much of the corpus as the slower one embeds in the time of a pass; both are warm afterwards. */
    private Corpus sized(PeerProcess them) throws IOException {
        Corpus sample = bench.corpus().sample(WARM_TEXTS);
        both(them, sample.texts());
        double slower = Math.max(bench.warm(ours), bench.warm(them));
        double textsInTime = bench.settings().passSeconds() * 1e9 / slower * WARM_TEXTS;
        return bench.corpus()
                .sample((int) Math.max(textsInTime, bench.settings().leastTexts()));
    }

    private Way bestWay(List<Contender> theirs, Corpus sized) throws IOException {
        Corpus tried = bench.settings().quick() ? sized.sample(FEW_TEXTS) : sized;
        Way best = new Way(theirs.get(0), 0, Double.POSITIVE_INFINITY);
        for (Contender contender : theirs) {
            PeerProcess process = bench.engines().of(contender);
            process.texts(tried.texts());
            for (int batch : contender.batches() ? BATCHES : new int[] {0}) {
                if (batch > 0) {
                    process.batchSize(batch);
                } else if (theirs.size() == 1) {
                    return new Way(contender, 0, 0);
                }
                double nanos = Arrays.stream(process.encode(2)).min().orElseThrow();
                if (nanos < best.nanos()) {
                    best = new Way(contender, batch, nanos);
                }
            }
        }
        return best;
    }

    private void both(PeerProcess them, List<String> texts) throws IOException {
        ours.texts(texts);
        them.texts(texts);
    }

    /** Of each text's two vectors. */
    static double[] cosines(float[][] ours, float[][] theirs) {
        double[] cosines = new double[ours.length];
        for (int i = 0; i < cosines.length; i++) {
            cosines[i] = ReferenceModel.cosine(ours[i], theirs[i]);
        }
        return cosines;
    }

    static String digits(double cosine) {
        return String.format(Locale.ROOT, "%.5f", cosine);
    }
}
