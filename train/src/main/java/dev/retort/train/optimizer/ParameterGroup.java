package dev.retort.train.optimizer;

import dev.retort.autograd.Variable;
import dev.retort.train.schedule.Schedule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parameters that are trained alike. A group splits into finer ones:
 *
 * <pre>{@code
 * List<ParameterGroup> groups = new ArrayList<>();
 * for (ParameterGroup layer : ParameterGroup.of("backbone", backbone, 5e-5).layerwise(6, 0.9)) {
 *     groups.addAll(layer.withWeightDecay(0.01, ParameterGroup::decays));
 * }
 * groups.add(ParameterGroup.of("heads", heads, 1e-3));
 * }</pre>
 *
 * @param name for messages and tables
 * @param parameters each with a name of its own
 * @param learningRate η before the schedule, not negative
 * @param weightDecay λ, not negative
 * @param schedule the factor of η over the steps
 */
public record ParameterGroup(
        String name, List<Variable> parameters, double learningRate, double weightDecay, Schedule schedule) {

    private static final Pattern LAYER = Pattern.compile("(?:^|\\.)layer\\.(\\d+)\\.");
    private static final Pattern EMBEDDINGS = Pattern.compile("(?:^|\\.)embeddings\\.");
    private static final Pattern TABLE = Pattern.compile("(?:^|\\.)(?:word|position)Embeddings$");

    public ParameterGroup {
        parameters = List.copyOf(parameters);
        requireRate(name, "learningRate", learningRate);
        requireRate(name, "weightDecay", weightDecay);
    }

    private static void requireRate(String group, String what, double value) {
        if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "parameter group " + group + ": " + what + ": expected a number of 0 or more, got " + value);
        }
    }

    /** A group without decay, at a constant rate. */
    public static ParameterGroup of(String name, List<Variable> parameters, double learningRate) {
        return new ParameterGroup(name, parameters, learningRate, 0, Schedule.constant());
    }

    /** The same parameters by another schedule. */
    public ParameterGroup withSchedule(Schedule other) {
        return new ParameterGroup(name, parameters, learningRate, weightDecay, other);
    }

    /** η at a step. */
    public double learningRateAt(long step) {
        return learningRate * schedule.multiplier(step);
    }

    /**
     * This group in two, those that decay and the others; an empty one is left out.
     *
     * @param decay λ of the former; the latter get none
     * @param decays by default {@link #decays}
     */
    public List<ParameterGroup> withWeightDecay(double decay, Predicate<Variable> decays) {
        List<ParameterGroup> groups = new ArrayList<>();
        for (boolean decaying : new boolean[] {true, false}) {
            List<Variable> some =
                    parameters.stream().filter(p -> decays.test(p) == decaying).toList();
            if (!some.isEmpty()) {
                groups.add(new ParameterGroup(
                        decaying ? name : name + " without decay", some, learningRate, decaying ? decay : 0, schedule));
            }
        }
        return groups;
    }

    /**
     * Whether a parameter decays unless somebody wants it otherwise: matrices do; biases, γ and β do not, being vectors; embedding tables
     * do not, since the decay would wear rows away that no text of the data set ever trains, and touch all of them at every step. To let
     * tables decay as PyTorch's scripts do, give {@link #decaysWithTables}.
     */
    public static boolean decays(Variable parameter) {
        return decaysWithTables(parameter) && !TABLE.matcher(parameter.name()).find();
    }

    /** Whether a parameter is no vector: {@link #decays}, and embedding tables too. */
    public static boolean decaysWithTables(Variable parameter) {
        return parameter.shape().length >= 2;
    }

    /**
     * This group in one for each layer, with rates that fall from the top: η factor^(layerCount - 1 - layer) in a layer,
     * η factor^layerCount in the embeddings, η elsewhere. A parameter's place is read off its name: {@code layer.3.} or
     * {@code embeddings.} in it.
     *
     * @param layerCount of the encoder
     * @param factor from one layer to the one below, in (0, 1]
     * @return from the bottom to the top
     */
    public List<ParameterGroup> layerwise(int layerCount, double factor) {
        if (!(factor > 0 && factor <= 1)) {
            throw new IllegalArgumentException(
                    "parameter group " + name + ": factor: expected a number in (0, 1], got " + factor);
        }
        Map<Integer, List<Variable>> byDepth = new TreeMap<>();
        for (Variable parameter : parameters) {
            byDepth.computeIfAbsent(depth(parameter, layerCount), depth -> new ArrayList<>())
                    .add(parameter);
        }
        List<ParameterGroup> groups = new ArrayList<>();
        byDepth.forEach((depth, some) -> groups.add(new ParameterGroup(
                name + place(depth, layerCount),
                some,
                learningRate * Math.pow(factor, Math.max(0, layerCount - depth)),
                weightDecay,
                schedule)));
        return groups;
    }

    /** 0 for the embeddings, layer + 1 for a layer, layerCount + 1 elsewhere. */
    private int depth(Variable parameter, int layerCount) {
        Matcher matcher = LAYER.matcher(parameter.name());
        if (!matcher.find()) {
            return EMBEDDINGS.matcher(parameter.name()).find() ? 0 : layerCount + 1;
        }
        int layer = Integer.parseInt(matcher.group(1));
        if (layer >= layerCount) {
            throw new IllegalArgumentException("parameter group " + name + ": layerCount: expected more than " + layer
                    + " for " + parameter + ", got " + layerCount);
        }
        return layer + 1;
    }

    private static String place(int depth, int layerCount) {
        if (depth == 0) {
            return " embeddings";
        }
        return depth <= layerCount ? " layer " + (depth - 1) : "";
    }
}
