package dev.retort.benchmarks;

import dev.retort.core.Precision;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Many texts by us and by other engines. */
final class ThroughputRows {

    private ThroughputRows() {}

    static List<Finding> f32(Bench bench) {
        Contenders contenders = bench.contenders();
        Contender f32 = contenders.retort(Precision.F32);
        List<Finding> findings = new ArrayList<>();
        findings.addAll(Duel.fight(
                bench,
                Claim.ratio("f32", "MiniLM F32 against ONNX Runtime f32, best batch", Target.atLeast(1.4)),
                f32,
                List.of(contenders.onnxRuntime(false)),
                true));
        findings.addAll(Duel.fight(
                bench,
                Claim.ratio("f32", "MiniLM F32 against LangChain4j embedAll f32", Target.atLeast(2.5)),
                f32,
                List.of(contenders.langChain4j(false)),
                true));
        findings.addAll(Duel.fight(
                bench,
                Claim.ratio("f32", "MiniLM F32 against Spring AI f32", Target.atLeast(2.5)),
                f32,
                List.of(contenders.springAi()),
                true));
        return findings;
    }

    static List<Finding> djl(Bench bench) throws IOException {
        return Duel.fight(
                bench,
                Claim.ratio("djl", "MiniLM F32 against DJL's PyTorch f32, best batch", null),
                bench.contenders().retort(Precision.F32),
                List.of(bench.contenders().djl()),
                true);
    }

    static Row openVino(Precision precision, double target) {
        String name = "openvino-" + Contenders.nameOf(precision);
        String subject = "MiniLM " + precision + " against OpenVINO "
                + precision.name().toLowerCase(Locale.ROOT) + ", best batch and hint";
        return new Row(
                name,
                "many texts in " + precision + " beside OpenVINO",
                true,
                bench -> Duel.fight(
                        bench,
                        Claim.ratio(name, subject, Target.atLeast(target)),
                        bench.contenders().retort(precision),
                        bench.contenders().openVino(precision),
                        precision == Precision.F32));
    }

    static List<Finding> baseF32(Bench bench) throws IOException {
        return Duel.fight(
                bench,
                Claim.ratio(
                        "base-f32",
                        "DistilBERT-base shape F32 against ONNX Runtime f32, best batch",
                        Target.atLeast(1.3)),
                bench.contenders().retortBase(Precision.F32),
                List.of(bench.contenders().onnxRuntimeBase(false)),
                true);
    }

    static List<Finding> baseInt8(Bench bench) throws IOException {
        return Duel.fight(
                bench,
                Claim.ratio(
                        "base-int8",
                        "DistilBERT-base shape INT8 against ONNX Runtime int8 (dynamic, per channel), best batch",
                        Target.atLeast(1.5)),
                bench.contenders().retortBase(Precision.INT8),
                List.of(bench.contenders().onnxRuntimeBase(true)),
                false);
    }

    /** How near our whole forward pass, tokenizer included, comes to its matrix products alone. */
    static List<Finding> products(Bench bench) {
        int texts = 32;
        int length = 128;
        Claim claim = Claim.ratio(
                "products",
                "DistilBERT-base shape F32, " + texts + " texts of " + length
                        + " tokens, against oneDNN's bare products",
                Target.atLeast(0.9));
        return Bench.each(List.of(new Bench.Attempt(List.of(claim), () -> {
            var ours = bench.engines().of(bench.contenders().retortBase(Precision.F32));
            Contender bare = bench.contenders().productsBase(texts, length);
            var products = bench.engines().of(bare);
            List<String> exact = bench.exactTexts().ofTokens(length, texts);
            ours.texts(exact);
            products.texts(exact);
            bench.warm(ours);
            bench.warm(products);
            long tokens = (long) texts * length;
            Turns turns = Turns.twice(
                    2 * bench.settings().rounds(), List.of(Bench.rate(ours, tokens), Bench.rate(products, tokens)));
            String note = bench.engines().descriptions().getOrDefault(bare.name(), "");
            return List.of(turns.finding(claim, 0, 1, true, "tokens/ms", note));
        })));
    }
}
