package dev.retort.train;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Targets;
import dev.retort.core.PackedTokens;
import dev.retort.core.StepScope;
import dev.retort.core.Tensors;
import dev.retort.model.Mode;
import dev.retort.model.classification.MultiTaskModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The loss of a batch and its gradients.
 *
 * <pre>
 *   L = Σₜ λₜ Lₜ        Lₜ = Σ wᵦ lᵦ / Σ wᵦ over the rows b that have a label of task t
 * </pre>
 *
 * <p>With a trained backbone the texts are divided among the threads, each of which gives the gradients of its share of every sum; the
 * sums of weights are those of the whole batch, so the shares add up to L. Where that would be uneven the kernels divide their work instead.
 * With a frozen one the threads compute the sentence vectors, and
 * the first one the heads of all rows together: the same function of the same vectors, whether they were just computed or kept.
 */
final class BatchStep {

    private static final long SHARES_APART = 0x632BE59BD9B4E019L; // between the seeds of dropout of two shares

    private final TrainingThreads threads;
    private final MultiTaskModel model;
    private final Objective objective;
    private final TrainingSettings settings;

    BatchStep(TrainingThreads threads, MultiTaskModel model, Objective objective, TrainingSettings settings) {
        this.threads = threads;
        this.model = model;
        this.objective = objective;
        this.settings = settings;
    }

    /**
     * What backward gave.
     *
     * @param shares gradients to be added up, in this order; step tensors
     * @param losses Lₜ of each task, NaN where no row has a label that counts
     */
    record Result(List<Gradients> shares, double[] losses) {}

    /** Of a batch whose backbone is trained, in a step that is open. */
    Result differentiate(TrainingBatch batch, long step) {
        List<int[]> shares = Shares.of(batch.lengths(), threads.count());
        boolean divided = Shares.areEven(shares, batch.lengths());
        List<int[]> places = divided ? shares : List.of(batch.allPlaces());
        @Nullable Gradients[] gradients = new Gradients[threads.count()];
        double[][] losses = new double[threads.count()][model.tasks().size()];
        TrainingThreads.Piece piece = (thread, fusions) -> {
            int[] own = places.get(thread);
            if (own.length > 0) {
                List<Variable> logits = model.forward(batch.tokens(own), fusions, mode(step, thread));
                gradients[thread] = backward(logits, batch, own, losses[thread], fusions);
            }
        };
        run(piece, divided);
        return result(gradients, losses, batch);
    }

    /** @param divided by texts; else the first thread's kernels divide their work */
    private void run(TrainingThreads.Piece piece, boolean divided) {
        if (divided) {
            threads.onAll(piece);
        } else {
            threads.onFirstForAll(piece);
        }
    }

    /** Of the heads alone, on vectors (B, E) that are given, in a step that is open. */
    Result differentiateHeads(float[][] features, TrainingBatch batch, long step) {
        @Nullable Gradients[] gradients = new Gradients[1];
        double[][] losses = new double[1][model.tasks().size()];
        int[] all = batch.allPlaces();
        threads.onFirst((thread, fusions) -> {
            List<Variable> logits = model.forwardFeatures(constant(features), fusions, mode(step, 0));
            gradients[0] = backward(logits, batch, all, losses[0], fusions);
        });
        return result(gradients, losses, batch);
    }

    /** The vectors of a batch's texts under a frozen backbone, (B, E). */
    float[][] features(TrainingBatch batch, long step) {
        List<int[]> shares = Shares.of(batch.lengths(), threads.count());
        boolean divided = Shares.haveLikeTokens(shares, batch.lengths());
        List<int[]> places = divided ? shares : List.of(batch.allPlaces());
        float[][] features = new float[batch.size()][];
        Mode frozen = mode(step, 0).inFrozenPart();
        TrainingThreads.Piece piece = (thread, fusions) -> {
            int[] own = places.get(thread);
            if (own.length > 0) {
                Mode ofShare = frozen == Mode.INFERENCE ? frozen : mode(step, thread);
                float[][] rows = Tensors.copyRows(
                        model.features(batch.tokens(own), fusions, ofShare).value());
                for (int i = 0; i < own.length; i++) {
                    features[own[i]] = rows[i];
                }
            }
        };
        run(piece, divided);
        return features;
    }

