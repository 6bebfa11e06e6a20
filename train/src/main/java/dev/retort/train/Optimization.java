package dev.retort.train;

import dev.retort.autograd.Variable;
import dev.retort.train.optimizer.AdamSettings;
import dev.retort.train.optimizer.ParameterGroup;
import dev.retort.train.schedule.Schedule;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How parameters move: the optimiser, its rates, decay, clipping and schedule.
 *
 * @param kind of optimiser
 * @param backboneRate η of the encoder and the modules after pooling
 * @param headRate η of the heads
 * @param layerFactor from the rate of one layer to that of the layer below, in (0, 1]; 1 for equal rates
 * @param weightDecay λ of matrices; biases and norms do not decay
 * @param decaysTables whether embedding tables decay too, as in PyTorch's scripts; then every row of them is worked on at each step
 * @param maxNorm to which the norm of all gradients is clipped; 0 for no clipping
 * @param shape of the schedule
 * @param warmup the share of all steps over which rates rise from zero, in [0, 1)
 * @param beta1 β₁
 * @param beta2 β₂
 * @param epsilon ε
 */
public record Optimization(
        Kind kind,
        double backboneRate,
        double headRate,
        double layerFactor,
        double weightDecay,
        boolean decaysTables,
        double maxNorm,
        Shape shape,
        double warmup,
        double beta1,
        double beta2,
        double epsilon) {

    /** The optimiser. */
    public enum Kind {
        /** {@code torch.optim.Adam}: decay is part of the gradient. */
        ADAM,
        /** {@code torch.optim.AdamW}: decay is apart. */
        ADAMW
    }

    /** How rates go on after the warm-up. */
    public enum Shape {
        /** They stay. */
        CONSTANT,
        /** In a straight line to zero. */
        LINEAR,
        /** Along half a cosine to zero. */
        COSINE
    }

    public Optimization {
        new AdamSettings(beta1, beta2, epsilon, AdamSettings.WeightDecay.DECOUPLED); // checks them
        if (!(maxNorm >= 0 && maxNorm < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("clip: expected a norm of 0 or more, got " + maxNorm);
        }
        if (!(warmup >= 0 && warmup < 1)) {
            throw new IllegalArgumentException("warmup: expected a share of the steps in [0, 1), got " + warmup);
        }
        if (!(layerFactor > 0 && layerFactor <= 1)) {
            throw new IllegalArgumentException("layer decay: expected a factor in (0, 1], got " + layerFactor);
        }
        requireRate("rate of the backbone", backboneRate);
        requireRate("rate of the heads", headRate);
        requireRate("weight decay", weightDecay);
    }

    private static void requireRate(String name, double rate) {
        if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + ": expected a number of 0 or more, got " + rate);
        }
    }

    /** Adam by PyTorch's defaults, 5·10⁻⁵ for the backbone and 10⁻³ for the heads, without decay, clipping or schedule. */
    public static Optimization adam() {
        return new Optimization(Kind.ADAM, 5e-5, 1e-3, 1, 0, false, 0, Shape.CONSTANT, 0, 0.9, 0.999, 1e-8);
    }

    /** AdamW by PyTorch's defaults: as {@link #adam}, with a decay of 0.01. */
    public static Optimization adamW() {
        return new Optimization(Kind.ADAMW, 5e-5, 1e-3, 1, 0.01, false, 0, Shape.CONSTANT, 0, 0.9, 0.999, 1e-8);
    }

    /** The same with other rates. */
    public Optimization withRates(double backbone, double heads) {
        return new Optimization(
                kind,
                backbone,
                heads,
                layerFactor,
                weightDecay,
                decaysTables,
                maxNorm,
                shape,
                warmup,
                beta1,
                beta2,
                epsilon);
    }

    /** The same with rates that fall from layer to layer. */
    public Optimization withLayerFactor(double factor) {
        return new Optimization(
                kind,
                backboneRate,
                headRate,
                factor,
                weightDecay,
                decaysTables,
                maxNorm,
                shape,
                warmup,
                beta1,
                beta2,
                epsilon);
    }

    /** The same with another decay. */
    public Optimization withWeightDecay(double decay, boolean tables) {
        return new Optimization(
                kind,
                backboneRate,
                headRate,
                layerFactor,
                decay,
                tables,
                maxNorm,
                shape,
                warmup,
                beta1,
                beta2,
                epsilon);
    }

    /** The same with clipping. */
    public Optimization withMaxNorm(double norm) {
        return new Optimization(
                kind,
                backboneRate,
                headRate,
                layerFactor,
                weightDecay,
                decaysTables,
                norm,
                shape,
                warmup,
                beta1,
                beta2,
                epsilon);
    }

    /** The same with a schedule. */
    public Optimization withSchedule(Shape other, double warmupShare) {
        return new Optimization(
                kind,
                backboneRate,
                headRate,
                layerFactor,
                weightDecay,
                decaysTables,
                maxNorm,
                other,
                warmupShare,
                beta1,
                beta2,
                epsilon);
    }

    /** The same with other constants of the moments. */
    public Optimization withBetas(double newBeta1, double newBeta2, double newEpsilon) {
        return new Optimization(
                kind,
                backboneRate,
                headRate,
                layerFactor,
                weightDecay,
                decaysTables,
                maxNorm,
                shape,
                warmup,
                newBeta1,
                newBeta2,
                newEpsilon);
    }

    AdamSettings adamSettings() {
        return new AdamSettings(
                beta1,
                beta2,
                epsilon,
                kind == Kind.ADAM ? AdamSettings.WeightDecay.IN_GRADIENT : AdamSettings.WeightDecay.DECOUPLED);
    }

    Schedule schedule(long totalSteps) {
        long warmupSteps = Math.round(warmup * totalSteps);
        return switch (shape) {
            case CONSTANT -> Schedule.constant(warmupSteps);
            case LINEAR -> Schedule.linear(warmupSteps, totalSteps);
            case COSINE -> Schedule.cosine(warmupSteps, totalSteps);
        };
    }

    /** Groups of the parameters that are trained, each with its rate and decay. */
    List<ParameterGroup> groups(List<Variable> trained, int layerCount, Schedule schedule) {
        List<Variable> heads = trained.stream().filter(Optimization::isOfHead).toList();
        List<Variable> backbone =
                trained.stream().filter(variable -> !isOfHead(variable)).toList();
        List<ParameterGroup> byRate = new ArrayList<>();
        if (!backbone.isEmpty()) {
            byRate.addAll(ParameterGroup.of("backbone", backbone, backboneRate).layerwise(layerCount, layerFactor));
        }
        if (!heads.isEmpty()) {
            byRate.add(ParameterGroup.of("heads", heads, headRate));
        }
        List<ParameterGroup> groups = new ArrayList<>();
        for (ParameterGroup group : byRate) {
            groups.addAll(group.withSchedule(schedule)
                    .withWeightDecay(
                            weightDecay, decaysTables ? ParameterGroup::decaysWithTables : ParameterGroup::decays));
        }
        return groups;
    }

    private boolean hasDefaultMoments() {
        AdamSettings standard = AdamSettings.adam();
        return beta1 == standard.beta1() && beta2 == standard.beta2() && epsilon == standard.epsilon();
    }

    private static boolean isOfHead(Variable parameter) {
        return parameter.name().startsWith("heads.");
    }

    /** In one line, what differs from nothing: a resumed run must have the same. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s, backbone %s, heads %s%s%s%s, %s%s%s",
                kind.toString().toLowerCase(Locale.ROOT),
                backboneRate,
                headRate,
                layerFactor == 1 ? "" : ", layer decay " + layerFactor,
                weightDecay == 0 ? "" : ", weight decay " + weightDecay + (decaysTables ? ", tables too" : ""),
                maxNorm == 0 ? "" : ", clipped at " + maxNorm,
                shape.toString().toLowerCase(Locale.ROOT),
                warmup == 0 ? "" : " after a warm-up of " + Math.round(1e6 * warmup) / 1e4 + " %",
                hasDefaultMoments() ? "" : ", beta " + beta1 + " and " + beta2 + ", epsilon " + epsilon);
    }
}
