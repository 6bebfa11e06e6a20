package dev.retort.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SequenceLayoutTest {

    @Test
    void ofLengths_threeTexts_layThemEndToEnd() {
        SequenceLayout layout = SequenceLayout.ofLengths(2, 1, 3);

        assertThat(layout.batchSize()).isEqualTo(3);
        assertThat(layout.tokenCount()).isEqualTo(6);
        assertThat(layout.longest()).isEqualTo(3);
        assertThat(new int[] {layout.offset(0), layout.offset(1), layout.offset(2), layout.offset(3)})
                .containsExactly(0, 2, 3, 6);
        assertThat(new int[] {layout.length(0), layout.length(1), layout.length(2)})
                .containsExactly(2, 1, 3);
        assertThat(layout.positionIds()).containsExactly(0, 1, 0, 0, 1, 2);
        assertThat(layout.positionId(5)).isEqualTo(2);
        assertThat(layout.poolingStart(2)).isEqualTo(3);
    }

    @Test
    void ofLengths_givenPositions_keepsThem() {
        int[] positions = {1, 4, 0};
        SequenceLayout layout = SequenceLayout.ofLengths(new int[] {2, 1}, positions);
        positions[0] = 9;
        layout.positionIds()[1] = 9;

        assertThat(layout.positionIds()).containsExactly(1, 4, 0);
    }

    @Test
    void runs_adjacentTextsOfOneLength_areOneRun() {
        assertThat(SequenceLayout.ofLengths(2, 2, 3, 2).runs())
                .containsExactly(
                        new SequenceLayout.Run(0, 2, 0, 2),
                        new SequenceLayout.Run(2, 1, 4, 3),
                        new SequenceLayout.Run(3, 1, 7, 2));
        assertThat(SequenceLayout.ofLengths(5).runs()).containsExactly(new SequenceLayout.Run(0, 1, 0, 5));
        assertThat(SequenceLayout.ofLengths(1, 1, 1).runs()).containsExactly(new SequenceLayout.Run(0, 3, 0, 1));
    }

    @Test
    void runs_anyLayout_coverEveryRowOnce() {
        SequenceLayout layout = SequenceLayout.ofLengths(3, 3, 1, 4, 4, 4, 2);
        int row = 0;
        int text = 0;
        for (SequenceLayout.Run run : layout.runs()) {
            assertThat(run.firstRow()).isEqualTo(row);
            assertThat(run.firstSequence()).isEqualTo(text);
            row = run.endRow();
            text += run.count();
        }
        assertThat(row).isEqualTo(layout.tokenCount());
        assertThat(text).isEqualTo(layout.batchSize());
    }

    @Test
    void excludingFromPooling_prompts_moveThePoolingStartOnly() {
        SequenceLayout layout = SequenceLayout.ofLengths(3, 2).excludingFromPooling(2, 0);

        assertThat(layout.poolingStart(0)).isEqualTo(2);
        assertThat(layout.poolingStart(1)).isEqualTo(3);
        assertThat(layout.offset(0)).isZero();
        assertThat(layout.positionIds()).containsExactly(0, 1, 2, 0, 1);
    }

    @Test
    void factories_lengthsAndPositionsThatDoNotFit_areRejected() {
        assertThatThrownBy(SequenceLayout::ofLengths)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("lengths: a batch needs at least one text");
        assertThatThrownBy(() -> SequenceLayout.ofLengths(2, 0)).hasMessage("text 1: no token is kept");
        assertThatThrownBy(() -> SequenceLayout.ofLengths(new int[] {2, 1}, new int[] {0, 1}))
                .hasMessage("positionIds: expected 3 entries, got 2");
        assertThatThrownBy(() -> SequenceLayout.ofLengths(Integer.MAX_VALUE, 1))
                .isInstanceOf(ArithmeticException.class);
    }

    @Test
    void excludingFromPooling_wholeTextOrWrongCount_isRejected() {
        SequenceLayout layout = SequenceLayout.ofLengths(3, 2);

        assertThatThrownBy(() -> layout.excludingFromPooling(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("excluded: expected 2 entries, got 1");
        assertThatThrownBy(() -> layout.excludingFromPooling(0, 2))
                .hasMessage("excluded: text 1 has 2 tokens, cannot leave out 2");
        assertThatThrownBy(() -> layout.excludingFromPooling(-1, 0))
                .hasMessage("excluded: text 0 has 3 tokens, cannot leave out -1");
    }
}
