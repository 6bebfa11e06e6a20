package dev.retort.onednn;

import dev.retort.core.SequenceLayout;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A batch's equally long texts in groups whose scores fit the processor's cache. Short texts: 16, 4 or 1 at a time, all heads together, so
 * that a length needs no more than three sets of plans. Long texts: some heads at a time. A text of one token is in no group.
 *
 * <p>What a head computes does not depend on its group.
 */
final class Groups {

    private static final long CACHED_SCORES = 1 << 17; // floats: half a megabyte
    private static final long CACHED_SCORES_KEYS_FIRST = 1 << 15; // their rows are far apart
    private static final int MOST_KEYS_FIRST = 32;
    private static final int[] TEXTS = {16, 4, 1};

    private final SequenceLayout layout;
    private final int headCount;
    private final int headSize;
    private final boolean anyOrder;
    private final IdentityHashMap<SequenceLayout.Run, List<Group>> byRun = new IdentityHashMap<>();

    /** Texts and heads that are computed together, and what computes them. */
    static final class Group {

        private final HeadProducts.Sizes sizes;
        private final long firstRow;
        private final int firstHead;
        private final long firstScore;

        // found at the first use, by HeadProducts
        @Nullable
        Plan scores;

        @Nullable
        Plan softmax;

        @Nullable
        Plan context;

        Group(HeadProducts.Sizes sizes, long firstRow, int firstHead, long firstScore) {
            this.sizes = sizes;
            this.firstRow = firstRow;
            this.firstHead = firstHead;
            this.firstScore = firstScore;
        }

        /** How many, how long. */
        HeadProducts.Sizes sizes() {
            return sizes;
        }

        /** The first text's first row. */
        long firstRow() {
            return firstRow;
        }

        /** The first head, of A. */
        int firstHead() {
            return firstHead;
        }

        /** Where the group's scores begin in the run's (n, A, L, L). */
        long firstScore() {
            return firstScore;
        }
    }

    /** @param anyOrder whether scores may lie as the kernels like it best, {@link HeadProducts.Sizes#keysFirst} */
    Groups(SequenceLayout layout, int headCount, int headSize, boolean anyOrder) {
        this.layout = layout;
        this.headCount = headCount;
        this.headSize = headSize;
        this.anyOrder = anyOrder;
        for (SequenceLayout.Run run : layout.runs()) {
            byRun.put(run, groupsOf(run));
        }
    }

    /** Whether these are the groups that the constructor would make. */
    boolean isOf(SequenceLayout otherLayout, int otherHeadCount, int otherHeadSize, boolean otherAnyOrder) {
        return layout == otherLayout
                && headCount == otherHeadCount
                && headSize == otherHeadSize
                && anyOrder == otherAnyOrder;
    }

    /**
     * Whether a text's scores lie keys first where they may: the softmax of a short row costs several times as much as that of a short
     * column beside many others. A question of the length alone, because the bits depend on it.
     */
    static boolean keysFirst(int length) {
        return length <= MOST_KEYS_FIRST;
    }

    /** The groups of one of the layout's runs, in order; together they cover it. */
    List<Group> ofRun(SequenceLayout.Run run) {
        List<Group> groups = byRun.get(run);
        if (groups == null) {
            throw new IllegalArgumentException("groups: not a run of this layout: " + run);
        }
        return groups;
    }

    private List<Group> groupsOf(SequenceLayout.Run run) {
        List<Group> groups = new ArrayList<>();
        long scoresOfHead = (long) run.length() * run.length();
        if (run.length() == 1) {
            return groups;
        }
        if (headCount * scoresOfHead > CACHED_SCORES) {
            addSomeHeadsEach(groups, run, headsTogether(scoresOfHead), scoresOfHead);
        } else {
            addAllHeadsEach(groups, run, headCount * scoresOfHead);
        }
        return groups;
    }

    private void addSomeHeadsEach(List<Group> groups, SequenceLayout.Run run, int heads, long scoresOfHead) {
        HeadProducts.Sizes sizes = sizes(1, heads, run);
        for (int text = 0; text < run.count(); text++) {
            for (int head = 0; head < headCount; head += heads) {
                long firstScore = ((long) text * headCount + head) * scoresOfHead;
                groups.add(new Group(sizes, run.firstRow() + (long) text * run.length(), head, firstScore));
            }
        }
    }

    private void addAllHeadsEach(List<Group> groups, SequenceLayout.Run run, long scoresOfText) {
        int text = 0;
        for (int texts : TEXTS) {
            HeadProducts.Sizes sizes = sizes(texts, headCount, run);
            if (texts > 1 && sizes.scoreCount() > (sizes.keysFirst() ? CACHED_SCORES_KEYS_FIRST : CACHED_SCORES)) {
                continue;
            }
            for (; text + texts <= run.count(); text += texts) {
                groups.add(new Group(sizes, run.firstRow() + (long) text * run.length(), 0, text * scoresOfText));
            }
        }
    }

    private HeadProducts.Sizes sizes(int texts, int heads, SequenceLayout.Run run) {
        int length = run.length();
        return new HeadProducts.Sizes(texts, heads, headCount, length, length, headSize, anyOrder && keysFirst(length));
    }

    /** The largest divisor of A that fits, or one. */
    private int headsTogether(long scoresOfHead) {
        return headsTogether(headCount, scoresOfHead);
    }

    /** The largest divisor of a number of heads whose scores fit, or one. */
    static int headsTogether(int headCount, long scoresOfHead) {
        int heads = (int) Math.max(1, Math.min(headCount, CACHED_SCORES / scoresOfHead));
        while (headCount % heads != 0) {
            heads--;
        }
        return heads;
    }
}
