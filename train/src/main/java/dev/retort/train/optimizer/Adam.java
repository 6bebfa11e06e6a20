package dev.retort.train.optimizer;

import dev.retort.autograd.Gradient;
import dev.retort.autograd.Gradients;
import dev.retort.autograd.Variable;
import dev.retort.core.Shape;
import dev.retort.core.Tensors;
import dev.retort.weights.safetensors.Checkpoint;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import dev.retort.weights.safetensors.SafetensorsWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager.Location;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Adam and AdamW, PyTorch's arithmetic ({@link Coefficients} has the equations).
 *
 * <pre>{@code
 * try (Adam adam = new Adam(AdamSettings.adam(), threads)) {
 *     ...
 *     adam.update(groups, loss.backward());
 * }
 * }</pre>
 *
 * <p>A parameter's state is made at its first gradient and found by its name. A parameter without a gradient is left alone, as PyTorch
 * leaves one whose {@code grad} is None: not updated, not decayed, its count of updates stands still. So a layer that is unfrozen later starts
 * at one, and a frozen one takes no memory.
 *
 * <p>Of a table whose gradient is row-sparse, rows that never had a gradient cost neither time nor memory and keep the bits that work on
 * every row would give them; rows that once had one go on moving, as in dense Adam. In a group with decay every row is worked on.
 *
 * <p>float32 and float64. The bits do not depend on the number of threads. Not safe for use by several threads.
 */
public final class Adam implements AutoCloseable {

    private final AdamSettings settings;
    private final Crew crew;
    private final Map<String, Moments> moments = new TreeMap<>();
    private long updates;
    private boolean closed;

    /** @param threads that share the work of an update, the caller's among them */
    public Adam(AdamSettings settings, int threads) {
        this.settings = settings;
        this.crew = new Crew(threads);
    }

    /** What it was made with. */
    public AdamSettings settings() {
        return settings;
    }

    /** How many times {@link #update} was called: the step at which schedules stand. A single parameter may have had fewer updates. */
    public long updates() {
        return updates;
    }

    /** The bytes of the moments: those of every element of a parameter, or of the rows that ever had a gradient. */
    public long stateBytes() {
        return moments.values().stream().mapToLong(Moments::bytes).sum();
    }

    // ---- a step ----

    /** {@link #update(List, List, double)} by one backward pass's gradients as they are. */
    public void update(List<ParameterGroup> groups, Gradients gradients) {
        update(groups, List.of(gradients), 1);
    }

    /** {@link #update(List, List, double)} by one backward pass's gradients. */
    public void update(List<ParameterGroup> groups, Gradients gradients, double gradientFactor) {
        update(groups, List.of(gradients), gradientFactor);
    }

