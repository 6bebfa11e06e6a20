package dev.retort.benchmarks;

import dev.retort.benchmarks.peer.PeerProcess;
import dev.retort.core.Precision;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The narrower precisions against our own float32: speed and quality. */
final class QualityRows {

    private static final int TYPICAL_BATCH = 32;

    private QualityRows() {}

    static List<Finding> bf16(Bench bench) {
        Contender bf16 = bench.contenders().retort(Precision.BF16);
        List<Finding> findings = new ArrayList<>();
        findings.addAll(Duel.fight(
                bench,
                Claim.ratio("bf16", "MiniLM BF16 against own F32", Target.atLeast(1.7)),
                bf16,
                List.of(bench.contenders().retort(Precision.F32)),
                false));
        findings.addAll(Duel.fight(
                bench,
                Claim.ratio("bf16", "MiniLM BF16 against LangChain4j embedAll f32", Target.atLeast(4)),
                bf16,
                List.of(bench.contenders().langChain4j(false)),
                false));
        findings.addAll(Duel.fight(
                bench,
                Claim.ratio("bf16", "MiniLM BF16 against Spring AI f32", Target.atLeast(4)),
                bf16,
                List.of(bench.contenders().springAi()),
                false));
        Claim spearman = new Claim("bf16", "BF16: Spearman's distance to F32's", Target.atMost(0.0005), "");
        Claim cosine = new Claim("bf16", "BF16: least cosine to F32, every sentence", Target.atLeast(0.9999), "");
        findings.addAll(Bench.each(List.of(new Bench.Attempt(List.of(spearman, cosine), () -> {
            float[][] reference = vectors(bench, bench.contenders().retort(Precision.F32));
            Quality f32 = Quality.of(reference, reference, bench.scores());
            Quality narrow = Quality.of(vectors(bench, bf16), reference, bench.scores());
            return List.of(
                    distance(spearman, f32, narrow, ""),
                    Finding.of(cosine, Spread.of(narrow.leastCosine()), narrow.toString()));
        }))));
        return findings;
    }

    static List<Finding> int8(Bench bench) {
        Contenders contenders = bench.contenders();
        Contender int8 = contenders.retort(Precision.INT8);
        List<Finding> findings = new ArrayList<>();
        findings.addAll(Duel.fight(
                bench,
                Claim.ratio("int8", "MiniLM INT8 against ONNX Runtime int8 (-q), best batch", Target.atLeast(1.3)),
                int8,
                List.of(contenders.onnxRuntime(true)),
                false));
        findings.addAll(Duel.fight(
                bench,
                Claim.ratio("int8", "MiniLM INT8 against LangChain4j embedAll q", null),
                int8,
                List.of(contenders.langChain4j(true)),
                false));
        Claim spearman = new Claim("int8", "INT8: Spearman's distance to F32's", Target.atMost(0.003), "");
        Claim cosine = new Claim("int8", "INT8: mean cosine to F32", Target.atLeast(0.996), "");
        findings.addAll(Bench.each(List.of(new Bench.Attempt(List.of(spearman, cosine), () -> {
            float[][] reference = vectors(bench, contenders.retort(Precision.F32));
            Quality f32 = Quality.of(reference, reference, bench.scores());
            Quality narrow = Quality.of(vectors(bench, int8), reference, bench.scores());
            String theirs = ofOnnxRuntime(bench, reference);
            return List.of(
                    distance(spearman, f32, narrow, theirs),
                    Finding.of(cosine, Spread.of(narrow.meanCosine()), narrow + "; " + theirs));
        }))));
        return findings;
    }

    private static Finding distance(Claim claim, Quality f32, Quality narrow, String more) throws IOException {
        if (Double.isNaN(f32.spearman())) {
            throw new IOException("the corpus has no scores: give --corpus with sentence1, sentence2 and score");
        }
        String note = String.format(
                Locale.ROOT, "%.5f, F32 %.5f%s", narrow.spearman(), f32.spearman(), more.isEmpty() ? "" : "; " + more);
        return Finding.of(claim, Spread.of(Math.abs(narrow.spearman() - f32.spearman())), note);
    }

    private static float[][] vectors(Bench bench, Contender contender) throws IOException {
        return Quality.vectors(bench.engines().of(contender), bench.corpus().texts());
    }

    /** Their int8 vectors depend on the texts beside them, so on the batch size. */
    private static String ofOnnxRuntime(Bench bench, float[][] reference) {
        Contender contender = bench.contenders().onnxRuntime(true);
        try {
            PeerProcess engine = bench.engines().of(contender);
            engine.batchSize(TYPICAL_BATCH);
            float[][] vectors = Quality.vectors(engine, bench.corpus().texts());
            return contender.name() + ", batch " + TYPICAL_BATCH + ": "
                    + Quality.of(vectors, reference, bench.scores());
        } catch (IOException failure) {
            return contender.name() + ": not measured: " + failure.getMessage();
        }
    }
}
