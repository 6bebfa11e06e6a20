package dev.retort.benchmarks.operation;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.Variable;
import dev.retort.benchmarks.model.RandomInputs;
import dev.retort.train.optimizer.Adam;
import dev.retort.train.optimizer.AdamSettings;
import dev.retort.train.optimizer.ParameterGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
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
 * What does one update by Adam cost, float32? With 6 layers the matrices are DistilBERT-base's, 66.3 M elements of which 23.4 M are word
 * embeddings; with one, a sixth of everything. The table's gradient has either every row, or 68 rows, a batch of two short texts, while a
 * sixth of the rows had one before.
 *
 * <p>The first update is held to what it must be: it moves an element by the rate, against its gradient.
 *
 * <pre>java -cp benchmarks/target/classes:$(cat benchmarks/target/benchmarks.classpath) org.openjdk.jmh.Main AdamStepBenchmark</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AdamStepBenchmark {

    private static final int HIDDEN_SIZE = 768;
    private static final int WORDS_PER_LAYER = 30_522 / 6;
    private static final int POSITIONS_PER_LAYER = 512 / 6;
    private static final int ROWS_AT_ONCE = 68;
    private static final double RATE = 1e-3;

    @Param({"1", "6"})
    int layerCount;

    @Param({"1", "2"})
    int threads;

    @Param
    WordGradient wordGradient = WordGradient.DENSE;

    private final RandomInputs random = new RandomInputs();
    private final List<Variable> parameters = new ArrayList<>();
    private List<ParameterGroup> groups = List.of();
    private Gradients gradients;
    private Adam adam;

    /** Which rows of the table have a gradient. */
    public enum WordGradient {
        /** Every one. */
        DENSE,
        /** Those of two short texts. */
        ROW_SPARSE
    }

    /** Makes parameters and gradients, and the first update. */
    @Setup(Level.Trial)
    public void prepare() {
        int wordCount = WORDS_PER_LAYER * layerCount;
        Variable words = parameter("words", wordCount, HIDDEN_SIZE);
        parameter("positions", POSITIONS_PER_LAYER * layerCount, HIDDEN_SIZE);
        for (int layer = 0; layer < layerCount; layer++) {
            for (int projection = 0; projection < 4; projection++) {
                parameter("layer." + layer + "." + projection, HIDDEN_SIZE, HIDDEN_SIZE);
            }
            parameter("layer." + layer + ".inner", 4 * HIDDEN_SIZE, HIDDEN_SIZE);
            parameter("layer." + layer + ".outer", HIDDEN_SIZE, 4 * HIDDEN_SIZE);
        }
        groups = List.of(ParameterGroup.of("all", parameters, RATE));
        adam = new Adam(AdamSettings.adam(), threads);
        INDArray before = words.value().dup();
        update(gradients(everyNth(wordCount, 6)));
        requireFirstUpdate(before.sub(words.value()).getRow(0));
        gradients = gradients(everyNth(wordCount, wordCount / ROWS_AT_ONCE));
        update(gradients);
    }

    private Variable parameter(String name, long... shape) {
        Variable parameter = Variable.parameter(name, random.normal(0.02, shape));
        parameters.add(parameter);
        return parameter;
    }

    private static int[] everyNth(int count, int n) {
        return IntStream.range(0, count).filter(row -> row % n == 0).toArray();
    }

    /** Those of Σ g ⊙ x. */
    private Gradients gradients(int... rows) {
        List<Variable> terms = new ArrayList<>();
        for (Variable parameter : parameters) {
            boolean byRows = wordGradient == WordGradient.ROW_SPARSE && terms.isEmpty(); // the first one is the table
            Variable read = byRows ? parameter.gather(rows) : parameter;
            terms.add(read.multiply(Variable.constant(gradient(read.shape()))).sum());
        }
        return terms.stream().reduce(Variable::add).orElseThrow().backward();
    }

    /** Nothing near zero, so that the first update is the rate. */
    private INDArray gradient(long... shape) {
        return random.normal(1e-3, shape).add(0.1);
    }

    private static void requireFirstUpdate(INDArray moved) {
        double off = moved.sub(RATE).amaxNumber().doubleValue();
        if (off > 1e-6) {
            throw new IllegalStateException("first update: expected " + RATE + " an element, off by " + off);
        }
    }

    /** Gives the memory back. */
    @TearDown(Level.Trial)
    public void close() {
        adam.close();
        parameters.clear();
    }

    /** One update. */
    @Benchmark
    public void update() {
        update(gradients);
    }

    private void update(Gradients given) {
        adam.update(groups, given);
    }
}