    private Mode mode(long step, int share) {
        Mode.Training mode = Mode.training(settings.seed() + share * SHARES_APART, step);
        return settings.dropoutInFrozenParts() ? mode.droppingInFrozenParts() : mode;
    }

    /** @return null if no row of the share has a label of a task that counts */
    private @Nullable Gradients backward(
            List<Variable> logits, TrainingBatch batch, int[] places, double[] losses, Fusions fusions) {
        Variable total = null;
        for (int task = 0; task < logits.size(); task++) {
            Targets own = objective.targets(task, batch.labels(task, places));
            double share = own.totalWeight();
            if (share > 0) {
                double all = objective.targets(task, batch.labels(task)).totalWeight();
                Variable loss = fusions.crossEntropy(logits.get(task), own).scale(share / all);
                losses[task] = loss.value().getDouble(0);
                Variable weighted = loss.scale(objective.weight(task));
                total = total == null ? weighted : total.add(weighted);
            }
        }
        return total == null || !total.requiresGradient() ? null : total.backward();
    }

    private Result result(@Nullable Gradients[] gradients, double[][] losses, TrainingBatch batch) {
        double[] sums = new double[model.tasks().size()];
        for (int task = 0; task < sums.length; task++) {
            boolean labelled = objective.targets(task, batch.labels(task)).totalWeight() > 0;
            sums[task] = labelled ? 0 : Double.NaN;
            for (double[] ofShare : losses) {
                sums[task] += ofShare[task];
            }
        }
        List<Gradients> present = new ArrayList<>();
        Arrays.stream(gradients).filter(Objects::nonNull).forEach(present::add);
        return new Result(present, sums);
    }

    /** Rows as a tensor of the step, (B, E). */
    static Variable constant(float[][] rows) {
        StepScope step = Objects.requireNonNull(StepScope.current(), "step scope");
        int width = rows[0].length;
        INDArray tensor = step.tensor(DataType.FLOAT, rows.length, width);
        FloatPointer target = new FloatPointer(tensor.data().pointer());
        for (int row = 0; row < rows.length; row++) {
            target.position(tensor.offset() + (long) row * width).put(rows[row], 0, width);
        }
        return Variable.constant(tensor);
    }

    /**
     * Texts of a batch and their labels.
     *
     * @param ids of each text
     * @param unpooled how many tokens at the start of each text pooling leaves out
     * @param labelsByTask a label a text, or {@link Targets#IGNORED}
     */
    record TrainingBatch(List<int[]> ids, int unpooled, int[][] labelsByTask) {

        static TrainingBatch of(TokenizedDataset dataset, int[] rows) {
            int[][] labels = new int[dataset.dataset().tasks().size()][rows.length];
            List<int[]> ids = new ArrayList<>(rows.length);
            for (int i = 0; i < rows.length; i++) {
                ids.add(dataset.ids(rows[i]));
                for (int task = 0; task < labels.length; task++) {
                    labels[task][i] = dataset.dataset().label(rows[i], task);
                }
            }
            return new TrainingBatch(ids, dataset.unpooled(), labels);
        }

        int size() {
            return ids.size();
        }

        int[] lengths() {
            return ids.stream().mapToInt(text -> text.length).toArray();
        }

        int[] allPlaces() {
            int[] places = new int[size()];
            Arrays.setAll(places, place -> place);
            return places;
        }

        PackedTokens tokens(int[] places) {
            List<int[]> own = new ArrayList<>(places.length);
            for (int place : places) {
                own.add(ids.get(place));
            }
            return PackedTokens.of(own).leavingOutOfPooling(unpooled);
        }

        int[] labels(int task) {
            return labelsByTask[task];
        }

        int[] labels(int task, int[] places) {
            return Shares.pick(labelsByTask[task], places);
        }
    }
}
