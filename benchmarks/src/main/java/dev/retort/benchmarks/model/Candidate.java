package dev.retort.benchmarks.model;

import dev.retort.autograd.NoGradients;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.NativeThreads;
import dev.retort.core.Shape;
import dev.retort.core.StepScope;
import dev.retort.core.TensorLibrary;
import dev.retort.core.Workspace;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What computes, on the calling thread alone, with memory of its own. */
public final class Candidate implements AutoCloseable {

    private final Backend backend;
    private final Workspace workspace;
    private final Fusions fusions;

    private Candidate(Backend backend) {
        TensorLibrary.require();
        NativeThreads.oneForTheCallingThread();
        this.backend = backend;
        this.workspace = Workspace.open();
        this.fusions = backend.open(workspace);
    }

    /** The definitions. */
    public static Candidate definitions() {
        return new Candidate(Backend.definitions());
    }

    /** The backend that is found. */
    public static Candidate found() {
        return new Candidate(Backend.find());
    }

    /** Prepares weights. */
    public Backend backend() {
        return backend;
    }

    /** Computes without gradients in a step scope of its own; tensors die with it. */
    public <T> T inScope(Function<Fusions, T> computation) {
        try (NoGradients off = NoGradients.open();
                StepScope step = StepScope.open(workspace)) {
            return computation.apply(fusions);
        }
    }

    /** The result, which outlives the scope. */
    public INDArray kept(Function<Fusions, Variable> computation) {
        INDArray kept;
        try (NoGradients off = NoGradients.open();
                StepScope step = StepScope.open(workspace)) {
            kept = step.keep(computation.apply(fusions).value());
        }
        return kept;
    }

    /**
     * Compares two results.
     *
     * @param tolerance of an element, relative to the greatest expected one
     * @throws IllegalStateException if shapes or elements differ
     */
    public static void requireAgreement(String subject, INDArray expected, INDArray actual, double tolerance) {
        Shape.require(subject, actual, expected.shape());
        double scale = expected.amaxNumber().doubleValue();
        double difference =
                expected.sub(actual.castTo(expected.dataType())).amaxNumber().doubleValue();
        if (!(difference <= tolerance * scale)) {
            throw new IllegalStateException(subject + ": expected a difference of at most " + tolerance + " x " + scale
                    + ", got " + difference);
        }
    }

    @Override
    public void close() {
        workspace.close();
    }
}
