package dev.retort.benchmarks;

import java.io.IOException;
import java.util.List;

/**
 * One question and how it is answered.
 *
 * @param name picks it on the command line
 * @param question what it answers
 * @param quick whether it has a place in five minutes
 * @param measurement answers it
 */
record Row(String name, String question, boolean quick, Measurement measurement) {

    /** Answers a question. */
    @FunctionalInterface
    interface Measurement {
        List<Finding> take(Bench bench) throws IOException;
    }
}