    /**
     * Updates each parameter that has a gradient, in place, at its group's rate for step {@link #updates()}.
     *
     * @param groups parameters with a name each, none in two groups
     * @param shares gradients whose sum is meant, of several threads or batches; added in this order while they are read
     * @param gradientFactor with which the sum is multiplied first: of clipping, or one over the number of batches for their mean
     * @throws IllegalArgumentException if a parameter occurs twice or is not row-major float32 or float64, if a type or shape is not that of
     *     the gradient or of the moments, or if the factor is no finite number; nothing has been changed then
     */
    public void update(List<ParameterGroup> groups, List<Gradients> shares, double gradientFactor) {
        requireOpen();
        if (!(gradientFactor >= 0 && gradientFactor < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("gradientFactor: expected a number of 0 or more, got " + gradientFactor);
        }
        List<Trained> all = trained(groups, shares);
        List<Crew.Task> tasks = new ArrayList<>();
        for (Trained trained : all) {
            tasks.addAll(update(trained, gradientFactor).tasks());
        }
        crew.run(tasks, elements(all));
        for (Trained trained : all) {
            Nd4j.getAffinityManager().tagLocation(trained.parameter.value(), Location.HOST);
        }
        updates++;
    }

    /** A parameter that has a gradient. */
    private record Trained(ParameterGroup group, Variable parameter, SummedGradient gradient) {}

    /** Of all parameters together; of a table all rows. */
    private static long elements(List<Trained> all) {
        return all.stream()
                .mapToLong(trained -> trained.parameter.value().length())
                .sum();
    }

    /** The parameters of all groups that have a gradient, checked. */
    private List<Trained> trained(List<ParameterGroup> groups, List<Gradients> shares) {
        Set<String> names = new HashSet<>();
        List<Trained> trained = new ArrayList<>();
        for (ParameterGroup group : groups) {
            for (Variable parameter : group.parameters()) {
                if (!names.add(parameter.name())) {
                    throw new IllegalArgumentException("parameter group " + group.name() + ": " + parameter
                            + ": a parameter of this name occurred before");
                }
                List<Gradient> gradients = shares.stream()
                        .filter(share -> share.contains(parameter))
                        .map(share -> share.gradient(parameter))
                        .toList();
                if (!gradients.isEmpty()) {
                    requireUpdatable(parameter, gradients);
                    trained.add(new Trained(group, parameter, SummedGradient.of(gradients)));
                }
            }
        }
        return trained;
    }

    private void requireUpdatable(Variable parameter, List<Gradient> gradients) {
        INDArray value = parameter.value();
        DataType type = value.dataType();
        if (type != DataType.FLOAT && type != DataType.DOUBLE) {
            throw new IllegalArgumentException(parameter + ": expected float32 or float64, got " + type);
        }
        if (!Tensors.isRowMajor(value)) {
            throw new IllegalArgumentException(parameter + ": is not row-major, so it cannot be updated in place");
        }
        for (Gradient gradient : gradients) {
            if (!Arrays.equals(gradient.shape(), value.shape())) {
                throw new IllegalArgumentException(
                        parameter + ": its gradient has another shape: " + Shape.toString(gradient.shape()));
            }
            DataType gradientType = SummedGradient.elements(gradient).dataType();
            if (gradientType != type) {
                throw new IllegalArgumentException(parameter + ": is " + type + ", its gradient " + gradientType);
            }
        }
        Moments state = moments.get(parameter.name());
        if (state != null) {
            state.requireFits(type, value.shape());
        }
    }

    private ParameterUpdate update(Trained trained, double gradientFactor) {
        INDArray value = trained.parameter.value();
        boolean rowsOnly = trained.gradient.isRowSparse() && trained.group.weightDecay() == 0;
        Moments state = moments.computeIfAbsent(
                trained.parameter.name(),
                name -> new Moments(name, value.dataType(), value.shape(), 0, rowsOnly ? new BitSet() : null));
        if (!rowsOnly) {
            state.touchAll();
        }
        state.countUpdate();
        Coefficients coefficients = Coefficients.of(
                settings,
                trained.group.learningRateAt(updates),
                trained.group.weightDecay(),
                gradientFactor,
                state.updates());
        Nd4j.getAffinityManager().ensureLocation(value, Location.HOST);
        return new ParameterUpdate(state, NativeBytes.addressOf(value), trained.gradient, coefficients);
    }

    // ---- the norm ----

    /** {@link #gradientNorm(List, List)} of one backward pass's gradients. */
    public double gradientNorm(List<ParameterGroup> groups, Gradients gradients) {
        return gradientNorm(groups, List.of(gradients));
    }

    /**
     * The norm of the gradients of all parameters of the groups together, √Σ g², computed in float64: what {@link GradientClipping} wants.
     * It does not depend on the number of threads, nor on whether a table's gradient is row-sparse or dense.
     *
     * @param shares gradients whose sum is meant
     * @return not finite if a gradient is not
     */
    public double gradientNorm(List<ParameterGroup> groups, List<Gradients> shares) {
        requireOpen();
        List<Trained> trained = trained(groups, shares);
        List<GradientSquares> all = new ArrayList<>();
        List<Crew.Task> tasks = new ArrayList<>();
        for (Trained one : trained) {
            GradientSquares squares = new GradientSquares(one.gradient);
            all.add(squares);
            tasks.addAll(squares.tasks());
        }
        crew.run(tasks, elements(trained));
        double total = 0;
        for (GradientSquares squares : all) {
            total += squares.total();
        }
        return Math.sqrt(total);
    }

    // ---- its state ----

    /**
     * Adds all that the next update depends on, but for settings and groups, to a file: {@code optimizer.updates}, and for each parameter
     * {@code optimizer.NAME.updates}, {@code .firstMoment}, {@code .secondMoment}, and {@code .rows} where only some rows have moments.
     *
     * @param writer reads the moments when it writes, so it has to write before the next update
     */
    public void save(SafetensorsWriter writer) {
        requireOpen();
        SavedMoments.write(updates, moments.values(), writer);
    }

    /**
     * Takes over what {@link #save} wrote; tensors whose names begin otherwise are left to others.
     *
     * @param file is read here and not needed afterwards
     * @param parameters all of the model; one without a state there has had no gradient yet
     * @throws IllegalStateException if this has made updates already
     * @throws MalformedCheckpointException if the state is incomplete, is of a parameter that is not given, or has another type or shape
     *     than its parameter; nothing has been changed then
     */
    public void restore(Checkpoint file, Collection<Variable> parameters) throws MalformedCheckpointException {
        requireOpen();
        if (updates > 0 || !moments.isEmpty()) {
            throw new IllegalStateException("optimiser: has made " + updates + " updates, so it takes no other state");
        }
        Map<String, Variable> byName = new TreeMap<>();
        for (Variable parameter : parameters) {
            if (byName.put(parameter.name(), parameter) != null) {
                throw new IllegalArgumentException("parameters: two have the name " + parameter.name());
            }
        }
        long saved = SavedMoments.readUpdates(file);
        moments.putAll(SavedMoments.read(file, byName));
        updates = saved;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("optimiser: already closed");
        }
    }

    /** Frees the moments and ends the threads. Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            crew.close();
            moments.values().forEach(Moments::free);
            moments.clear();
        }
    }
}
