package dev.retort.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.Precision;
import dev.retort.core.Workspace;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60) // a call that nobody answers would wait for ever
class WorkersTest {

    private static final List<Batch> ONE = List.of(new Batch(new int[] {0}, List.of(new int[] {1, 2})));

    /** The definitions, after as many failures as wanted. */
    private static final class FailingBackend implements Backend {

        private int failures;

        FailingBackend(int failures) {
            this.failures = failures;
        }

        @Override
        public String name() {
            return "failing";
        }

        @Override
        public @Nullable String unsupportedReason() {
            return null;
        }

        @Override
        public Weight prepare(Variable matrix, @Nullable Variable bias, Precision precision) {
            return new Weight.Plain(matrix, bias);
        }

        @Override
        public synchronized Fusions open(Workspace workspace) {
            if (failures > 0) {
                failures--;
                throw new OutOfMemoryError("no native memory");
            }
            return Fusions.definitions();
        }
    }

    private static List<String> compute(Workers workers) {
        List<String> results = new ArrayList<>();
        workers.compute(
                ONE,
                (batch, fusions) -> List.of(fusions.getClass().getName()),
                (batch, found) -> results.addAll(found));
        return results;
    }

    @Test
    void compute_backendThatDoesNotOpen_failsTheCallAndTriesAgainAtTheNext() {
        try (Workers workers = new Workers(1, new FailingBackend(1))) {
            assertThatThrownBy(() -> compute(workers))
                    .isInstanceOf(OutOfMemoryError.class)
                    .hasMessage("no native memory");

            assertThat(compute(workers)).hasSize(1);
        }
    }

    @Test
    void compute_callerWithAClassLoaderOfItsOwn_doesNotKeepIt() throws Exception {
        Thread caller = Thread.currentThread();
        ClassLoader usual = caller.getContextClassLoader();
        List<ClassLoader> seen = new ArrayList<>();
        try (URLClassLoader own = new URLClassLoader(new URL[0]);
                Workers workers = new Workers(1, new FailingBackend(0))) {
            caller.setContextClassLoader(own);
            workers.compute(
                    ONE,
                    (batch, fusions) -> List.of(Thread.currentThread().getContextClassLoader()),
                    (batch, found) -> seen.addAll(found));
        } finally {
            caller.setContextClassLoader(usual);
        }
        assertThat(seen).containsExactly(Workers.class.getClassLoader());
    }
}
