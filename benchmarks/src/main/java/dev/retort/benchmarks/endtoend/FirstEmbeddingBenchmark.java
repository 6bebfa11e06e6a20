package dev.retort.benchmarks.endtoend;

import dev.retort.benchmarks.model.ReferenceModel;
import dev.retort.inference.Embedding;
import dev.retort.inference.SentenceTransformer;
import dev.retort.weights.bundled.BundledModel;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How long does it take in a fresh JVM to load the default model from the cache and to embed one text, native libraries included? The
 * JVM's own start is in {@link dev.retort.benchmarks.Comparison}'s figure, not in this one. The first fork may write the cache.
 *
 * <p>The vector is compared with the definitions' afterwards: before, the comparison would load what is to be timed.
 *
 * <pre>java -cp benchmarks/target/classes:$(cat benchmarks/target/benchmarks.classpath) org.openjdk.jmh.Main FirstEmbeddingBenchmark</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(10)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
public class FirstEmbeddingBenchmark {

    private static final String TEXT = "The ferry leaves at six, unless the fog rolls in again.";

    private @Nullable SentenceTransformer model;
    private @Nullable Embedding embedding;

    /** From nothing to a vector. */
    @Benchmark
    public Embedding firstEmbedding() throws IOException {
        model = SentenceTransformer.loadDefault();
        embedding = model.encode(TEXT);
        return embedding;
    }

    /** Holds the vector to the definitions'. */
    @TearDown(Level.Iteration)
    public void compare() throws IOException {
        if (model == null || embedding == null) {
            throw new IllegalStateException("first embedding: was not made");
        }
        model.close();
        try (SentenceCheckpoint checkpoint = BundledModel.open();
                ReferenceModel reference = ReferenceModel.load(checkpoint)) {
            reference.require(TEXT, embedding);
        }
    }
}
