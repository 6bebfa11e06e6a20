package dev.retort.benchmarks.layer;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.benchmarks.model.Candidate;
import dev.retort.benchmarks.model.RandomModel;
import dev.retort.core.PackedTokens;
import dev.retort.core.Precision;
import dev.retort.model.DistilBertConfig;
import dev.retort.model.Mode;
import dev.retort.model.sentence.SentenceEncoder;
import dev.retort.weights.LoadOptions;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
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
 * What does one encoder layer cost, embeddings included: H = 384 with F = 1536 (MiniLM) or 768 with 3072 (DistilBERT-base), 12 heads? The
 * embeddings' share is in {@link EmbeddingsBenchmark}.
 *
 * <p>Every result is compared with the definition's before anything is timed. One thread. The definitions know float32 only; the other
 * precisions are asked for with {@code -p implementation=BACKEND -p precision=F32,BF16,INT8}.
 *
 * <pre>java -cp benchmarks/target/classes:$(cat benchmarks/target/benchmarks.classpath) org.openjdk.jmh.Main TransformerLayerBenchmark</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TransformerLayerBenchmark {

    private static final Map<Precision, Double> TOLERANCES =
            Map.of(Precision.F32, 1e-5, Precision.BF16, 2e-2, Precision.INT8, 1e-1);

    @Param({"1", "8", "32"})
    int batchSize;

    @Param({"16", "128", "512"})
    int sequenceLength;

    @Param({"384", "768"})
    int hiddenSize;

    @Param({"F32"})
    Precision precision = Precision.F32;

    @Param
    Implementation implementation = Implementation.DEFINITION;

    private Candidate candidate;
    private SentenceEncoder encoder;
    private PackedTokens tokens;

    /** Makes inputs and holds the candidate to the definition. */
    @Setup(Level.Trial)
    public void prepare() throws IOException {
        candidate = implementation.open();
        DistilBertConfig config = new DistilBertConfig(
                30522, 512, 1, 12, hiddenSize, 4 * hiddenSize, Activation.GELU, 0.1, 0.1, false, 0, 0.02);
        tokens = Tokens.random(batchSize, sequenceLength, config.vocabularySize());
        try (SentenceCheckpoint checkpoint = RandomModel.open(config);
                Candidate reference = Candidate.definitions()) {
            encoder = encoder(checkpoint, candidate, precision);
            SentenceEncoder definition = encoder(checkpoint, reference, Precision.F32);
            Candidate.requireAgreement(
                    "layer by " + implementation,
                    reference.kept(fusions -> compute(definition, fusions)),
                    candidate.kept(fusions -> compute(encoder, fusions)),
                    TOLERANCES.getOrDefault(precision, 0.0));
        }
    }

    /** Gives the memory back. */
    @TearDown(Level.Trial)
    public void close() {
        candidate.close();
    }

    /** One call. */
    @Benchmark
    public void transformerLayer(Blackhole blackhole) {
        candidate.inScope(fusions -> {
            blackhole.consume(compute(encoder, fusions));
            return true;
        });
    }

    private static SentenceEncoder encoder(SentenceCheckpoint checkpoint, Candidate candidate, Precision precision)
            throws IOException {
        return checkpoint
                .load(new LoadOptions(DataType.FLOAT, candidate.backend(), precision))
                .encoder();
    }

    private Variable compute(SentenceEncoder model, Fusions fusions) {
        return model.encoder().forward(tokens, fusions, Mode.INFERENCE);
    }
}
