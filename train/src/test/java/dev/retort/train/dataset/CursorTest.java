package dev.retort.train.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class CursorTest {

    private static BatchPlan plan(Cursor cursor) {
        return BatchPlan.shuffled(7, 3, 11, cursor.epoch());
    }

    private static List<String> visited(Cursor from, int batches) {
        List<String> visited = new ArrayList<>();
        for (Cursor cursor = from; visited.size() < batches; cursor = cursor.next(plan(cursor))) {
            visited.add(Arrays.toString(plan(cursor).batch(cursor.batch())));
        }
        return visited;
    }

    @Test
    void next_afterTheLastBatch_isTheNextEpochsFirst() {
        assertThat(new Cursor(2, 1).next(plan(new Cursor(2, 1)))).isEqualTo(new Cursor(2, 2));
        assertThat(new Cursor(2, 2).next(plan(new Cursor(2, 2)))).isEqualTo(new Cursor(3, 0));
    }

    @Test
    void cursor_anywhere_determinesWhatFollows() {
        List<String> whole = visited(Cursor.START, 9);

        assertThat(visited(new Cursor(0, 2), 7)).isEqualTo(whole.subList(2, 9));
        assertThat(visited(new Cursor(2, 1), 2)).isEqualTo(whole.subList(7, 9));
        assertThat(whole.subList(0, 3)).isNotEqualTo(whole.subList(3, 6));
    }

    @Test
    void rejects_placesOutside() {
        assertThatThrownBy(() -> new Cursor(0, -1)).hasMessage("cursor: expected at least 0, got epoch 0, batch -1");
        assertThatThrownBy(() -> new Cursor(1, 3).next(plan(new Cursor(1, 3))))
                .hasMessage("cursor: epoch 1 has 3 batches, the next one would be number 3:"
                        + " was it another data set or batch size");
    }
}
