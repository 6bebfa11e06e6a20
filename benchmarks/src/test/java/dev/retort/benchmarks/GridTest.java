package dev.retort.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GridTest {

    @Test
    void aligned_cellsOfAnyWidth_standBelowEachOther() {
        Grid grid = new Grid("row", "figure");
        grid.add("a long name", "1");
        assertThat(grid.aligned()).containsExactly("row          figure", "a long name  1");
    }

    @Test
    void markdown_barInACell_isEscaped() {
        Grid grid = new Grid("row", "figure");
        grid.add("a|b", "");
        assertThat(grid.markdown()).containsExactly("| row | figure |", "| --- | --- |", "| a\\|b |  |");
    }

    @Test
    void isEmpty_headerAlone_isEmpty() {
        Grid grid = new Grid("row");
        assertThat(grid.isEmpty()).isTrue();
        grid.add("a");
        assertThat(grid.isEmpty()).isFalse();
    }
}
