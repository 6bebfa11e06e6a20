package dev.retort.inference;

import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.BackendChoice;
import dev.retort.core.Precision;
import dev.retort.core.TensorLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.stream.Stream;
import org.nd4j.linalg.factory.Nd4j;

/** Looks around in the process and on its machine. */
final class RuntimeSurvey {

    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    private static final List<String> MODEL_KEYS = List.of("model name", "cpu model", "Model");

    private RuntimeSurvey() {}

    static Diagnostics take() {
        TensorLibrary.require();
        BackendChoice choice = BackendChoice.make();
        Backend backend = choice.backend();
        return new Diagnostics(
                Retort.version(),
                System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"),
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                processor(),
                backend.instructionSet(),
                Runtime.getRuntime().availableProcessors(),
                LoadSettings.defaults().threads(),
                tensors(),
                backend.name(),
                choice.definitionsReason(),
                Arrays.stream(Precision.values())
                        .map(precision -> ofPrecision(backend, precision))
                        .toList());
    }

    private static Diagnostics.OfPrecision ofPrecision(Backend backend, Precision precision) {
        return new Diagnostics.OfPrecision(precision, backend.unsupportedReason(precision), backend.kernels(precision));
    }

    private static String tensors() {
        return "ND4J " + nd4jVersion() + ", " + Nd4j.getBackend().getClass().getSimpleName() + ", "
                + Nd4j.factory().blas().getBlasVendor().name().toLowerCase(Locale.ROOT);
    }

    /** What is on the class path, which may not be what this library was built with. */
    private static String nd4jVersion() {
        try (InputStream in = Nd4j.class.getResourceAsStream("/META-INF/maven/org.nd4j/nd4j-api/pom.properties")) {
            Properties artifact = new Properties();
            if (in != null) {
                artifact.load(in);
            }
            return artifact.getProperty("version", "of unknown version"); // repackaged
        } catch (IOException e) {
            return "of unknown version";
        }
    }

    private static String processor() {
        if (Files.isReadable(CPU_INFO)) { // Linux
            try (Stream<String> lines = Files.lines(CPU_INFO, StandardCharsets.ISO_8859_1)) {
                return lines.map(line -> line.split("\\s*:\\s*", 2))
                        .filter(pair -> pair.length == 2 && MODEL_KEYS.contains(pair[0]))
                        .map(pair -> pair[1].strip())
                        .findFirst()
                        .orElse("not told by this system");
            } catch (IOException e) {
                return "not told by this system: " + e.getMessage();
            }
        }
        String windows = System.getenv("PROCESSOR_IDENTIFIER");
        return windows == null ? "not told by this system" : windows;
    }
}
