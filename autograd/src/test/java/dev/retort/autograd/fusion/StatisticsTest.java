package dev.retort.autograd.fusion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.core.Layouts;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class StatisticsTest {

    @Test
    void of_finiteElements_areThoseOfTheWholeTensor() {
        INDArray tensor = Nd4j.createFromArray(new double[][] {{1, 2}, {3, 6}});

        // mean 12/4 = 3, squares 4 + 1 + 0 + 9 = 14
        Statistics expected = new Statistics(4, 1, 6, 3, Math.sqrt(14 / 4.0), 0, 0);
        Layouts.of(tensor)
                .forEach((layout, same) ->
                        assertThat(Statistics.of(same)).as(layout).isEqualTo(expected));
    }

    @Test
    void of_nanAndInfinities_areCountedAndLeftOut() {
        INDArray tensor = Nd4j.createFromArray(
                        5, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 7, Double.NaN)
                .castTo(DataType.FLOAT);

        assertThat(Statistics.of(tensor)).isEqualTo(new Statistics(6, 5, 7, 6, 1, 2, 2));
    }

    @Test
    void of_nothingFinite_hasNoOtherFigures() {
        Statistics statistics = Statistics.of(Nd4j.createFromArray(Double.NaN));

        assertThat(statistics).isEqualTo(new Statistics(1, Double.NaN, Double.NaN, Double.NaN, Double.NaN, 1, 0));
    }
}
