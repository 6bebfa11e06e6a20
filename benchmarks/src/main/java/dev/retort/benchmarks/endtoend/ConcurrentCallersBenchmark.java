package dev.retort.benchmarks.endtoend;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Do eight threads that share one model and encode text by text embed as many tokens a second as {@link CorpusThroughputBenchmark}'s one
 * caller with all texts?
 *
 * <p>Vectors are compared with the definitions' before anything is timed.
 *
 * <pre>java -cp benchmarks/target/classes:$(cat benchmarks/target/benchmarks.classpath) org.openjdk.jmh.Main ConcurrentCallersBenchmark</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Threads(8)
public class ConcurrentCallersBenchmark {

    private long tokenCount;

    private DefaultModel model;
    private List<String> texts;

    /** Loads the model and makes the texts. */
    @Setup(Level.Trial)
    public void prepare() throws IOException {
        model = DefaultModel.load();
        texts = model.corpus().texts();
        tokenCount = model.tokenCount(texts);
        model.requireReference(texts);
    }

    /** Ends the workers. */
    @TearDown(Level.Trial)
    public void close() {
        model.close();
    }

    /** Each caller embeds all texts, one a call. */
    @Benchmark
    public int encodeOneByOne(TokenRate rate) {
        int dimensions = 0;
        for (String text : texts) {
            dimensions += model.transformer().encode(text).vector().length;
        }
        rate.tokens += tokenCount;
        return dimensions;
    }
}
