package dev.retort.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SimilarityTest {

    // a = (1, 2, 2), b = (2, 0, 1): a·b = 4, ‖a‖ = 3, ‖b‖ = √5, a - b = (-1, 2, 1)
    private static final float[] A = {1, 2, 2};
    private static final float[] B = {2, 0, 1};

    @ParameterizedTest
    @CsvSource({"COSINE, 0.5962847939999439", "DOT, 4", "EUCLIDEAN, -2.449489742783178", "MANHATTAN, -4"})
    void of_twoVectors_isTheFormula(Similarity similarity, double expected) {
        assertThat(similarity.of(A, B)).isEqualTo(expected, within(1e-12));
        assertThat(similarity.of(B, A)).isEqualTo(similarity.of(A, B));
    }

    @Test
    void cosine_ofTheZeroVector_isZero() {
        assertThat(Similarity.COSINE.of(A, new float[3])).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void of_differentWidths_isRefused(Similarity similarity) {
        assertThatThrownBy(() -> similarity.of(A, new float[2])).hasMessage("similarity: vectors of 3 and of 2");
    }

    @Test
    void matrix_rowsAndColumns_comparesEveryPair() {
        Embedding a = Embedding.ofFloats(A, 1, 1, false);
        Embedding b = Embedding.ofFloats(B, 1, 1, false);

        double[][] matrix = Similarity.DOT.matrix(List.of(a, b), List.of(b, a, a));

        assertThat(matrix).isDeepEqualTo(new double[][] {{4, 9, 9}, {5, 4, 4}});
    }
}
