package dev.retort.train;

import dev.retort.core.ParameterSource;
import dev.retort.model.classification.MultiTaskModel;
import dev.retort.train.checkpoint.CheckpointFolder;
import dev.retort.train.checkpoint.TensorChecksum;
import dev.retort.train.optimizer.Adam;
import dev.retort.weights.safetensors.Checkpoint;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import dev.retort.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What a run's checkpoints hold: {@code parameters.NAME} of every parameter that is trained in any epoch, {@code best.NAME} of the same
 * after the best epoch, the optimiser's moments, and the {@link TrainingState}. Parameters that are never trained are not there: they are
 * the pretrained model's, and a checksum tells whether it is still the same.
 */
final class RunCheckpoints {

    private static final String PARAMETER = "parameters.";
    private static final String BEST = "best.";

    private final CheckpointFolder folder;
    private final TrainingState.Run run;
    private final Predicate<String> trains;
    private @Nullable Path last;
    private @Nullable Long untrained; // checksum

    /**
     * @param run what a checkpoint must be of to be gone on from
     * @param trains whether a parameter is trained in any epoch
     */
    RunCheckpoints(CheckpointFolder folder, TrainingState.Run run, Predicate<String> trains) {
        this.folder = folder;
        this.run = run;
        this.trains = trains;
    }

    /** The newest one that this run has written or gone on from; null for none. */
    @Nullable
    Path last() {
        return last;
    }

    /** Writes one. */
    Path write(Progress progress, MultiTaskModel model, BestEpoch best, Adam adam) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (String name : trainedNames(model)) {
            CheckpointFolder.add(writer, PARAMETER + name, model.value(name));
        }
        best.parameters().forEach((name, tensor) -> CheckpointFolder.add(writer, BEST + name, tensor));
        adam.save(writer);
        TrainingState state =
                new TrainingState(TrainingState.FORMAT, run, untrained(model), progress.position(), best.figures());
        Path file = folder.write(progress.step(), state.toJson(), writer);
        last = file;
        return file;
    }

    /**
     * The parameters as they were at a checkpoint.
     *
     * @param pretrained gives those that are never trained
     * @return throws an {@link UncheckedIOException} if the checkpoint lacks one, or has it in another shape
     * @throws MalformedCheckpointException if it is of another run, with the difference, or damaged
     */
    ParameterSource parameters(Checkpoint checkpoint, ParameterSource pretrained) throws MalformedCheckpointException {
        state(checkpoint).requireRun(run, name(checkpoint));
        return (name, shape) -> {
            if (!trains.test(name)) {
                return pretrained.load(name, shape);
            }
            try {
                return CheckpointFolder.read(checkpoint, PARAMETER + name, DataType.FLOAT, shape);
            } catch (MalformedCheckpointException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    /**
     * Takes over what a checkpoint holds beside the parameters.
     *
     * @param model with {@link #parameters}
     * @throws MalformedCheckpointException if the parameters that are never trained have other values now, or it is damaged
     */
    void restore(Checkpoint checkpoint, MultiTaskModel model, Progress progress, BestEpoch best, Adam adam)
            throws MalformedCheckpointException {
        TrainingState state = state(checkpoint);
        state.requireUntrained(untrained(model), name(checkpoint));
        if (state.best().epoch() >= 0) {
            best.become(state.best());
            for (String name : trainedNames(model)) {
                long[] shape = model.value(name).shape();
                best.put(name, CheckpointFolder.read(checkpoint, BEST + name, DataType.FLOAT, shape));
            }
        }
        adam.restore(checkpoint, model.parameters().values());
        progress.restore(state.position());
        last = checkpoint.path();
    }

    private static TrainingState state(Checkpoint checkpoint) throws MalformedCheckpointException {
        return TrainingState.ofJson(CheckpointFolder.json(checkpoint), name(checkpoint));
    }

    private static String name(Checkpoint checkpoint) {
        return String.valueOf(checkpoint.path().getFileName());
    }

    private List<String> trainedNames(MultiTaskModel model) {
        return model.parameters().keySet().stream().filter(trains).toList();
    }

    /** Computed once: these parameters do not change. */
    private long untrained(MultiTaskModel model) {
        Long known = untrained;
        if (known == null) {
            TensorChecksum checksum = new TensorChecksum();
            model.parameters().forEach((name, parameter) -> {
                if (!trains.test(name)) {
                    checksum.add(parameter.value());
                }
            });
            known = checksum.value();
            untrained = known;
        }
        return known;
    }
}
