package dev.retort.benchmarks.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.retort.autograd.fusion.Backend;
import org.junit.jupiter.api.Test;

class BareProductsTest {

    @Test
    void operations_oneLayer_countsEveryMultiplicationTwice() {
        int rows = 2 * 3; // 2 texts of 3 tokens
        int hidden = 4;
        int inner = 5;
        int weights = rows * hidden * (3 * hidden + hidden + inner + inner);
        int attention = 2 * rows * 3 * hidden; // scores and contexts of all heads
        assertThat(BareProducts.operations(1, 2, 3, hidden, inner)).isEqualTo(2.0 * (weights + attention));
    }

    @Test
    void run_smallSizes_computes() {
        assumeTrue(Backend.find().name().startsWith("oneDNN"), "oneDNN does not run here");
        assertThatCode(() -> new BareProducts(2, 2, 16, 32, 4, 64).run()).doesNotThrowAnyException();
    }
}
