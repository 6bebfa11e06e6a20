package dev.retort.benchmarks.endtoend;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Tokens embedded, special ones included, padding never: in the mode Throughput JMH prints them by time. */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class TokenRate {

    /** In this iteration. */
    public long tokens;

    /** Starts from zero. */
    @Setup(Level.Iteration)
    public void reset() {
        tokens = 0;
    }
}
