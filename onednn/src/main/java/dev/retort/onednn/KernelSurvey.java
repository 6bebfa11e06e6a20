package dev.retort.onednn;

import dev.retort.autograd.NoGradients;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.AttentionSettings;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.DropoutSettings;
import dev.retort.autograd.fusion.Kernel;
import dev.retort.autograd.fusion.Norm;
import dev.retort.autograd.fusion.PoolingMode;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.NativeThreads;
import dev.retort.core.PackedTokens;
import dev.retort.core.Precision;
import dev.retort.core.StepScope;
import dev.retort.core.Workspace;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Runs the functions of a model with one small layer, on zeros, and notes which kernels each of them ran. */
final class KernelSurvey {

    // one layer of all-MiniLM-L6-v2
    private static final int HIDDEN = 384;
    private static final int HEADS = 12;
    private static final int INNER = 1536;

    private static final int[] LENGTHS = {1, 5, 16, 16, 27};
    private static final double EPSILON = 1e-12;

    private final Backend backend;
    private final Precision precision;
    private final Kernels kernels;
    private final OneDnnFusions fusions;
    private final Map<Plan, Long> runs = new IdentityHashMap<>(); // of each plan, before the function that runs now
    private final Set<Kernel> found = new LinkedHashSet<>();
    private final List<INDArray> arrays = new ArrayList<>();
    private final List<Weight> weights = new ArrayList<>();

    private KernelSurvey(Backend backend, Precision precision, Workspace workspace) {
        this.backend = backend;
        this.precision = precision;
        this.fusions = new OneDnnFusions(workspace);
        this.kernels = fusions.kernels();
    }

    /**
     * Computes on a thread of its own, bound to one native thread as workers are.
     *
     * @throws CancellationException if the calling thread is interrupted while it waits; its flag stays set
     */
    static List<Kernel> of(Backend backend, Precision precision) {
        FutureTask<List<Kernel>> survey = new FutureTask<>(() -> take(backend, precision));
        Thread thread = new Thread(survey, "retort-kernel-survey");
        thread.setDaemon(true);
        thread.setContextClassLoader(KernelSurvey.class.getClassLoader()); // as workers have it
        thread.start();
        try {
            return survey.get();
        } catch (InterruptedException interruption) {
            Thread.currentThread().interrupt();
            CancellationException cancelled = new CancellationException("kernels: interrupted");
            cancelled.initCause(interruption);
            throw cancelled;
        } catch (ExecutionException failure) {
            throw new IllegalStateException("kernels: " + precision + ": " + failure.getCause(), failure.getCause());
        }
    }

    private static List<Kernel> take(Backend backend, Precision precision) {
        NativeThreads.oneForTheCallingThread();
        try (Workspace workspace = Workspace.open()) {
            KernelSurvey survey = new KernelSurvey(backend, precision, workspace);
            try (NoGradients off = NoGradients.open();
                    StepScope step = StepScope.open(workspace)) {
                survey.run();
            } finally {
                survey.weights.forEach(Weight::close);
                survey.arrays.forEach(INDArray::close);
            }
            return List.copyOf(survey.found);
        }
    }

    private void run() {
        int[][] inputIds = new int[LENGTHS.length][];
        for (int i = 0; i < LENGTHS.length; i++) {
            inputIds[i] = new int[LENGTHS[i]];
        }
        PackedTokens tokens = PackedTokens.of(List.of(inputIds));
        Norm norm = new Norm(zeros(HIDDEN), zeros(HIDDEN), EPSILON);
        List<Weight> projections = backend.prepareJointly(
                List.of(plain(HIDDEN, HIDDEN), plain(HIDDEN, HIDDEN), plain(HIDDEN, HIDDEN)), precision);
        weights.addAll(projections);
        Weight output = weight(HIDDEN, HIDDEN);
        Weight inner = weight(INNER, HIDDEN);
        Weight outer = weight(HIDDEN, INNER);
        AttentionSettings settings = new AttentionSettings(HEADS, DropoutSettings.NONE, null);

        Variable x = noted("embeddings", () -> fusions.embed(tokens, zeros(1, HIDDEN), zeros(64, HIDDEN), norm));
        Variable context = noted(
                "attention",
                () -> fusions.selfAttention(
                        x, projections.get(0), projections.get(1), projections.get(2), tokens.layout(), settings));
        Variable attended = noted(
                "linear + residual + norm",
                () -> fusions.linearAddNorm(context, output, DropoutSettings.NONE, x, norm));
        Variable innerStates = noted("linear + GELU", () -> fusions.linear(attended, inner, Activation.GELU));
        Variable states = noted(
                "linear + residual + norm",
                () -> fusions.linearAddNorm(innerStates, outer, DropoutSettings.NONE, attended, norm));
        Variable pooled = noted("pooling", () -> fusions.pool(states, tokens.layout(), PoolingMode.MEAN));
        noted("unit length", () -> fusions.l2Normalize(pooled));
    }

    private Variable noted(String function, Supplier<Variable> computation) {
        kernels.plans().forEach(plan -> runs.put(plan, plan.runs()));
        Variable y = computation.get();
        for (Plan plan : kernels.plans()) {
            if (plan.runs() > runs.getOrDefault(plan, 0L)) {
                found.add(new Kernel(function, plan.step(), plan.implementation()));
            }
        }
        return y;
    }

    private Weight weight(long out, long in) {
        Weight.Plain plain = plain(out, in);
        Weight prepared = backend.prepare(plain.matrix(), plain.bias(), precision);
        weights.add(prepared);
        return prepared;
    }

    private Weight.Plain plain(long out, long in) {
        return new Weight.Plain(zeros(out, in), zeros(out));
    }

    private Variable zeros(long... shape) {
        INDArray array = Nd4j.zeros(DataType.FLOAT, shape);
        arrays.add(array);
        return Variable.constant(array);
    }
}
