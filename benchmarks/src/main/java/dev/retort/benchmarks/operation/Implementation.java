package dev.retort.benchmarks.operation;

/** By what an operation is computed. */
public enum Implementation {
    /** ND4J's own operations, as its documentation would have them used. */
    ND4J,
    /** {@link dev.retort.autograd.fusion.Fusions}' default method. */
    DEFINITION,
    /** The backend that {@code ServiceLoader} finds; the definitions again where there is none. */
    BACKEND
}
