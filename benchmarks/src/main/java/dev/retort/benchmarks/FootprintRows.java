package dev.retort.benchmarks;

import dev.retort.benchmarks.corpus.Corpus;
import dev.retort.benchmarks.peer.PeerProcess;
import dev.retort.core.Precision;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a process costs besides time for texts: its start, its memory, its garbage; and that many threads in it disturb nothing. */
final class FootprintRows {

    private static final int VECTOR_BYTES = 16 + 384 * Float.BYTES; // an array's header and its floats
    private static final int FEW_TEXTS = 500;
    private static final int SHARED_TEXTS = 2_000;
    private static final int MANY_CALLERS = 50;
    private static final int SHORT_TEXT = 8; // tokens

    private FootprintRows() {}

    /** From before the process is created to its first vector; fresh processes in turns, the first of each not counted. */
    static List<Finding> start(Bench bench) {
        Contenders contenders = bench.contenders();
        List<Finding> findings = new ArrayList<>();
        findings.addAll(start(
                bench,
                Claim.ratio("start", "start to first embedding, F32 by LangChain4j f32", Target.atMost(1)),
                contenders.retort(Precision.F32),
                contenders.langChain4j(false)));
        if (!bench.settings().quick()) {
            findings.addAll(start(
                    bench,
                    Claim.ratio("start", "start to first embedding, INT8 by LangChain4j q", null),
                    contenders.retort(Precision.INT8),
                    contenders.langChain4j(true)));
        }
        return findings;
    }

    private static List<Finding> start(Bench bench, Claim claim, Contender ours, Contender theirs) {
        return Bench.each(List.of(new Bench.Attempt(List.of(claim), () -> {
            startSeconds(bench, ours);
            startSeconds(bench, theirs);
            Turns turns = Turns.idle(
                    bench.settings().starts(),
                    List.of(() -> startSeconds(bench, ours), () -> startSeconds(bench, theirs)));
            String note = bench.settings().starts() + " processes each, the JVM's own start included";
            return List.of(turns.finding(claim, 0, 1, false, "s", note));
        })));
    }

    private static double startSeconds(Bench bench, Contender contender) throws IOException {
        try (PeerProcess process = bench.engines().fresh(contender)) {
            return process.startNanos() / 1e9;
        }
    }

    /** The peak of a fresh process that embeds the corpus once. */
    static List<Finding> memory(Bench bench) {
        Contenders contenders = bench.contenders();
        List<Finding> findings = new ArrayList<>();
        findings.addAll(memory(
                bench,
                Claim.ratio("memory", "peak resident memory, F32 by LangChain4j f32", Target.atMost(1)),
                contenders.retort(Precision.F32),
                contenders.langChain4j(false)));
        findings.addAll(memory(
                bench,
                Claim.ratio("memory", "peak resident memory, INT8 by LangChain4j q", Target.atMost(1)),
                contenders.retort(Precision.INT8),
                contenders.langChain4j(true)));
        return findings;
    }

    private static List<Finding> memory(Bench bench, Claim claim, Contender ours, Contender theirs) {
        return Bench.each(List.of(new Bench.Attempt(List.of(claim), () -> {
            int rounds = bench.settings().quick() ? 1 : 3;
            Turns turns = Turns.idle(rounds, List.of(() -> peakMiB(bench, ours), () -> peakMiB(bench, theirs)));
            String note = "fresh processes that embed " + bench.corpus().texts().size() + " texts once";
            return List.of(turns.finding(claim, 0, 1, false, "MiB", note));
        })));
    }

    private static double peakMiB(Bench bench, Contender contender) throws IOException {
        try (PeerProcess process = bench.engines().fresh(contender)) {
            process.texts(bench.corpus().texts());
            process.encode(1);
            long peak = process.peakResidentMiB();
            if (peak < 0) {
                throw new IOException("this system does not tell a process's memory");
            }
            return peak;
        }
    }

    /** Bytes on the heap for each text of one call, less the tokenizer's and the returned vector's. */
    static List<Finding> heap(Bench bench) throws IOException {
        Claim claim = new Claim("heap", "heap per text beyond the vector, tokenizer apart", Target.atMost(1000), "B");
        Corpus corpus = bench.settings().quick() ? bench.corpus().sample(FEW_TEXTS) : bench.corpus();
        List<String> texts = corpus.texts();
        double ofTokenizer = heapPerText(bench, bench.contenders().tokenizer(), texts);
        List<Finding> findings = new ArrayList<>();
        for (Precision precision : Precision.values()) {
            Claim own = claim.with(", " + precision);
            findings.addAll(Bench.each(List.of(new Bench.Attempt(List.of(own), () -> {
                double whole = heapPerText(bench, bench.contenders().retort(precision), texts);
                String note = String.format(
                        Locale.ROOT, "%.0f in all, tokenizer %.0f, vector %d", whole, ofTokenizer, VECTOR_BYTES);
                return List.of(Finding.of(own, Spread.of(whole - ofTokenizer - VECTOR_BYTES), note));
            }))));
        }
        return findings;
    }

    private static double heapPerText(Bench bench, Contender contender, List<String> texts) throws IOException {
        try (PeerProcess process = bench.engines().fresh(contender)) {
            process.texts(texts);
            bench.warm(process);
            process.encode(3);
            double[] bytes = {process.heapBytes(), process.heapBytes(), process.heapBytes()};
            return Spread.of(bytes).median() / texts.size();
        }
    }

    /** 100,000 short texts in calls of 1,000: what the process holds at the end by what it held after the first thousand. */
    static List<Finding> resident(Bench bench) {
        int thousands = bench.settings().quick() ? 20 : 100;
        List<Finding> findings = new ArrayList<>();
        for (Precision precision : Precision.values()) {
            Claim claim = Claim.ratio(
                    "resident",
                    precision + ", resident memory after " + thousands + ",000 short texts by after 1,000",
                    Target.atMost(1.05));
            findings.addAll(Bench.each(List.of(new Bench.Attempt(List.of(claim), () -> {
                try (PeerProcess process =
                        bench.engines().fresh(bench.contenders().retortWithFixedHeap(precision))) {
                    process.texts(bench.exactTexts().ofTokens(SHORT_TEXT, 1000));
                    process.encode(1);
                    double first = process.residentMiB();
                    process.encode(thousands - 1);
                    double last = process.residentMiB();
                    return List.of(Finding.of(
                            claim,
                            Spread.of(last / first),
                            Spread.of(last),
                            Spread.of(first),
                            "MiB",
                            "texts of 8 tokens, heap fixed at 256 MiB"));
                }
            }))));
        }
        return findings;
    }

    /** Fifty threads that each embed the same 2,000 texts, singly and in lists. */
    static Row bits(Precision precision) {
        String name = "bits-" + Contenders.nameOf(precision);
        String question = precision + ", vectors of 50 threads that differ in a bit from a single caller's";
        return new Row(name, question, false, bench -> {
            try (PeerProcess process = bench.engines().fresh(bench.contenders().retort(precision))) {
                List<String> texts = bench.corpus().repeated(SHARED_TEXTS);
                process.texts(texts);
                process.callers(MANY_CALLERS);
                List<Finding> findings = new ArrayList<>();
                for (int size : new int[] {1, 32}) {
                    Claim claim = new Claim(
                            name,
                            question + (size == 1 ? ", singly" : ", in lists of " + size),
                            Target.atMost(0),
                            "vectors");
                    process.textsPerCall(size);
                    findings.add(Finding.of(
                            claim, Spread.of(process.differing()), "of " + MANY_CALLERS * SHARED_TEXTS + " vectors"));
                }
                return findings;
            }
        });
    }
}
