package dev.retort.benchmarks.endtoend;

import dev.retort.core.Precision;
import dev.retort.inference.Embedding;
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
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How many tokens a second does one call with a whole corpus embed? Without {@code -Dretort.benchmarks.corpus=FILE.tsv} (STS-B dev, for
 * example) the corpus is the bundled one.
 *
 * <p>Vectors are compared with the definitions' before anything is timed.
 *
 * <pre>java -cp benchmarks/target/classes:$(cat benchmarks/target/benchmarks.classpath) org.openjdk.jmh.Main CorpusThroughputBenchmark -jvmArgsAppend -Dretort.benchmarks.corpus=FILE.tsv</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class CorpusThroughputBenchmark {

    @Param({"1", "2"})
    int workerThreads;

    @Param({"F32", "BF16", "INT8"})
    Precision precision = Precision.F32;

    private long tokenCount;

    private DefaultModel model;
    private List<String> texts;

    /** Loads the model and makes the texts. */
    @Setup(Level.Trial)
    public void prepare() throws IOException {
        model = DefaultModel.load(workerThreads, precision);
        texts = model.corpus().texts();
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
