package dev.retort.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Figures taken in turns, A B A B, so that whatever the machine does in these minutes it does to all: each round first on the machine as it
 * is, then beside one busy thread. Ratios are those of one round.
 */
final class Turns {

    private final List<double[]> idle;
    private final @Nullable List<double[]> busy;

    /** What is measured again and again. */
    @FunctionalInterface
    interface Lane {
        double measure() throws IOException;
    }

    private Turns(List<double[]> idle, @Nullable List<double[]> busy) {
        this.idle = idle;
        this.busy = busy;
    }

    /** Each round twice. */
    static Turns twice(int rounds, List<Lane> lanes) throws IOException {
        List<double[]> idle = series(rounds, lanes.size());
        List<double[]> busy = series(rounds, lanes.size());
        for (int round = 0; round < rounds; round++) {
            measure(lanes, round, idle);
            try (BusyThread thread = BusyThread.start()) {
                measure(lanes, round, busy);
            }
        }
        return new Turns(idle, busy);
    }

    /** Without a busy thread. */
    static Turns idle(int rounds, List<Lane> lanes) throws IOException {
        List<double[]> idle = series(rounds, lanes.size());
        for (int round = 0; round < rounds; round++) {
            measure(lanes, round, idle);
        }
        return new Turns(idle, null);
    }

    private static List<double[]> series(int rounds, int lanes) {
        List<double[]> series = new ArrayList<>(lanes);
        for (int lane = 0; lane < lanes; lane++) {
            series.add(new double[rounds]);
        }
        return series;
    }

    private static void measure(List<Lane> lanes, int round, List<double[]> series) throws IOException {
        for (int lane = 0; lane < lanes.size(); lane++) {
            series.get(lane)[round] = lanes.get(lane).measure();
        }
    }

    /** A lane's figures on the machine as it is. */
    Spread of(int lane) {
        return Spread.of(idle.get(lane));
    }

    /** A lane with what it keeps of its speed beside the busy thread. */
    Finding.Side side(int lane, boolean higherIsFaster) {
        if (busy == null) {
            return Finding.Side.of(of(lane));
        }
        double[] alone = idle.get(lane);
        double[] beside = busy.get(lane);
        Spread kept = higherIsFaster ? Spread.ofRatios(beside, alone) : Spread.ofRatios(alone, beside);
        return new Finding.Side(of(lane), Spread.of(beside), kept);
    }

    /** One lane by another. */
    Spread ratio(int dividend, int divisor) {
        return Spread.ofRatios(idle.get(dividend), idle.get(divisor));
    }

    /** The ratio of two lanes with both as its sides. */
    Finding finding(Claim claim, int ours, int theirs, boolean higherIsFaster, String unit, String note) {
        Spread beside = busy == null ? null : Spread.ofRatios(busy.get(ours), busy.get(theirs));
        return new Finding(
                claim,
                ratio(ours, theirs),
                beside,
                side(ours, higherIsFaster),
                side(theirs, higherIsFaster),
                unit,
                note);
    }

    /** The middle of some nanoseconds, in milliseconds. */
    static double medianMilliseconds(long[] nanos) {
        return Spread.of(Arrays.stream(nanos).asDoubleStream().toArray()).median() / 1e6;
    }
}
