package dev.retort.benchmarks.endtoend;

import dev.retort.benchmarks.corpus.Corpus;
import dev.retort.benchmarks.corpus.ExactTexts;
import dev.retort.benchmarks.model.RandomModel;
import dev.retort.benchmarks.model.ReferenceModel;
import dev.retort.benchmarks.model.TokenCounter;
import dev.retort.inference.Embedding;
import dev.retort.inference.SentenceTransformer;
import dev.retort.model.DistilBertConfig;
import dev.retort.weights.sentencetransformers.ExistingFolder;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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
 * How many tokens a second does a model of DistilBERT-base's size (H = 768, 6 layers, 12 heads, F = 3072, random weights) embed, by text
 * length? The size {@code small} is there for trying the benchmark out.
 *
 * <p>Vectors are compared with the definitions' before anything is timed.
 *
 * <pre>java -cp benchmarks/target/classes:$(cat benchmarks/target/benchmarks.classpath) org.openjdk.jmh.Main DistilBertSizeBenchmark -p size=base</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 5)
@Measurement(iterations = 5, time = 5)
public class DistilBertSizeBenchmark {

    @Param({"small", "base"})
    String size = "";

    @Param({"1", "32"})
    int batchSize;

    @Param({"64", "128", "512"})
    int tokensPerText;

    private Path folder;
    private SentenceTransformer model;
    private List<String> texts;

    /** Writes the model, loads it and makes the texts. */
    @Setup(Level.Trial)
    public void prepare() throws IOException {
        DistilBertConfig sizes = size.equals("base") ? RandomModel.base() : RandomModel.small();
        folder = Files.createTempDirectory("retort-random");
        try (SentenceCheckpoint checkpoint = RandomModel.open(sizes);
                TokenCounter counter = TokenCounter.open()) {
            checkpoint.write(folder, ExistingFolder.REFUSE);
            texts = new ExactTexts(Corpus.configured(), counter).ofTokens(tokensPerText, batchSize);
            model = SentenceTransformer.load(folder);
            try (ReferenceModel reference = ReferenceModel.load(checkpoint)) {
                reference.require(texts.get(0), model.encode(texts).get(0));
            }
        }
    }

    /** Ends the workers and deletes the model. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        model.close();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** One call with all texts. */
    @Benchmark
    public List<Embedding> encode(TokenRate rate) {
        List<Embedding> embeddings = model.encode(texts);
        rate.tokens += (long) batchSize * tokensPerText;
        return embeddings;
    }
}
