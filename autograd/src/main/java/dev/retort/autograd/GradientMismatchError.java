package dev.retort.autograd;

import java.util.Arrays;

/** A derivative that disagrees with the function's finite differences: what {@link GradientCheck} throws. */
public final class GradientMismatchError extends AssertionError {

    private static final long serialVersionUID = 1L;

    private final String operation;
    private final int input;
    private final long[] index;
    private final double analytic;
    private final double numeric;

    GradientMismatchError(String operation, int input, long[] index, double analytic, double numeric, double error) {
        super(operation + ": gradient of input " + input + " at " + Arrays.toString(index) + ": analytic " + analytic
                + ", numeric " + numeric + ", relative error " + error);
        this.operation = operation;
        this.input = input;
        this.index = index.clone();
        this.analytic = analytic;
        this.numeric = numeric;
    }

    /** The function's name, as given to the check. */
    public String operation() {
        return operation;
    }

    /** Which input, counted from zero. */
    public int input() {
        return input;
    }

    /** The element's place in that input, one number an axis. */
    public long[] index() {
        return index.clone();
    }

    /** What backward returned. */
    public double analytic() {
        return analytic;
    }

    /** (f(x + h) - f(x - h)) / 2h. */
    public double numeric() {
        return numeric;
    }
}
