package dev.retort.benchmarks.endtoend;

import dev.retort.inference.Embedding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.Pointer;
import org.openjdk.jmh.annotations.AuxCounters;
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
 * How much memory does a process hold after it has embedded the corpus once, and after it has done so many times? What counts are the
 * counters: {@code residentMiB} (VmRSS) and {@code peakMiB} (VmHWM) of the process, zero outside Linux, and {@code nativeMiB}, what JavaCPP
 * knows of it outside the heap. More passes must not mean more memory.
 *
 * <p>Vectors are compared with the definitions' after the counters are read: the comparison needs memory of its own.
 *
 * <pre>java -cp benchmarks/target/classes:$(cat benchmarks/target/benchmarks.classpath) org.openjdk.jmh.Main ResidentMemoryBenchmark -jvmArgsAppend -Dretort.benchmarks.corpus=FILE.tsv</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(3)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
public class ResidentMemoryBenchmark {

    private static final long MIB = 1 << 20;

    @Param({"1", "10"})
    int passes;

    private DefaultModel model;

    /** Loads the model. */
    @Setup(Level.Trial)
    public void prepare() throws IOException {
        model = DefaultModel.load();
    }

    /** Compares and ends. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        model.requireReference(model.corpus().texts());
        model.close();
    }

    /** Embeds all texts, several times. */
    @Benchmark
    public List<Embedding> encode(Memory memory) throws IOException {
        List<Embedding> last = List.of();
        for (int pass = 0; pass < passes; pass++) {
            last = model.transformer().encode(model.corpus().texts());
        }
        memory.read();
        return last;
    }

    /** What the process holds. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Memory {

        /** VmRSS. */
        public long residentMiB;

        /** VmHWM. */
        public long peakMiB;

        /** Outside the heap, as far as JavaCPP knows. */
        public long nativeMiB;

        void read() throws IOException {
            residentMiB = ofStatus("VmRSS:");
            peakMiB = ofStatus("VmHWM:");
            nativeMiB = Pointer.totalBytes() / MIB;
        }

        private static long ofStatus(String field) throws IOException {
            Path status = Path.of("/proc/self/status");
            if (!Files.isReadable(status)) {
                return 0;
            }
            return Files.readAllLines(status).stream()
                    .filter(line -> line.startsWith(field))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")) / 1024)
                    .findFirst()
                    .orElse(0);
        }
    }
}
