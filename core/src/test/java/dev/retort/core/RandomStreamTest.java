package dev.retort.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RandomStreamTest {

    private static final int COUNT = 100_000;

    @Test
    void uniformAndGaussian_fixedPlace_areTheSameForEver() {
        RandomStream random = new RandomStream(42, 7, 3);

        assertThat(IntStream.range(0, 4).mapToDouble(random::uniform).toArray())
                .containsExactly(0.7947587966918945, 0.020191490650177002, 0.14257889986038208, 0.5530012845993042);
        assertThat(random.gaussian(0)).isCloseTo(1.765343061052114, within(1e-15));
        assertThat(random.gaussian(1L << 40)).isEqualTo(new RandomStream(42, 7, 3).gaussian(1L << 40));
    }

    @Test
    void bits_fixedPlace_areThoseOfUniform() {
        RandomStream random = new RandomStream(42, 7, 3);

        assertThat((random.bits(5) >>> 40) * 0x1.0p-24f).isEqualTo(random.uniform(5));
        assertThat(IntStream.range(0, 1000).mapToLong(random::bits).reduce(0, (a, b) -> a | b))
                .isEqualTo(-1L);
        assertThat(IntStream.range(0, 1000).mapToLong(random::bits).reduce(-1, (a, b) -> a & b))
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, Long.MAX_VALUE})
    void uniform_manyElements_isEvenlySpread(long seed) {
        RandomStream random = new RandomStream(seed, 0, 0);
        int[] tenths = new int[10];
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < COUNT; i++) {
            float value = random.uniform(i);
            assertThat(value).isGreaterThanOrEqualTo(0).isLessThan(1);
            tenths[(int) (value * 10)]++;
            sum += value;
            squares += value * value;
        }
        double mean = sum / COUNT;

        // within five standard errors: √(1/12 / n), and for a count √(n · 0.1 · 0.9)
        assertThat(mean).isCloseTo(0.5, within(5 * Math.sqrt(1 / 12.0 / COUNT)));
        assertThat(squares / COUNT - mean * mean).isCloseTo(1 / 12.0, within(0.002));
        for (int count : tenths) {
            assertThat(count).isCloseTo(COUNT / 10, within((int) (5 * Math.sqrt(COUNT * 0.09))));
        }
    }

    @Test
    void gaussian_manyElements_isStandardNormal() {
        RandomStream random = new RandomStream(1, 2, 3);
        double sum = 0;
        double squares = 0;
        double fourths = 0;
        for (int i = 0; i < COUNT; i++) {
            double value = random.gaussian(i);
            sum += value;
            squares += value * value;
            fourths += Math.pow(value, 4);
        }

        assertThat(sum / COUNT).isCloseTo(0, within(5 / Math.sqrt(COUNT)));
        assertThat(squares / COUNT).isCloseTo(1, within(5 * Math.sqrt(2.0 / COUNT)));
        assertThat(fourths / COUNT).isCloseTo(3, within(5 * Math.sqrt(96.0 / COUNT)));
    }

    @Test
    void uniform_neighbouringPlaces_areNotCorrelated() {
        RandomStream random = new RandomStream(1, 2, 3);
        double element = 0;
        double step = 0;
        double site = 0;
        double seed = 0;
        double swapped = 0;
        for (int i = 0; i < COUNT; i++) {
            double centered = random.uniform(i) - 0.5;
            element += centered * (random.uniform(i + 1) - 0.5);
            step += centered * (new RandomStream(1, 3, 3).uniform(i) - 0.5);
            site += centered * (new RandomStream(1, 2, 4).uniform(i) - 0.5);
            seed += centered * (new RandomStream(2, 2, 3).uniform(i) - 0.5);
            swapped += centered * (new RandomStream(1, 3, 2).uniform(i) - 0.5);
        }

        // the covariance of independent uniforms has standard error 1/12 / √n
        double bound = 5 / 12.0 * Math.sqrt(COUNT);
        for (double covariance : new double[] {element, step, site, seed, swapped}) {
            assertThat(Math.abs(covariance)).isLessThan(bound);
        }
    }
}
