package dev.retort.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SharesTest {

    @Test
    void of_severalTexts_givesTheLongestThatIsLeftToWhoeverHasLeast() {
        List<int[]> shares = Shares.of(new int[] {10, 70, 30, 50}, 2);
        assertThat(shares.get(0)).containsExactly(0, 1);
        assertThat(shares.get(1)).containsExactly(2, 3);
    }

    @Test
    void areEven_fewTokens_isFalseHoweverTheyDivide() {
        assertThat(areEven(63, 63)).isFalse();
        assertThat(areEven(64, 64)).isTrue();
    }

    @Test
    void areEven_longBesideShort_isFalse() {
        assertThat(areEven(200, 40)).isFalse();
        assertThat(areEven(110, 130)).isTrue();
    }

    @Test
    void areEven_fewerTextsThanShares_isFalse() {
        assertThat(areEven(300)).isFalse();
    }

    private static boolean areEven(int... lengths) {
        return Shares.areEven(Shares.of(lengths, 2), lengths);
    }
}
