package dev.retort.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SharesTest {

    @Test
    void of_textsOfDifferentLength_givesTheLongestLeftToTheLightest() {
        // 9 -> first, 7 -> second, 4 -> second (7 < 9), 3 -> first (9 < 11), 2 -> second (11 < 12)
        List<int[]> shares = Shares.of(new int[] {3, 9, 2, 7, 4}, 2);

        assertThat(shares.get(0)).containsExactly(0, 1);
        assertThat(shares.get(1)).containsExactly(2, 3, 4);
    }

    @Test
    void of_equalLengths_takesTurnsInOrder() {
        List<int[]> shares = Shares.of(new int[] {5, 5, 5, 5, 5}, 2);

        assertThat(shares.get(0)).containsExactly(0, 2, 4);
        assertThat(shares.get(1)).containsExactly(1, 3);
    }

    @Test
    void of_fewerTextsThanShares_leavesSomeEmpty() {
        List<int[]> shares = Shares.of(new int[] {4, 6}, 4);

        assertThat(shares).extracting(places -> places.length).containsExactly(1, 1, 0, 0);
        assertThat(shares.get(0)).containsExactly(1);
        assertThat(shares.get(1)).containsExactly(0);
    }

    @Test
    void of_oneShare_hasAllInOrder() {
        assertThat(Shares.of(new int[] {2, 8, 1}, 1).get(0)).containsExactly(0, 1, 2);
    }

    @Test
    void pick_places_givesTheirElements() {
        assertThat(Shares.pick(new int[] {40, 41, 42, 43}, new int[] {3, 0})).containsExactly(43, 40);
    }

    @Test
    void areEven_fewTokens_isFalseHoweverTheyDivide() {
        assertThat(areEven(63, 63, 64, 64)).isFalse();
        assertThat(areEven(64, 64, 64, 64)).isTrue();
    }

    @Test
    void areEven_longBesideShort_isFalse() {
        assertThat(areEven(400, 40, 40, 40)).isFalse();
        assertThat(areEven(210, 230, 30, 10)).isTrue();
    }

    @Test
    void areEven_oneTextAShare_isFalse() {
        assertThat(areEven(500)).isFalse();
        assertThat(areEven(500, 500)).isFalse();
        assertThat(areEven(500, 500, 500)).isFalse();
    }

    @Test
    void haveLikeTokens_longBesideShort_isFalseOtherwiseTrue() {
        assertThat(haveLikeTokens(20, 30)).isFalse();
        assertThat(haveLikeTokens(20, 21)).isTrue();
        assertThat(haveLikeTokens(20)).isFalse();
        assertThat(haveLikeTokens(30, 14, 15)).isTrue();
    }

    private static boolean haveLikeTokens(int... lengths) {
        return Shares.haveLikeTokens(Shares.of(lengths, 2), lengths);
    }

    private static boolean areEven(int... lengths) {
        return Shares.areEven(Shares.of(lengths, 2), lengths);
    }
}
