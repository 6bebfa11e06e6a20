package dev.retort.benchmarks.layer;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.PoolingMode;
import dev.retort.benchmarks.model.Candidate;
import dev.retort.benchmarks.model.RandomInputs;
import dev.retort.core.SequenceLayout;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What does it cost to make sentence vectors of token vectors: the mean of each text's rows, then unit length?
 *
 * <p>Every result is compared with the definition's before anything is timed. One thread.
 *
 * <pre>java -cp benchmarks/target/classes:$(cat benchmarks/target/benchmarks.classpath) org.openjdk.jmh.Main SentencePoolingBenchmark</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SentencePoolingBenchmark {

    private static final double TOLERANCE = 1e-5;

    @Param({"1", "8", "32"})
    int batchSize;

    @Param({"16", "128", "512"})
    int sequenceLength;

    @Param({"384", "768"})
    int hiddenSize;

    @Param
    Implementation implementation = Implementation.DEFINITION;

    private Candidate candidate;
    private Variable hiddenStates; // (N, H)
    private SequenceLayout layout;

    /** Makes inputs and holds the candidate to the definition. */
    @Setup(Level.Trial)
    public void prepare() {
        candidate = implementation.open();
        layout = Tokens.random(batchSize, sequenceLength, 30522).layout();
        hiddenStates = Variable.constant(new RandomInputs().normal(1, layout.tokenCount(), hiddenSize));
        try (Candidate reference = Candidate.definitions()) {
            Candidate.requireAgreement(
                    "pooling by " + implementation,
                    reference.kept(this::compute),
                    candidate.kept(this::compute),
                    TOLERANCE);
        }
    }

    /** Gives the memory back. */
    @TearDown(Level.Trial)
    public void close() {
        candidate.close();
    }

    /** One call. */
    @Benchmark
    public void sentencePooling(Blackhole blackhole) {
        candidate.inScope(fusions -> {
            blackhole.consume(compute(fusions));
            return true;
        });
    }

    private Variable compute(Fusions fusions) {
        return fusions.l2Normalize(fusions.pool(hiddenStates, layout, PoolingMode.MEAN));
    }
}
