package dev.retort.benchmarks;

import dev.retort.benchmarks.peer.PeerProcess;
import dev.retort.core.Precision;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** One text a call: all our precisions and ONNX Runtime's two models in turns. */
final class OneTextRow {

    static final double SAME_MEANING = 0.996; // the least mean cosine of a precision that counts
    private static final int COMPARED_TEXTS = 64;
    private static final Map<Integer, Double> F32_TARGETS = new TreeMap<>(Map.of(8, 1.0, 32, 0.75, 128, 0.75));
    private static final double INT8_TARGET = 0.75;

    private final Bench bench;
    private final List<Contender> ours = new ArrayList<>(); // those that count
    private final StringBuilder left = new StringBuilder();

    private OneTextRow(Bench bench) {
        this.bench = bench;
    }

    static List<Finding> measure(Bench bench) throws IOException {
        OneTextRow row = new OneTextRow(bench);
        row.choose();
        List<Finding> findings = new ArrayList<>();
        for (Map.Entry<Integer, Double> target : F32_TARGETS.entrySet()) {
            int length = target.getKey();
            String text = bench.exactTexts().ofTokens(length);
            findings.addAll(row.against(
                    Claim.ratio(
                            "one-text",
                            "one text of " + length + " tokens, time of F32 by ONNX Runtime f32's",
                            Target.atMost(target.getValue())),
                    text,
                    bench.contenders().onnxRuntime(false),
                    row.ours.subList(0, 1)));
            findings.addAll(row.against(
                    Claim.ratio(
                            "one-text",
                            "one text of " + length + " tokens, time of our best by ONNX Runtime int8 (-q)'s",
                            Target.atMost(INT8_TARGET)),
                    text,
                    bench.contenders().onnxRuntime(true),
                    row.ours));
        }
        return findings;
    }

    /** Our precisions that this processor has and that mean the same. */
    private void choose() throws IOException {
        List<String> texts = bench.corpus().sample(COMPARED_TEXTS).texts();
        Contender f32 = bench.contenders().retort(Precision.F32);
        float[][] reference = Quality.vectors(bench.engines().of(f32), texts);
        ours.add(f32);
        for (Precision precision : List.of(Precision.BF16, Precision.INT8)) {
            Contender contender = bench.contenders().retort(precision);
            try {
                double cosine = Arrays.stream(
                                Duel.cosines(Quality.vectors(bench.engines().of(contender), texts), reference))
                        .average()
                        .orElseThrow();
                if (cosine >= SAME_MEANING) {
                    ours.add(contender);
                } else {
                    left.append("; not ").append(precision).append(": cosine ").append(Duel.digits(cosine));
                }
            } catch (IOException failure) {
                left.append("; not ").append(precision).append(": ").append(failure.getMessage());
            }
        }
    }

    private List<Finding> against(Claim claim, String text, Contender peer, List<Contender> candidates) {
        return Bench.each(List.of(new Bench.Attempt(List.of(claim), () -> {
            List<Turns.Lane> lanes = new ArrayList<>();
            for (Contender candidate : candidates) {
                PeerProcess engine = bench.engines().of(candidate);
                engine.texts(List.of(text));
                lanes.add(bench.callTime(engine));
            }
            PeerProcess them = bench.engines().of(peer);
            them.batchSize(1);
            them.texts(List.of(text));
            lanes.add(bench.callTime(them));
            // slices this short meet many states of the machine
            Turns turns = Turns.twice(2 * bench.settings().rounds(), lanes);
            int best = 0;
            StringBuilder all = new StringBuilder();
            for (int lane = 0; lane < candidates.size(); lane++) {
                all.append(all.length() == 0 ? "" : ", ")
                        .append(candidates.get(lane).name())
                        .append(' ')
                        .append(turns.of(lane));
                best = turns.of(lane).median() < turns.of(best).median() ? lane : best;
            }
            String note = candidates.size() == 1
                    ? peer.name()
                    : "best: " + candidates.get(best).name() + " of " + all + left;
            return List.of(turns.finding(claim, best, candidates.size(), false, "ms", note));
        })));
    }
}
