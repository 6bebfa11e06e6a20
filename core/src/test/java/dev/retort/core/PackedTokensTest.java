package dev.retort.core;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class PackedTokensTest {

    @Test
    void of_listOfTexts_laysThemEndToEnd() {
        PackedTokens tokens = PackedTokens.of(List.of(new int[] {7, 8}, new int[] {9}));

        assertThat(tokens.tokenIds()).containsExactly(7, 8, 9);
        assertThat(tokens.tokenId(2)).isEqualTo(9);
        assertThat(tokens.layout().positionIds()).containsExactly(0, 1, 0);
        assertThat(tokens.layout().offset(1)).isEqualTo(2);
    }

    @Test
    void of_idsChangedAfterwards_keepsItsOwn() {
        int[] ids = {7, 8};
        PackedTokens tokens = PackedTokens.of(ids, SequenceLayout.ofLengths(2));
        ids[0] = 0;
        tokens.tokenIds()[1] = 0;

        assertThat(tokens.tokenIds()).containsExactly(7, 8);
    }

    @Test
    void leavingOutOfPooling_firstTokens_movesTheStartsButNotPastTheLastToken() {
        PackedTokens tokens = PackedTokens.of(List.of(new int[] {7, 8, 9, 4, 5}, new int[] {6, 3}));
        PackedTokens pooled = tokens.leavingOutOfPooling(3);

        assertThat(pooled.tokenIds()).containsExactly(7, 8, 9, 4, 5, 6, 3);
        assertThat(pooled.layout().poolingStart(0)).isEqualTo(3);
        assertThat(pooled.layout().poolingStart(1)).isEqualTo(6);
        assertThat(tokens.layout().poolingStart(0)).isZero();
        assertThat(tokens.leavingOutOfPooling(0)).isSameAs(tokens);
    }

    @Test
    void ofPadded_holesAndMaskedFirstPosition_keepsTheOthersAndTheirPositions() {
        PackedTokens tokens = PackedTokens.ofPadded(
                new int[][] {{10, 11, 12, 13}, {20, 21, 22, 23}, {30, 31, 32, 33}},
                new int[][] {{1, 1, 0, 0}, {0, 1, 0, 1}, {0, 0, 0, 1}});

        assertThat(tokens.tokenIds()).containsExactly(10, 11, 21, 23, 33);
        assertThat(tokens.layout().positionIds()).containsExactly(0, 1, 1, 3, 3);
        assertThat(tokens.layout().batchSize()).isEqualTo(3);
        assertThat(tokens.layout().length(1)).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void unpack_rowsInEveryMemoryLayout_returnToTheirPlacesAndTheRestIsZero(DataType type) {
        PackedTokens tokens =
                PackedTokens.ofPadded(new int[][] {{1, 2, 3}, {4, 5, 6}}, new int[][] {{0, 1, 0}, {1, 0, 1}});
        INDArray rows =
                Nd4j.createFromArray(new double[][] {{1, 2}, {3, 4}, {5, 6}}).castTo(type);

        Layouts.of(rows)
                .forEach((layout, same) -> assertThat(tokens.unpack(same, 4))
                        .as(layout)
                        .hasType(type)
                        .isIdenticalTo(Nd4j.createFromArray(new double[][][] {
                            {{0, 0}, {1, 2}, {0, 0}, {0, 0}}, {{3, 4}, {0, 0}, {5, 6}, {0, 0}}
                        })));
    }

    @Test
    void withLayout_sameTokenCount_changesTheLayout() {
        PackedTokens tokens = PackedTokens.of(List.of(new int[] {7, 8, 9}));
        SequenceLayout other = SequenceLayout.ofLengths(3).excludingFromPooling(1);

        assertThat(tokens.withLayout(other).layout()).isSameAs(other);
        assertThatThrownBy(() -> tokens.withLayout(SequenceLayout.ofLengths(2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tokenIds: expected 2 entries, got 3");
    }

    @Test
    void ofPadded_shapesOrMasksThatDoNotFit_areRejected() {
        int[][] ids = {{1, 2}, {3, 4}};

        assertThatThrownBy(() -> PackedTokens.ofPadded(ids, new int[][] {{1, 1}}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("attentionMask: expected 2 rows, got 1");
        assertThatThrownBy(() -> PackedTokens.ofPadded(ids, new int[][] {{1, 1}, {1}}))
                .hasMessage("attentionMask: text 1: expected 2 entries, got 1");
        assertThatThrownBy(() -> PackedTokens.ofPadded(ids, new int[][] {{1, 1}, {1, 2}}))
                .hasMessage("attentionMask: text 1: expected 0 or 1, got 2");
        assertThatThrownBy(() -> PackedTokens.ofPadded(ids, new int[][] {{1, 1}, {0, 0}}))
                .hasMessage("text 1: no token is kept");
        assertThatThrownBy(() -> PackedTokens.of(List.of(new int[] {1}, new int[0])))
                .hasMessage("text 1: no token is kept");
    }

    @Test
    void requireIdsBelow_idOutsideTheVocabulary_namesTextAndPlace() {
        PackedTokens tokens = PackedTokens.of(List.of(new int[] {0, 9}, new int[] {3, 10}));

        assertThat(tokens.requireIdsBelow(11)).isSameAs(tokens);
        assertThatThrownBy(() -> tokens.requireIdsBelow(10))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("text 1: token 1 has id 10, outside the vocabulary of 10");
        assertThatThrownBy(() -> PackedTokens.of(List.of(new int[] {-1})).requireIdsBelow(5))
                .hasMessage("text 0: token 0 has id -1, outside the vocabulary of 5");
    }

    @Test
    void unpack_tooFewPositionsOrOtherRows_isRejected() {
        PackedTokens tokens = PackedTokens.ofPadded(new int[][] {{1, 2, 3}}, new int[][] {{1, 0, 1}});

        assertThatThrownBy(() -> tokens.unpack(Nd4j.ones(2, 4), 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("sequenceLength: text 0 has position 2, expected more than that, got 2");
        assertThatThrownBy(() -> tokens.unpack(Nd4j.ones(3, 4), 3)).hasMessage("rows: expected (2, *), got (3, 4)");
    }
}
