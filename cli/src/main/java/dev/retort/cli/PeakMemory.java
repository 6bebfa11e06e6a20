package dev.retort.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The most memory that this process has held. */
final class PeakMemory {

    private static final String FIELD = "VmHWM:"; // proc(5): "peak resident set size"
    private static final long BYTES_A_KIBIBYTE = 1 << 10;

    private PeakMemory() {}

    /** In bytes; -1 where the system does not tell, which only Linux does. */
    static long bytes() {
        Path status = Path.of("/proc/self/status");
        try {
            for (String line : Files.isReadable(status) ? Files.readAllLines(status) : List.<String>of()) {
                if (line.startsWith(FIELD)) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * BYTES_A_KIBIBYTE;
                }
            }
            return -1;
        } catch (IOException e) {
            return -1;
        }
    }
}
