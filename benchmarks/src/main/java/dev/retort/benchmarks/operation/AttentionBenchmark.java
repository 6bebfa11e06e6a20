package dev.retort.benchmarks.operation;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.AttentionSettings;
import dev.retort.autograd.fusion.DropoutSettings;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Weight;
import dev.retort.benchmarks.model.Candidate;
import dev.retort.benchmarks.model.RandomInputs;
import dev.retort.core.Precision;
import dev.retort.core.SequenceLayout;
import java.util.Arrays;
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
 * What does self-attention cost before its output projection: three projections, softmax(QKᵀ/√D) V for each head, heads joined? With
 * H = 384, A = 12 it is MiniLM's, with 768, 12 DistilBERT-base's. Rows are batchSize times sequenceLength.
 *
 * <p>Every result is compared with the definition's before anything is timed. One thread.
 *
 * <pre>java -cp benchmarks/target/classes:$(cat benchmarks/target/benchmarks.classpath) org.openjdk.jmh.Main AttentionBenchmark</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AttentionBenchmark {

    private static final double TOLERANCE = 1e-5;

    @Param({"1", "8"})
    int batchSize;

    @Param({"16", "128", "512"})
    int sequenceLength;

    @Param({"384", "768"})
    int hiddenSize;

    @Param("12")
    int headCount;

    @Param
    Implementation implementation = Implementation.DEFINITION;

    private Candidate candidate;
    private Variable x; // (N, H)
    private Weight[] prepared; // query, key, value, (H, H) each
    private Weight.Plain[] plain;
    private SequenceLayout layout;
    private AttentionSettings settings;

    /** Makes inputs and holds the candidate to the definition. */
    @Setup(Level.Trial)
    public void prepare() {
        candidate = implementation == Implementation.BACKEND ? Candidate.found() : Candidate.definitions();
        RandomInputs random = new RandomInputs();
        x = Variable.constant(random.normal(1, (long) batchSize * sequenceLength, hiddenSize));
        plain = new Weight.Plain[3];
        prepared = new Weight[3];
        for (int i = 0; i < 3; i++) {
            plain[i] = new Weight.Plain(
                    Variable.constant(random.normal(0.05, hiddenSize, hiddenSize)),
                    Variable.constant(random.normal(0.1, hiddenSize)));
            prepared[i] = candidate.backend().prepare(plain[i].matrix(), plain[i].bias(), Precision.F32);
        }
        int[] lengths = new int[batchSize];
        Arrays.fill(lengths, sequenceLength);
        layout = SequenceLayout.ofLengths(lengths);
        settings = new AttentionSettings(headCount, DropoutSettings.NONE, null);
        try (Candidate reference = Candidate.definitions()) {
            INDArray expected =
                    reference.kept(fusions -> fusions.selfAttention(x, plain[0], plain[1], plain[2], layout, settings));
            Candidate.requireAgreement(
                    "attention by " + implementation, expected, candidate.kept(this::compute), TOLERANCE);
        }
    }

    /** Gives the memory back. */
    @TearDown(Level.Trial)
    public void close() {
        candidate.close();
    }

    /** One call. */
    @Benchmark
    public void attention(Blackhole blackhole) {
        candidate.inScope(fusions -> {
            blackhole.consume(compute(fusions));
            return true;
        });
    }

    private Variable compute(Fusions fusions) {
        return implementation == Implementation.ND4J
                ? attentionByNd4j()
                : fusions.selfAttention(x, prepared[0], prepared[1], prepared[2], layout, settings);
    }

    private Variable attentionByNd4j() {
        INDArray scores = Nd4j.linalg().matmul(heads(0), heads(1).permute(0, 1, 3, 2)); // (B, A, T, T)
        INDArray weights = Nd4j.nn().softmax(scores.mul(1 / Math.sqrt((double) hiddenSize / headCount)), 3);
        INDArray context = Nd4j.linalg().matmul(weights, heads(2)); // (B, A, T, D)
        return Variable.constant(context.permute(0, 2, 1, 3).reshape((long) batchSize * sequenceLength, hiddenSize));
    }

    /** A projection with its heads apart, (B, A, T, D). */
    private INDArray heads(int projection) {
        Weight.Plain weight = plain[projection];
        INDArray bias = Objects.requireNonNull(weight.bias()).value();
        return Nd4j.nn()
                .linear(x.value(), weight.matrix().value().transpose(), bias)
                .reshape(batchSize, sequenceLength, headCount, hiddenSize / headCount)
                .permute(0, 2, 1, 3);
    }
}
