package dev.retort.benchmarks.operation;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Weight;
import dev.retort.benchmarks.model.Candidate;
import dev.retort.benchmarks.model.RandomInputs;
import dev.retort.core.Precision;
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
 * What does a feed-forward network's first half cost, gelu(X Wᵀ + b) from H to F = 4 H? H = 384 is MiniLM's, 768 DistilBERT-base's.
 * ND4J has no GELU by the error function; its {@code linear} and {@code erf} make one.
 *
 * <p>Every result is compared with the definition's before anything is timed. One thread.
 *
 * <pre>java -cp benchmarks/target/classes:$(cat benchmarks/target/benchmarks.classpath) org.openjdk.jmh.Main LinearGeluBenchmark</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LinearGeluBenchmark {

    private static final double TOLERANCE = 1e-5;

    @Param({"16", "128", "512", "1024"})
    int rows;

    @Param({"384", "768"})
    int hiddenSize;

    @Param
    Implementation implementation = Implementation.DEFINITION;

    private Candidate candidate;
    private Variable x; // (rows, H)
    private Weight weight; // (F, H)
    private Weight.Plain plain;

    /** Makes inputs and holds the candidate to the definition. */
    @Setup(Level.Trial)
    public void prepare() {
        candidate = implementation == Implementation.BACKEND ? Candidate.found() : Candidate.definitions();
        RandomInputs random = new RandomInputs();
        x = Variable.constant(random.normal(1, rows, hiddenSize));
        plain = new Weight.Plain(
                Variable.constant(random.normal(0.05, 4L * hiddenSize, hiddenSize)),
                Variable.constant(random.normal(0.1, 4L * hiddenSize)));
        weight = candidate.backend().prepare(plain.matrix(), plain.bias(), Precision.F32);
        try (Candidate reference = Candidate.definitions()) {
            INDArray expected = reference.kept(fusions -> fusions.linear(x, plain, Activation.GELU));
            Candidate.requireAgreement(
                    "linear and GELU by " + implementation, expected, candidate.kept(this::compute), TOLERANCE);
        }
    }

    /** Gives the memory back. */
    @TearDown(Level.Trial)
    public void close() {
        candidate.close();
    }

    /** One call. */
    @Benchmark
    public void linearGelu(Blackhole blackhole) {
        candidate.inScope(fusions -> {
            blackhole.consume(compute(fusions));
            return true;
        });
    }

    private Variable compute(Fusions fusions) {
        return implementation == Implementation.ND4J ? linearGeluByNd4j() : fusions.linear(x, weight, Activation.GELU);
    }

    private Variable linearGeluByNd4j() {
        INDArray bias = Objects.requireNonNull(plain.bias()).value();
        INDArray y = Nd4j.nn().linear(x.value(), plain.matrix().value().transpose(), bias);
        INDArray doubled = Nd4j.math().erf(y.mul(Math.sqrt(0.5))).add(1); // 2 Φ(y)
        return Variable.constant(y.mul(doubled).mul(0.5));
    }
}
