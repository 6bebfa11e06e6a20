package dev.retort.benchmarks.operation;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Norm;
import dev.retort.benchmarks.model.Candidate;
import dev.retort.benchmarks.model.RandomInputs;
import dev.retort.model.DistilBertConfig;
import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
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
import org.openjdk.jmh.infra.Blackhole;

/**
 * What does a layer normalisation by itself cost? ND4J's {@code layerNorm} of this version fails (it hands its bias over as the output), so
 * its {@code standardize}, times γ, plus β, stands for it; that has no ε, which random rows do not notice.
 *
 * <p>Every result is compared with the definition's before anything is timed. One thread.
 *
 * <pre>java -cp benchmarks/target/classes:$(cat benchmarks/target/benchmarks.classpath) org.openjdk.jmh.Main LayerNormBenchmark</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LayerNormBenchmark {

    private static final double TOLERANCE = 1e-5;

    @Param({"16", "128", "512", "1024"})
    int rows;

    @Param({"384", "768"})
    int hiddenSize;

    @Param
    Implementation implementation = Implementation.DEFINITION;

    private Candidate candidate;
    private Variable x; // (rows, H)
    private Norm norm;

    /** Makes inputs and holds the candidate to the definition. */
    @Setup(Level.Trial)
    public void prepare() {
        candidate = implementation == Implementation.BACKEND ? Candidate.found() : Candidate.definitions();
        RandomInputs random = new RandomInputs();
        x = Variable.constant(random.normal(1, rows, hiddenSize));
        norm = new Norm(
                Variable.constant(random.normal(1, hiddenSize)),
                Variable.constant(random.normal(0.1, hiddenSize)),
                DistilBertConfig.NORM_EPSILON);
        try (Candidate reference = Candidate.definitions()) {
            INDArray expected = reference.kept(fusions -> fusions.normalize(x, norm));
            Candidate.requireAgreement(
                    "layer norm by " + implementation, expected, candidate.kept(this::compute), TOLERANCE);
        }
    }

    /** Gives the memory back. */
    @TearDown(Level.Trial)
    public void close() {
        candidate.close();
    }

    /** One call. */
    @Benchmark
    public void layerNorm(Blackhole blackhole) {
        candidate.inScope(fusions -> {
            blackhole.consume(compute(fusions));
            return true;
        });
    }

    private Variable compute(Fusions fusions) {
        return implementation == Implementation.ND4J ? layerNormByNd4j() : fusions.normalize(x, norm);
    }

    private Variable layerNormByNd4j() {
        return Variable.constant(Nd4j.math()
                .standardize(x.value(), 1)
                .mul(norm.gamma().value())
                .add(norm.beta().value()));
    }
}
