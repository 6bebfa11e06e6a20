package dev.retort.benchmarks.operation;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.DropoutSettings;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Norm;
import dev.retort.autograd.fusion.Weight;
import dev.retort.benchmarks.model.Candidate;
import dev.retort.benchmarks.model.RandomInputs;
import dev.retort.core.Precision;
import dev.retort.model.DistilBertConfig;
import java.util.Objects;
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
 * What does the end of a feed-forward network cost, LayerNorm(X Wᵀ + b + R) from F = 4 H to H? For ND4J's norm see
 * {@link LayerNormBenchmark}.
 *
 * <p>Every result is compared with the definition's before anything is timed. One thread.
 *
 * <pre>java -cp benchmarks/target/classes:$(cat benchmarks/target/benchmarks.classpath) org.openjdk.jmh.Main LinearAddNormBenchmark</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LinearAddNormBenchmark {

    private static final double TOLERANCE = 1e-5;

    @Param({"16", "128", "512", "1024"})
    int rows;

    @Param({"384", "768"})
    int hiddenSize;

    @Param
    Implementation implementation = Implementation.DEFINITION;

    private Candidate candidate;
    private Variable x; // (rows, F)
    private Variable residual; // (rows, H)
    private Weight weight; // (H, F)
    private Weight.Plain plain;
    private Norm norm;

    /** Makes inputs and holds the candidate to the definition. */
    @Setup(Level.Trial)
    public void prepare() {
        candidate = implementation == Implementation.BACKEND ? Candidate.found() : Candidate.definitions();
        RandomInputs random = new RandomInputs();
        x = Variable.constant(random.normal(1, rows, 4L * hiddenSize));
        residual = Variable.constant(random.normal(1, rows, hiddenSize));
        plain = new Weight.Plain(
                Variable.constant(random.normal(0.05, hiddenSize, 4L * hiddenSize)),
                Variable.constant(random.normal(0.1, hiddenSize)));
        weight = candidate.backend().prepare(plain.matrix(), plain.bias(), Precision.F32);
        norm = new Norm(
                Variable.constant(random.normal(1, hiddenSize)),
                Variable.constant(random.normal(0.1, hiddenSize)),
                DistilBertConfig.NORM_EPSILON);
        try (Candidate reference = Candidate.definitions()) {
            INDArray expected =
                    reference.kept(fusions -> fusions.linearAddNorm(x, plain, DropoutSettings.NONE, residual, norm));
            Candidate.requireAgreement(
                    "linear, residual and norm by " + implementation,
                    expected,
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
    public void linearAddNorm(Blackhole blackhole) {
        candidate.inScope(fusions -> {
            blackhole.consume(compute(fusions));
            return true;
        });
    }

    private Variable compute(Fusions fusions) {
        return implementation == Implementation.ND4J
                ? linearAddNormByNd4j()
                : fusions.linearAddNorm(x, weight, DropoutSettings.NONE, residual, norm);
    }

    private Variable linearAddNormByNd4j() {
        INDArray bias = Objects.requireNonNull(plain.bias()).value();
        INDArray y = Nd4j.nn()
                .linear(x.value(), plain.matrix().value().transpose(), bias)
                .add(residual.value());
        return Variable.constant(Nd4j.math()
                .standardize(y, 1)
                .mul(norm.gamma().value())
                .add(norm.beta().value()));
    }
}
