package dev.retort.benchmarks.endtoend;

import dev.retort.core.Precision;
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
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How long does one text take, by its number of tokens? With all threads on the one text.
 *
 * <p>Vectors are compared with the definitions' before anything is timed.
 *
 * <pre>java -cp benchmarks/target/classes:$(cat benchmarks/target/benchmarks.classpath) org.openjdk.jmh.Main TextLengthBenchmark</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class TextLengthBenchmark {

    @Param({"8", "32", "128", "256"})
    int tokensPerText;

    @Param({"F32", "BF16", "INT8"})
    Precision precision = Precision.F32;

    private String text = "";

    private DefaultModel model;
    private List<String> texts;

    /** Loads the model and makes the texts. */
    @Setup(Level.Trial)
    public void prepare() throws IOException {
        model = DefaultModel.load(precision);
        text = model.exactTexts().ofTokens(tokensPerText);
        texts = List.of(text);
        model.requireReference(texts);
    }

    /** Ends the workers. */
    @TearDown(Level.Trial)
    public void close() {
        model.close();
    }

    /** One call with one text. */
    @Benchmark
    public Embedding encode() {
        return model.transformer().encode(text);
    }
}
