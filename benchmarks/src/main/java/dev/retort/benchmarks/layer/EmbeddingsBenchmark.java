package dev.retort.benchmarks.layer;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Norm;
import dev.retort.benchmarks.model.Candidate;
import dev.retort.benchmarks.model.RandomInputs;
import dev.retort.core.PackedTokens;
import dev.retort.model.DistilBertConfig;
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
 * What do the embeddings cost: two lookups in tables of 30,522 and 512 rows, a sum, a layer norm?
 *
 * <p>Every result is compared with the definition's before anything is timed. One thread.
 *
 * <pre>java -cp benchmarks/target/classes:$(cat benchmarks/target/benchmarks.classpath) org.openjdk.jmh.Main EmbeddingsBenchmark</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class EmbeddingsBenchmark {

    private static final int VOCABULARY_SIZE = 30522;
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
    private PackedTokens tokens;
    private Variable words; // (V, H)
    private Variable positions; // (512, H)
    private Norm norm;

    /** Makes inputs and holds the candidate to the definition. */
    @Setup(Level.Trial)
    public void prepare() {
        candidate = implementation.open();
        RandomInputs random = new RandomInputs();
        tokens = Tokens.random(batchSize, sequenceLength, VOCABULARY_SIZE);
        words = Variable.constant(random.normal(1, VOCABULARY_SIZE, hiddenSize));
        positions = Variable.constant(random.normal(1, 512, hiddenSize));
        norm = new Norm(
                Variable.constant(random.normal(1, hiddenSize)),
                Variable.constant(random.normal(0.1, hiddenSize)),
                DistilBertConfig.NORM_EPSILON);
        try (Candidate reference = Candidate.definitions()) {
            Candidate.requireAgreement(
                    "embeddings by " + implementation,
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
    public void embeddings(Blackhole blackhole) {
        candidate.inScope(fusions -> {
            blackhole.consume(compute(fusions));
            return true;
        });
    }

    private Variable compute(Fusions fusions) {
        return fusions.embed(tokens, words, positions, norm);
    }
}
