package dev.retort.benchmarks.layer;

import dev.retort.benchmarks.model.Candidate;

/** By what a layer is computed. */
public enum Implementation {
    /** The definitions. */
    DEFINITION,
    /** The backend that {@code ServiceLoader} finds; the definitions again where there is none. */
    BACKEND;

    Candidate open() {
        return this == DEFINITION ? Candidate.definitions() : Candidate.found();
    }
}
