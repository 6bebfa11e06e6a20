package dev.retort.onednn;

import dev.retort.core.SequenceLayout;
import java.util.function.Consumer;

/**
 * A run of equally long texts in groups whose scores fit the processor's cache. Short texts: 16, 4 or 1 at a time, all heads together, so
 * that a length needs no more than three plans. Long texts: some heads at a time.
 *
 * <p>What a head computes does not depend on its group.
 */
final class Groups {

    private static final long CACHED_SCORES = 1 << 17; // floats: half a megabyte
    private static final int[] TEXTS = {16, 4, 1};

    private Groups() {}

    /**
     * Texts and heads that are computed together.
     *
     * @param sizes how many, how long
     * @param firstRow of the first text
     * @param firstHead of A
     * @param firstScore where the group's scores begin in the run's (n, A, L, L)
     */
    record Group(HeadProducts.Sizes sizes, long firstRow, int firstHead, long firstScore) {}

    /** Hands over the groups of a run, in order; together they cover it. */
    static void of(SequenceLayout.Run run, int headCount, int headSize, Consumer<Group> work) {
        long scoresOfHead = (long) run.length() * run.length();
        long scoresOfText = headCount * scoresOfHead;
        if (scoresOfText > CACHED_SCORES) {
            int heads = headsTogether(headCount, scoresOfHead);
            HeadProducts.Sizes sizes = new HeadProducts.Sizes(1, heads, headCount, run.length(), headSize);
            for (int text = 0; text < run.count(); text++) {
                for (int head = 0; head < headCount; head += heads) {
                    work.accept(new Group(
                            sizes,
                            run.firstRow() + (long) text * run.length(),
                            head,
                            text * scoresOfText + head * scoresOfHead));
                }
            }
            return;
        }
        int text = 0;
        for (int texts : TEXTS) {
            if (texts > 1 && texts * scoresOfText > CACHED_SCORES) {
                continue;
            }
            HeadProducts.Sizes sizes = new HeadProducts.Sizes(texts, headCount, headCount, run.length(), headSize);
            for (; text + texts <= run.count(); text += texts) {
                work.accept(new Group(sizes, run.firstRow() + (long) text * run.length(), 0, text * scoresOfText));
            }
        }
    }

    /** The largest divisor of A that fits, or one. */
    private static int headsTogether(int headCount, long scoresOfHead) {
        int heads = (int) Math.max(1, Math.min(headCount, CACHED_SCORES / scoresOfHead));
        while (headCount % heads != 0) {
            heads--;
        }
        return heads;
    }
}
