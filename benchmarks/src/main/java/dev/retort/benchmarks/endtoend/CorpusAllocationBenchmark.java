package dev.retort.benchmarks.endtoend;

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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How many bytes of heap does a call with many texts allocate? The twin of {@link CorpusThroughputBenchmark}; what counts is the profiler's
 * {@code gc.alloc.rate.norm}, divided by the number of texts.
 *
 * <p>Vectors are compared with the definitions' before anything is timed.
 *
 * <pre>java -cp benchmarks/target/classes:$(cat benchmarks/target/benchmarks.classpath) org.openjdk.jmh.Main -prof gc CorpusAllocationBenchmark</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class CorpusAllocationBenchmark {

    private DefaultModel model;
    private List<String> texts;

    /** Loads the model and makes the texts. */
    @Setup(Level.Trial)
    public void prepare() throws IOException {
        model = DefaultModel.load();
        texts = model.corpus().texts();
        model.requireReference(texts);
    }

    /** Ends the workers. */
    @TearDown(Level.Trial)
    public void close() {
        model.close();
    }

    /** One call with all texts. */
    @Benchmark
    public List<Embedding> encode() {
        return model.transformer().encode(texts);
    }
}
