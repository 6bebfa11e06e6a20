package dev.retort.benchmarks;

import dev.retort.benchmarks.corpus.Corpus;
import dev.retort.benchmarks.peer.PeerProcess;
import dev.retort.core.Precision;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Whether a token costs the same in calls of any size, in texts of any length, and with many callers. */
final class GrowthRows {

    private static final int FEW = 10;
    private static final int MANY = 1_000;
    private static final int QUICK_TOTAL = 1_000;
    private static final int CALLERS = 8;

    private GrowthRows() {}

    /** The same texts in calls of 10 and of 1,000, then over and over in one call. */
    static List<Finding> calls(Bench bench) throws IOException {
        Precision precision = Precision.F32;
        Claim few = Claim.ratio("calls", "F32, calls of 10 texts by calls of 1,000", Target.atLeast(0.7));
        PeerProcess engine = bench.engines().fresh(bench.contenders().retort(precision));
        try (engine) {
            List<String> texts = bench.settings().quick()
                    ? bench.corpus().sample(QUICK_TOTAL).texts()
                    : bench.corpus().texts();
            engine.texts(texts);
            long tokens = engine.tokenCount();
            bench.warm(engine);
            Turns.Lane inCallsOf1000 = inCalls(engine, MANY, tokens);
            Turns turns = Turns.twice(bench.settings().rounds(), List.of(inCalls(engine, FEW, tokens), inCallsOf1000));
            List<Finding> findings = new ArrayList<>();
            findings.add(turns.finding(few, 0, 1, true, "tokens/ms", texts.size() + " texts"));
            int count = bench.settings().quick() ? 10_000 : 100_000;
            findings.add(
                    large(engine, texts, "calls", "F32", count, bench.settings().quick() ? 1 : 3));
            return findings;
        }
    }

    /** The largest call, in the precision where what is not a kernel weighs most. */
    static List<Finding> million(Bench bench) throws IOException {
        try (PeerProcess engine = bench.engines().fresh(bench.contenders().retort(Precision.INT8))) {
            List<String> texts = shorterHalf(bench.corpus());
            engine.texts(texts);
            bench.warm(engine);
            return List.of(large(engine, texts, "million", "INT8", 1_000_000, 1));
        }
    }

    /** Those of fewer characters, in the corpus' order: a million of all would take a quarter of an hour. */
    private static List<String> shorterHalf(Corpus corpus) {
        int[] lengths =
                corpus.texts().stream().mapToInt(String::length).sorted().toArray();
        int longest = lengths[lengths.length / 2];
        return corpus.texts().stream().filter(text -> text.length() <= longest).toList();
    }

    /** One call with the texts over and over, against calls of 1,000. */
    private static Finding large(
            PeerProcess engine, List<String> corpus, String row, String precision, int count, int rounds)
            throws IOException {
        String texts = String.format(Locale.ROOT, "%,d", count);
        Claim claim = Claim.ratio(
                row, precision + ", a call of " + texts + " texts by calls of 1,000", Target.between(0.85, 1.15));
        engine.texts(corpus);
        long once = engine.tokenCount();
        int corpora = (count + corpus.size() - 1) / corpus.size();
        Turns turns = Turns.idle(
                rounds,
                List.of(
                        () -> {
                            engine.repeat(corpora * corpus.size());
                            engine.textsPerCall(0);
                            return Bench.rate(engine, once * corpora).measure();
                        },
                        () -> {
                            engine.repeat(corpus.size());
                            return inCalls(engine, MANY, once).measure();
                        }));
        return turns.finding(claim, 0, 1, true, "tokens/ms", corpora * corpus.size() + " texts; idle machine only");
    }

    private static Turns.Lane inCalls(PeerProcess engine, int texts, long tokens) {
        return () -> {
            engine.textsPerCall(texts);
            return Bench.rate(engine, tokens).measure();
        };
    }

    /** As many tokens in long texts as in short ones, and one text alone. */
    static List<Finding> length(Bench bench) throws IOException {
        PeerProcess engine = bench.engines().of(bench.contenders().retortBase(Precision.F32));
        List<String> shortTexts = bench.exactTexts().ofTokens(64, 64);
        List<String> longTexts = bench.exactTexts().ofTokens(512, 8);
        engine.texts(longTexts);
        bench.warm(engine);
        List<Finding> findings = new ArrayList<>();
        Claim lists = Claim.ratio(
                "length",
                "DistilBERT-base shape F32, 4,096 tokens: time of 8 texts of 512 by 64 of 64",
                Target.atMost(1.4));
        findings.add(Turns.twice(
                        bench.settings().rounds(),
                        List.of(perToken(engine, longTexts, 512), perToken(engine, shortTexts, 64)))
                .finding(lists, 0, 1, false, "ms/token", ""));
        Claim single = Claim.ratio(
                "length",
                "DistilBERT-base shape F32, one text a call: time per token of 512 by 64",
                Target.atMost(1.4));
        findings.add(Turns.twice(
                        bench.settings().rounds(),
                        List.of(
                                perToken(engine, longTexts.subList(0, 1), 512),
                                perToken(engine, shortTexts.subList(0, 1), 64)))
                .finding(single, 0, 1, false, "ms/token", ""));
        return findings;
    }

    private static Turns.Lane perToken(PeerProcess engine, List<String> texts, int length) {
        return () -> {
            engine.texts(texts);
            engine.encode(1);
            int passes = texts.size() == 1 ? 9 : 1;
            return Turns.medianMilliseconds(engine.encode(passes)) / (texts.size() * length);
        };
    }

    /** Eight threads that share one model, against one caller with all texts. */
    static List<Finding> callers(Bench bench) throws IOException {
        Claim singly = Claim.ratio(
                "callers", "F32, 8 threads, one text a call, by one caller with all texts", Target.atLeast(0.9));
        Claim lists = Claim.ratio(
                "callers", "F32, 8 threads, lists of 32, by one caller with all texts", Target.atLeast(0.9));
        try (PeerProcess engine = bench.engines().fresh(bench.contenders().retort(Precision.F32))) {
            List<String> texts = bench.settings().quick()
                    ? bench.corpus().sample(QUICK_TOTAL).texts()
                    : bench.corpus().texts();
            engine.texts(texts);
            long tokens = engine.tokenCount();
            bench.warm(engine);
            Turns turns = Turns.twice(
                    bench.settings().rounds(),
                    List.of(by(engine, CALLERS, 1, tokens), by(engine, CALLERS, 32, tokens), by(engine, 1, 0, tokens)));
            String note = texts.size() + " texts shared out";
            return List.of(
                    turns.finding(singly, 0, 2, true, "tokens/ms", note),
                    turns.finding(lists, 1, 2, true, "tokens/ms", note));
        }
    }

    private static Turns.Lane by(PeerProcess engine, int callers, int textsPerCall, long tokens) {
        return () -> {
            engine.callers(callers);
            engine.textsPerCall(textsPerCall);
            return Bench.rate(engine, tokens).measure();
        };
    }
}
