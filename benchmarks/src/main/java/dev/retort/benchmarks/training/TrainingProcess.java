package dev.retort.benchmarks.training;

import dev.retort.benchmarks.model.TokenCounter;
import dev.retort.benchmarks.peer.PeerProcess;
import dev.retort.train.dataset.Dataset;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A process that trains, one of ours or one of PyTorch's, at the same rows in the same batches.
 *
 * <pre>
 *   rows N, and N lines TOPIC SENTIMENT ID ID …    ok                      the data set; PyTorch's only
 *   batches N, and N lines ROW ROW …               ok                      what the next steps go through; PyTorch's only
 *   steps N                                        nanos N₁ … N_N          of each step
 *   quit                                           (ends)
 * </pre>
 *
 * <p>Ours reads the rows itself and knows its batches; the other is told them epoch by epoch, before the clock starts.
 */
public final class TrainingProcess implements AutoCloseable {

    private final PeerProcess process;
    private final boolean told;
    private final TrainingSet set;
    private final List<int[]> ids;
    private long epochs;

    private TrainingProcess(PeerProcess process, boolean told, TrainingSet set, List<int[]> ids) {
        this.process = process;
        this.told = told;
        this.set = set;
        this.ids = ids;
    }

    /**
     * Lets a process train.
     *
     * @param told whether it is to be told rows and batches; a {@link RetortTraining} is not
     */
    public static TrainingProcess open(PeerProcess process, boolean told, TrainingSet set) throws IOException {
        try (Dataset rows = set.read();
                TokenCounter tokenizer = TokenCounter.open()) {
            List<int[]> ids = TrainingSet.ids(rows, tokenizer);
            if (told) {
                List<String> lines = new ArrayList<>(List.of("rows " + rows.size()));
                for (int row = 0; row < rows.size(); row++) {
                    lines.add(rows.label(row, 0) + " " + rows.label(row, 1) + " " + joined(ids.get(row)));
                }
                process.ask(lines, "ok");
            }
            return new TrainingProcess(process, told, set, ids);
        }
    }

    private static String joined(int[] numbers) {
        return Arrays.stream(numbers).mapToObj(Integer::toString).collect(Collectors.joining(" "));
    }

    /** How many epochs it has gone through. */
    public long epochs() {
        return epochs;
    }

    /**
     * Nanoseconds of each step of an epoch.
     *
     * @param number from 0; of a {@link RetortTraining} each once, in their order
     */
    public long[] epoch(long number) throws IOException {
        List<int[]> batches = set.epoch(ids, number);
        tell(batches);
        epochs++;
        return steps(batches.size());
    }

    /** Lets one that is told its batches do some of an epoch's. */
    public void warm(int steps) throws IOException {
        tell(set.epoch(ids, 0));
        steps(steps);
    }

    private void tell(List<int[]> batches) throws IOException {
        if (told) {
            List<String> lines = new ArrayList<>(List.of("batches " + batches.size()));
            batches.forEach(batch -> lines.add(joined(batch)));
            process.ask(lines, "ok");
        }
    }

    private long[] steps(int count) throws IOException {
        String[] nanos = process.ask(List.of("steps " + count), "nanos").split(" ");
        return Arrays.stream(nanos).mapToLong(Long::parseLong).toArray();
    }

    /** The number of batches. */
    public int stepsAnEpoch() {
        return set.epoch(ids, 0).size();
    }

    /** Tokens of a step on the average of an epoch; padded to the longest text of its batch, or as they are. */
    public double tokensAStep(boolean padded) {
        List<int[]> batches = set.epoch(ids, 0);
        long tokens = 0;
        for (int[] batch : batches) {
            int[] lengths = Arrays.stream(batch).map(row -> ids.get(row).length).toArray();
            tokens += padded
                    ? (long) batch.length * Arrays.stream(lengths).max().orElse(0)
                    : Arrays.stream(lengths).sum();
        }
        return (double) tokens / batches.size();
    }

    /** See {@link PeerProcess#peakResidentMiB}. */
    public long peakResidentMiB() throws IOException {
        return process.peakResidentMiB();
    }

    /** See {@link PeerProcess#residentMiB}. */
    public long residentMiB() throws IOException {
        return process.residentMiB();
    }

    @Override
    public void close() throws IOException {
        process.close();
    }
}
