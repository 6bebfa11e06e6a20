package dev.retort.benchmarks;

import dev.retort.benchmarks.training.TrainingCase;
import dev.retort.benchmarks.training.TrainingProcess;
import dev.retort.benchmarks.training.TrainingSet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Training DistilBERT's base shape beside PyTorch on the CPU: the same texts in the same batches, in turns, an epoch each. Ours computes in
 * float32 in all of them.
 */
final class TrainingRows {

    static final Row FULL_2 = step("train-full-2", TrainingCase.FULL, 2, 2.5);
    static final Row BF16_2 = new Step("train-bf16-2", TrainingCase.FULL, 2, false, true, 1.5).row();
    static final Row FULL_32 = step("train-full-32", TrainingCase.FULL, 32, 6);
    static final Row BF16_32 = new Step("train-bf16-32", TrainingCase.FULL, 32, false, true, 2.2).row();
    static final Row SORTED_32 = new Step("train-sorted-32", TrainingCase.FULL, 32, true, false, 3.5).row();
    static final Row BF16_SORTED_32 = new Step("train-bf16-sorted-32", TrainingCase.FULL, 32, true, true, 1.2).row();
    static final Row FROZEN_BACKBONE_2 = step("train-frozen-backbone-2", TrainingCase.FROZEN_BACKBONE, 2, 3);
    static final Row FROZEN_BACKBONE_32 = step("train-frozen-backbone-32", TrainingCase.FROZEN_BACKBONE, 32, 5);
    static final Row LOWER_LAYERS_2 = step("train-lower-layers-2", TrainingCase.LOWER_LAYERS, 2, 2.5);
    static final Row LOWER_LAYERS_32 = step("train-lower-layers-32", TrainingCase.LOWER_LAYERS, 32, 5);
    static final Row FROZEN_HEAD_2 = step("train-frozen-head-2", TrainingCase.FROZEN_HEAD, 2, 2.5);
    static final Row FROZEN_HEAD_32 = step("train-frozen-head-32", TrainingCase.FROZEN_HEAD, 32, 5);
    static final Row HEADS_ONLY = step("train-heads-only", TrainingCase.HEADS_ONLY, 32, 1);
    static final Row GROWTH = new Row(
            "train-growth", "resident memory while full training goes on, batch 2", false, TrainingRows::growth);

    private static final int FEW_BATCHES = 4; // of 32; the rows that the targets were measured with
    private static final int BATCHES_OF_TWO = 40;
    private static final int ALL_BATCHES = 159; // of 32: 5,070 rows
    private static final double PEAK_2 = 0.8;
    private static final double PEAK_32 = 0.5;
    private static final double MOST_MIB = 1.6e9 / (1 << 20);
    private static final int STEPS = 2_000;
    private static final int FIRST_STEPS = 200;

    private TrainingRows() {}

    private static Row step(String name, TrainingCase trained, int batchSize, double target) {
        return new Step(name, trained, batchSize, false, false, target).row();
    }

