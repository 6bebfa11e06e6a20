package dev.retort.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class RowsTest {

    @Test
    void all_names_differ() {
        assertThat(Rows.all()).extracting(Row::name).doesNotHaveDuplicates();
    }

    @Test
    void beginningWith_words_picksAllThatBeginSo() {
        assertThat(Rows.beginningWith(List.of("OpenVino", "heap")))
                .extracting(Row::name)
                .containsExactly("heap", "openvino-f32", "openvino-bf16", "openvino-int8");
        assertThat(Rows.beginningWith(List.of())).isEqualTo(Rows.all());
    }

    @Test
    void beginningWith_unknownWord_isRefusedWithTheNames() {
        assertThatThrownBy(() -> Rows.beginningWith(List.of("latency")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("latency")
                .hasMessageContaining("one-text");
    }
}
