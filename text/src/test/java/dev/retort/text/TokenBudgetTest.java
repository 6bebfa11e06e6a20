package dev.retort.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TokenBudgetTest {

    @Test
    void batches_lengths_areFilledLongestFirst() {
        List<int[]> batches = TokenBudget.ofTokens(10).batches(3, 7, 3, 5, 2, 5);

        // 7 | 5 + 5 | 3 + 3 + 2
        assertThat(batches.toArray(int[][]::new)).isDeepEqualTo(new int[][] {{1}, {3, 5}, {0, 2, 4}});
    }

    @Test
    void batches_sequenceBeyondTheBudget_isAlone() {
        List<int[]> batches = TokenBudget.ofTokens(10).batches(1, 25, 1);

        assertThat(batches.toArray(int[][]::new)).isDeepEqualTo(new int[][] {{1}, {0, 2}});
    }

    @Test
    void batches_moreTextsThanAllowed_areDivided() {
        List<int[]> batches = new TokenBudget(100, 2).batches(4, 4, 4, 4, 4);

        assertThat(batches.toArray(int[][]::new)).isDeepEqualTo(new int[][] {{0, 1}, {2, 3}, {4}});
    }

    @Test
    void batches_lengthsWhoseSumExceedsAnInt_doNotOverflow() {
        int half = Integer.MAX_VALUE / 2 + 1;

        assertThat(TokenBudget.ofTokens(Integer.MAX_VALUE).batches(half, half, half))
                .hasSize(3);
    }

    @Test
    void batches_randomLengths_useEveryPlaceOnceWithinTheBudget() {
        Random random = new Random(5);
        int[] lengths = random.ints(500, 2, 60).toArray();

        List<int[]> batches = new TokenBudget(128, 9).batches(lengths);

        assertThat(batches.stream().flatMapToInt(Arrays::stream).sorted().toArray())
                .isEqualTo(IntStream.range(0, 500).toArray());
        assertThat(batches).allSatisfy(batch -> {
            assertThat(batch).hasSizeLessThanOrEqualTo(9);
            assertThat(Arrays.stream(batch).map(place -> lengths[place]).sum()).isLessThanOrEqualTo(128);
        });
    }

    @Test
    void batches_nothing_givesNone() {
        assertThat(TokenBudget.ofTokens(10).batches()).isEmpty();
    }

    @Test
    void tokenBudget_zero_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TokenBudget(0, 3))
                .withMessage("budget: expected at least 1 token and 1 text, got tokens=0 texts=3");
    }
}
