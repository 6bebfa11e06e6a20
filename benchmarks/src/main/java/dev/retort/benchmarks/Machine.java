package dev.retort.benchmarks;

import dev.retort.benchmarks.peer.PeerProcess;
import dev.retort.benchmarks.peer.ProductLimit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Where the figures come from. */
final class Machine {

    /** The instruction sets that decide which kernels a library takes; as Linux and Arm name them. */
    private static final List<String> TELLING_FLAGS = List.of(
            "avx2",
            "fma",
            "avx512f",
            "avx512_vnni",
            "avx512_bf16",
            "avx_vnni",
            "amx_bf16",
            "amx_int8",
            "asimddp",
            "bf16",
            "i8mm",
            "sve");

    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    private static final Path LOAD = Path.of("/proc/loadavg");

    private Machine() {}

    /** Name and value: load before the start, processor, instruction sets, product rate, JDK, system. */
    static Map<String, String> describe(int threads) throws IOException {
        Map<String, String> facts = new LinkedHashMap<>();
        if (Files.isReadable(LOAD)) {
            facts.put(
                    "Load averages at the start (1, 5, 15 minutes)",
                    Arrays.stream(Files.readString(LOAD).split(" ")).limit(3).collect(Collectors.joining(", ")));
        }
        facts.put(
                "Processor",
                processor() + "; " + Runtime.getRuntime().availableProcessors() + " cores granted, " + threads
                        + " threads used");
        facts.put(
                "F32 matrix products (OpenBLAS, 1024 x 768 x 3072, " + threads + " threads)",
                productRate(threads) + " GF/s");
        facts.put("Java", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
        facts.put(
                "System",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"));
        return facts;
    }

    private static String processor() throws IOException {
        if (!Files.isReadable(CPU_INFO)) {
            return "not told by this system";
        }
        Map<String, String> first = new LinkedHashMap<>();
        for (String line : Files.readAllLines(CPU_INFO)) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                first.putIfAbsent(
                        line.substring(0, colon).strip(),
                        line.substring(colon + 1).strip());
            }
        }
        List<String> flags = Arrays.asList(
                first.getOrDefault("flags", first.getOrDefault("Features", "")).split(" "));
        return first.getOrDefault("model name", "unnamed") + " (family " + first.getOrDefault("cpu family", "?")
                + ", model " + first.getOrDefault("model", "?") + "), "
                + TELLING_FLAGS.stream().filter(flags::contains).collect(Collectors.joining(" "));
    }

    private static String productRate(int threads) throws IOException {
        Process process = PeerProcess.builder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ProductLimit.class.getName(),
                        Integer.toString(threads)))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String rate = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return rate.isEmpty() ? "not measured" : rate;
    }
}
