package dev.retort.core;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class LayoutsTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void of_tensorsOfRankZeroToFour_areEqualAndLieDifferently(DataType type) {
        for (long[] shape : new long[][] {{}, {5}, {3, 5}, {2, 3, 5}, {2, 3, 5, 7}}) {
            INDArray tensor = RandomTensors.normal(type, 1, shape);

            Map<String, INDArray> layouts = Layouts.of(tensor);

            layouts.forEach(
                    (layout, same) -> assertThat(same).as(layout).hasType(type).isIdenticalTo(tensor));
            Set<String> places = new HashSet<>();
            layouts.values()
                    .forEach(same -> places.add(Shape.toString(same.stride()) + "+" + same.offset() + same.isView()));
            assertThat(places).hasSizeGreaterThanOrEqualTo(Math.min(shape.length + 1, 4));
        }
    }
}
