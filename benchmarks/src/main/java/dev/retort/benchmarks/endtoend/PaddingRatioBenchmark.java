package dev.retort.benchmarks.endtoend;

import dev.retort.inference.Embedding;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Does a text's cost depend on the texts beside it? A call has one text of 8 tokens times the ratio and short ones of 8, about 1024 tokens
 * in all: an engine that pads a batch to its longest text computes ratio times as much; an engine that packs computes the same.
 *
 * <p>Vectors are compared with the definitions' before anything is timed.
 *
 * <pre>java -cp benchmarks/target/classes:$(cat benchmarks/target/benchmarks.classpath) org.openjdk.jmh.Main PaddingRatioBenchmark</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class PaddingRatioBenchmark {

    private static final int SHORT_TOKENS = 8;
    private static final int TOTAL_TOKENS = 1024;

    @Param({"1", "2", "4", "8", "16"})
    int paddingRatio;

    private long tokenCount;

    private DefaultModel model;
    private List<String> texts;

    /** Loads the model and makes the texts. */
    @Setup(Level.Trial)
    public void prepare() throws IOException {
        model = DefaultModel.load();
        int longTokens = SHORT_TOKENS * paddingRatio;
        texts = new ArrayList<>(model.exactTexts().ofTokens(SHORT_TOKENS, (TOTAL_TOKENS - longTokens) / SHORT_TOKENS));
        texts.add(0, model.exactTexts().ofTokens(longTokens));
        tokenCount = model.tokenCount(texts);
        model.requireReference(texts);
    }

    /** Ends the workers. */
    @TearDown(Level.Trial)
    public void close() {
        model.close();
    }

    /** One call with all texts. */
    @Benchmark
    public List<Embedding> encode(TokenRate rate) {
        List<Embedding> embeddings = model.transformer().encode(texts);
        rate.tokens += tokenCount;
        return embeddings;
    }
}
