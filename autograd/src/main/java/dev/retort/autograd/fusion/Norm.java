package dev.retort.autograd.fusion;

import dev.retort.autograd.Variable;

/**
 * The parameters of a layer normalisation.
 *
 * @param gamma γ, (H)
 * @param beta β, (H)
 * @param epsilon ε, inside the root
 */
public record Norm(Variable gamma, Variable beta, double epsilon) {}
