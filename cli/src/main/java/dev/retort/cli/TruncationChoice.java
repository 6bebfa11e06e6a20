package dev.retort.cli;

import dev.retort.text.TruncationPolicy;
import java.util.Locale;

/** {@link TruncationPolicy} as it is spelled on the command line. */
enum TruncationChoice {
    TRUNCATE(TruncationPolicy.TRUNCATE),
    ERROR(TruncationPolicy.ERROR),
    SPLIT_AVERAGE(TruncationPolicy.SPLIT_AVERAGE);

    private final TruncationPolicy policy;

    TruncationChoice(TruncationPolicy policy) {
        this.policy = policy;
    }

    TruncationPolicy policy() {
        return policy;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
