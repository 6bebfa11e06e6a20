package dev.retort.inference;

import dev.retort.text.Encoding;
import dev.retort.text.TokenBudget;
import java.util.ArrayList;
import java.util.List;

/** Adjacent texts of a call that are tokenized, and put into batches, before the next ones are: workers begin meanwhile. */
final class Slice {

    private static final int FIRST_TEXTS = 128; // so few that workers soon have something to do
    private static final int MOST_TEXTS = 512;
    private static final int WORTHWHILE_TOKENS = 256; // a larger batch saves little
    private static final int LEAST_TOKENS = 16; // a smaller batch costs more than it saves

    private final List<Encoding> encodings;
    private final List<int[]> sequences = new ArrayList<>(); // each text's chunks

    Slice(List<Encoding> encodings) {
        this.encodings = encodings;
        for (Encoding encoding : encodings) {
            for (int chunk = 0; chunk < encoding.chunkCount(); chunk++) {
                sequences.add(encoding.inputIds(chunk));
            }
        }
    }

    /** Where the slice that starts at {@code from} ends. */
    static int end(int from, int textCount) {
        return Math.min(textCount, from + (from == 0 ? FIRST_TEXTS : MOST_TEXTS));
    }

    List<Encoding> encodings() {
        return encodings;
    }

    List<int[]> sequences() {
        return sequences;
    }

    /** How batches are made into tasks. */
    @FunctionalInterface
    interface Maker {
        Task task(Batch batch, boolean divisible);
    }

    /**
     * The sequences in batches, which depend on nothing but their lengths and the arguments.
     *
     * @param mostTokens in a batch; there are fewer where workers would be idle
     */
    List<Task> tasks(int mostTokens, int workers, Maker maker) {
        int[] lengths = new int[sequences.size()];
        long total = 0;
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = sequences.get(i).length;
            total += lengths[i];
        }
        List<Task> tasks = new ArrayList<>();
        for (int[] places :
                TokenBudget.ofTokens(tokens(total, mostTokens, workers)).batches(lengths)) {
            Batch batch = Batch.of(places, sequences);
            boolean dominates = 4L * batch.tokenCount() * workers > 5 * total; // the others would wait for it
            tasks.add(maker.task(batch, places.length == 1 && dominates));
        }
        return tasks;
    }

    private static int tokens(long total, int mostTokens, int workers) {
        long share = (total + workers - 1) / workers;
        long wanted = Math.max(Math.min(share, WORTHWHILE_TOKENS), share / 4); // in quarters, if they are worthwhile
        return (int) Math.min(mostTokens, Math.max(wanted, LEAST_TOKENS));
    }
}
