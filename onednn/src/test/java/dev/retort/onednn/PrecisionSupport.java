package dev.retort.onednn;

import dev.retort.core.Precision;

/** Prints why each precision cannot be computed; a process of its own, because the library looks at the processor once. */
final class PrecisionSupport {

    private PrecisionSupport() {}

    public static void main(String[] arguments) {
        for (Precision precision : Precision.values()) {
            System.out.println(precision + ": " + new OneDnnBackend().unsupportedReason(precision));
        }
    }
}
