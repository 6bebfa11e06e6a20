package dev.retort.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PiecesTest {

    @Test
    void even_anyRows_leavesNoSmallPiece() {
        for (long rows = 4; rows < 4_000; rows = Kernels.roundedRows(rows + 1)) {
            long piece = Pieces.even(rows);
            long last = rows % piece == 0 ? piece : rows % piece;
            assertThat(piece).isEqualTo(Kernels.roundedRows(piece)).isLessThanOrEqualTo(384);
            assertThat(last).isGreaterThan(piece / 2);
        }
    }

    @Test
    void even_fewRows_isOnePiece() {
        assertThat(Pieces.even(80)).isEqualTo(80);
        assertThat(Pieces.even(384)).isEqualTo(384);
        assertThat(Pieces.even(400)).isEqualTo(208);
    }
}