    /**
     * A step in one case.
     *
     * @param sorted whether a batch has texts of like length
     * @param narrow whether PyTorch computes in bfloat16 autocast
     * @param target how many times as fast as PyTorch ours should be
     */
    private record Step(
            String name, TrainingCase trained, int batchSize, boolean sorted, boolean narrow, double target) {

        Row row() {
            return new Row(name, subject(), false, this::measure);
        }

        private String subject() {
            return "training step, " + trained + ", batch " + batchSize + (sorted ? " of like length" : "")
                    + ", against PyTorch " + (narrow ? "bf16 autocast" : "f32");
        }

        private boolean comparesMemory() {
            return trained == TrainingCase.FULL && !sorted && !narrow;
        }

        private List<Finding> measure(Bench bench) {
            Claim speed = Claim.ratio(name, subject(), Target.atLeast(target));
            return Bench.each(List.of(new Bench.Attempt(List.of(speed), () -> {
                TrainingSet set = set(bench, trained, batchSize, sorted);
                Contender our = bench.contenders().retortTraining(trained, set);
                Contender their = bench.contenders().torchTraining(trained, narrow);
                try (TrainingProcess theirs =
                                TrainingProcess.open(bench.engines().fresh(their), true, set);
                        TrainingProcess ours =
                                TrainingProcess.open(bench.engines().fresh(our), false, set)) {
                    return measure(bench, speed, ours, theirs);
                }
            })));
        }

        private List<Finding> measure(Bench bench, Claim speed, TrainingProcess ours, TrainingProcess theirs)
                throws IOException {
            double warmed = 0;
            while (warmed < bench.settings().warmSeconds() * 1e3) {
                warmed += total(ours.epoch(ours.epochs()));
            }
            int steps = ours.stepsAnEpoch();
            theirs.warm((steps + 1) / 2);
            boolean wholeEpoch = trained == TrainingCase.HEADS_ONLY;
            int divisor = wholeEpoch ? 1 : steps;
            Turns turns = Turns.idle(
                    bench.settings().rounds(),
                    List.of(
                            () -> total(ours.epoch(ours.epochs())) / divisor,
                            () -> total(theirs.epoch(ours.epochs() - 1)) / divisor));
            String note = String.format(
                    Locale.ROOT,
                    "the mean of %d steps a round; a step has %.0f tokens, padded for PyTorch to %.0f",
                    steps,
                    ours.tokensAStep(false),
                    ours.tokensAStep(true));
            List<Finding> findings = new ArrayList<>();
            findings.add(new Finding(
                    speed,
                    turns.ratio(1, 0),
                    null,
                    turns.side(0, false),
                    turns.side(1, false),
                    wholeEpoch ? "ms/epoch" : "ms/step",
                    wholeEpoch ? "159 steps of 32 vectors of 768, their dropout, loss, gradients and update" : note));
            if (comparesMemory()) {
                findings.addAll(memory(ours, theirs));
            }
            return findings;
        }

        private List<Finding> memory(TrainingProcess ours, TrainingProcess theirs) throws IOException {
            double our = ours.peakResidentMiB();
            double their = theirs.peakResidentMiB();
            String subject = "peak resident memory, " + trained + ", batch " + batchSize;
            Claim ratio =
                    Claim.ratio(name, subject + ", by PyTorch's", Target.atMost(batchSize == 2 ? PEAK_2 : PEAK_32));
            List<Finding> findings = new ArrayList<>();
            findings.add(Finding.of(
                    ratio,
                    Spread.of(our / their),
                    Spread.of(our),
                    Spread.of(their),
                    "MiB",
                    "processes of the line above, after it"));
            if (batchSize == 2) {
                Claim absolute = new Claim(name, subject + ", ours", Target.atMost(Math.floor(MOST_MIB)), "MiB");
                findings.add(Finding.of(absolute, Spread.of(our), ""));
            }
            return findings;
        }
    }

    private static double total(long[] nanos) {
        return Arrays.stream(nanos).sum() / 1e6;
    }

    private static TrainingSet set(Bench bench, TrainingCase trained, int batchSize, boolean sorted)
            throws IOException {
        Path file = bench.labelled();
        if (file == null) {
            throw new IOException("needs labelled texts: give --labelled");
        }
        int batches = trained == TrainingCase.HEADS_ONLY ? ALL_BATCHES : batchSize == 2 ? BATCHES_OF_TWO : FEW_BATCHES;
        return new TrainingSet(file, batchSize, batches, sorted);
    }

    /** What the process holds after many steps by what it held after a few. */
    private static List<Finding> growth(Bench bench) {
        Claim claim = Claim.ratio(
                "train-growth",
                "full, batch 2, resident memory after " + STEPS + " steps by after " + FIRST_STEPS,
                Target.atMost(1.02));
        return Bench.each(List.of(new Bench.Attempt(List.of(claim), () -> {
            TrainingSet set = set(bench, TrainingCase.FULL, 2, false);
            Contender our = bench.contenders().retortTraining(TrainingCase.FULL, set);
            try (TrainingProcess ours = TrainingProcess.open(bench.engines().fresh(our), false, set)) {
                double first = residentAfter(FIRST_STEPS, ours);
                double last = residentAfter(STEPS, ours);
                return List.of(Finding.of(
                        claim,
                        Spread.of(last / first),
                        Spread.of(last),
                        Spread.of(first),
                        "MiB",
                        "peak " + ours.peakResidentMiB() + " MiB"));
            }
        })));
    }

    private static double residentAfter(int steps, TrainingProcess ours) throws IOException {
        while (ours.epochs() * ours.stepsAnEpoch() < steps) {
            ours.epoch(ours.epochs());
        }
        return ours.residentMiB();
    }
}
