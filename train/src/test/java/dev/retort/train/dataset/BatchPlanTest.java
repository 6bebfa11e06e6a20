package dev.retort.train.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchPlanTest {

    private static final int[] PINNED = {5, 9, 1, 2, 6, 7, 4, 0, 8, 3}; // a resumed run counts on it

    private static int[] rows(BatchPlan plan) {
        return IntStream.range(0, plan.batchCount())
                .flatMap(b -> IntStream.of(plan.batch(b)))
                .toArray();
    }

    private static int[] lengths(int count) {
        return IntStream.range(0, count).map(row -> 3 + row * 37 % 61).toArray();
    }

    /** Tokens of a batch padded to its longest text, summed. */
    private static int padded(BatchPlan plan, int[] lengths) {
        return IntStream.range(0, plan.batchCount())
                .mapToObj(plan::batch)
                .mapToInt(batch -> batch.length
                        * IntStream.of(batch).map(row -> lengths[row]).max().orElseThrow())
                .sum();
    }

    @Test
    void inOrder_lastBatch_isShort() {
        BatchPlan plan = BatchPlan.inOrder(7, 3);

        assertThat(plan.batchCount()).isEqualTo(3);
        assertThat(plan.rowCount()).isEqualTo(7);
        assertThat(plan.batch(1)).containsExactly(3, 4, 5);
        assertThat(plan.batch(2)).containsExactly(6);
        assertThat(BatchPlan.inOrder(0, 3).batchCount()).isZero();
    }

    @Test
    void shuffled_fixedSeed_isTheSameForEver() {
        assertThat(rows(BatchPlan.shuffled(10, 4, 42, 0))).containsExactly(PINNED);
        assertThat(rows(BatchPlan.shuffled(10, 4, 42, 1))).isNotEqualTo(PINNED);
        assertThat(rows(BatchPlan.shuffled(10, 4, 43, 0))).isNotEqualTo(PINNED);
        assertThat(rows(BatchPlan.shuffled(10, 3, 42, 0))).containsExactly(PINNED); // the batch size cuts, no more
    }

    @Test
    void shuffled_manySeeds_putsEachRowEverywhereEquallyOften() {
        int seeds = 20_000;
        int[][] counts = new int[5][5];
        Set<String> permutations = new HashSet<>();
        for (int seed = 0; seed < seeds; seed++) {
            int[] order = rows(BatchPlan.shuffled(5, 5, seed, 3));
            permutations.add(Arrays.toString(order));
            for (int i = 0; i < 5; i++) {
                counts[i][order[i]]++;
            }
        }

        assertThat(permutations).hasSize(120);
        for (int[] ofPlace : counts) {
            for (int count : ofPlace) { // five standard errors: √(n · 0.2 · 0.8)
                assertThat((double) count).isBetween(seeds / 5 - 283.0, seeds / 5 + 283.0);
            }
        }
    }

    @Test
    void groupedByLength_everyRow_occursOnceInBatchesOfItsBucket() {
        int[] lengths = lengths(103);
        BatchPlan plan = BatchPlan.groupedByLength(lengths, 4, 5, 42, 7);

        assertThat(rows(plan)).hasSize(103).doesNotHaveDuplicates();
        assertThat(plan.batchCount()).isEqualTo(26);
        int[] order = rows(BatchPlan.shuffled(103, 103, 42, 7));
        for (int b = 0; b < plan.batchCount(); b++) {
            int[] batch = plan.batch(b);
            assertThat(IntStream.of(batch).map(row -> lengths[row]).toArray()).isSorted();
            Set<Integer> buckets = new HashSet<>();
            for (int row : batch) {
                buckets.add(IntStream.range(0, 103)
                                .filter(i -> order[i] == row)
                                .findFirst()
                                .orElseThrow()
                        / 20);
            }
            assertThat(buckets).hasSize(1);
        }
    }

    @Test
    void groupedByLength_largerBuckets_padLess() {
        int[] lengths = lengths(1000);
        int shuffled = padded(BatchPlan.shuffled(1000, 8, 1, 0), lengths);
        int grouped = padded(BatchPlan.groupedByLength(lengths, 8, 16, 1, 0), lengths);
        int sorted = padded(BatchPlan.groupedByLength(lengths, 8, Integer.MAX_VALUE, 1, 0), lengths);
        int tokens = IntStream.of(lengths).sum();

        assertThat((double) shuffled).isGreaterThan(1.5 * tokens);
        assertThat((double) grouped).isLessThan(1.15 * tokens);
        assertThat((double) sorted).isLessThan(1.02 * tokens);
    }

    @Test
    void groupedByLength_batches_areShuffledAndAFunctionOfSeedAndEpoch() {
        int[] lengths = lengths(200);
        BatchPlan plan = BatchPlan.groupedByLength(lengths, 5, Integer.MAX_VALUE, 9, 2);

        int[] first = IntStream.range(0, plan.batchCount())
                .map(b -> lengths[plan.batch(b)[0]])
                .toArray();
        assertThat(first).isNotEqualTo(IntStream.of(first).sorted().toArray());
        assertThat(rows(BatchPlan.groupedByLength(lengths, 5, Integer.MAX_VALUE, 9, 2)))
                .isEqualTo(rows(plan));
        assertThat(rows(BatchPlan.groupedByLength(lengths, 5, Integer.MAX_VALUE, 9, 3)))
                .isNotEqualTo(rows(plan));
    }

    @Test
    void rejects_sizesBelowOne() {
        assertThatThrownBy(() -> BatchPlan.inOrder(5, 0)).hasMessage("batchSize: expected at least 1, got 0");
        assertThatThrownBy(() -> BatchPlan.shuffled(-1, 2, 0, 0)).hasMessage("rowCount: expected at least 0, got -1");
        assertThatThrownBy(() -> BatchPlan.groupedByLength(new int[3], 2, 0, 0, 0))
                .hasMessage("bucketBatches: expected at least 1, got 0");
    }
}
