package dev.retort.cli;

import dev.retort.autograd.fusion.Backend;
import dev.retort.core.Precision;
import org.junit.jupiter.api.Assumptions;

/** Skips a test, with the reason, where the processor cannot compute in a precision. */
final class NarrowPrecision {

    private NarrowPrecision() {}

    static void require(Precision precision) {
        String reason = Backend.find().unsupportedReason(precision);
        Assumptions.assumeTrue(reason == null, () -> "skipped: " + reason);
    }
}
