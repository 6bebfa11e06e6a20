package dev.retort.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WordPiecesTest {

    /** Ids 0, 1, 2, ... in words of the given lengths. */
    private static WordPieces words(int... lengths) {
        long[] wordIds = IntStream.range(0, lengths.length)
                .flatMap(word -> IntStream.range(0, lengths[word]).map(piece -> word))
                .asLongStream()
                .toArray();
        return new WordPieces(IntStream.range(0, wordIds.length).toArray(), wordIds);
    }

    private static List<Integer> lengths(List<int[]> parts) {
        return parts.stream().map(part -> part.length).toList();
    }

    @Test
    void split_singlePieces_makesPartsOfNearlyEqualLength() {
        WordPieces eleven = words(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);

        assertThat(lengths(eleven.split(0, 5))).containsExactly(4, 4, 3);
        assertThat(lengths(eleven.split(0, 10))).containsExactly(6, 5);
        assertThat(lengths(eleven.split(0, 11))).containsExactly(11);
    }

    @Test
    void split_wordAcrossTheMiddle_goesToTheNearestWordStart() {
        assertThat(lengths(words(2, 3, 3).split(0, 6))).containsExactly(5, 3); // not 4
        assertThat(lengths(words(3, 3, 2).split(0, 6))).containsExactly(3, 5);
    }

    @Test
    void split_wordLongerThanTheLimit_isCut() {
        assertThat(lengths(words(9).split(0, 4))).containsExactly(3, 3, 3);
    }

    @Test
    void split_wordsThatDoNotFit_makesOnePartMore() {
        assertThat(lengths(words(3, 3, 2).split(0, 4))).containsExactly(3, 3, 2);
    }

    @Test
    void split_start_leavesThePiecesBeforeItOut() {
        assertThat(words(1, 1, 1, 1, 1).split(1, 2).toArray(int[][]::new)).isDeepEqualTo(new int[][] {{1, 2}, {3, 4}});
    }

    @Test
    void split_randomWords_loseNothingAndKeepTheLimit() {
        Random random = new Random(3);
        for (int round = 0; round < 300; round++) {
            WordPieces pieces = words(random.ints(1 + random.nextInt(40), 1, 5).toArray());
            int limit = 4 + random.nextInt(12);

            List<int[]> parts = pieces.split(0, limit);

            assertThat(parts.stream().flatMapToInt(IntStream::of).toArray()).isEqualTo(pieces.ids());
            assertThat(parts).allSatisfy(part -> {
                assertThat(part).hasSizeBetween(1, limit);
                assertThat(part[0] == 0 || pieces.wordIds()[part[0]] != pieces.wordIds()[part[0] - 1])
                        .isTrue();
            });
        }
    }
}
