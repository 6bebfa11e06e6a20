package dev.retort.train;

import dev.retort.autograd.Variable;
import dev.retort.model.classification.MultiTaskModel;
import dev.retort.weights.heads.SavedHeads;
import dev.retort.weights.sentencetransformers.ExistingFolder;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a run ended with. The model's tensors are its own: close it when they are written or not needed. The trainer may be closed before.
 *
 * @param backbone the pretrained model it began with, which stays its opener's to close
 * @param model with the trained parameters
 * @param bestEpoch whose parameters they are, from 0; -1 for the last without a dev set
 * @param steps of the optimiser
 * @param settings of the run
 */
public record TrainedModel(
        SentenceCheckpoint backbone, MultiTaskModel model, int bestEpoch, long steps, TrainingSettings settings)
        implements AutoCloseable {

    /**
     * Writes a folder that {@code MultiTaskClassifier} loads, and sentence-transformers too, which takes no notice of the heads. It cuts
     * texts where training did.
     *
     * @param provenance what to say of the training beside scenario, seed, steps and epoch
     * @throws IOException if the folder cannot be written, or holds something and is not to be replaced
     */
    public void write(Path folder, ExistingFolder existing, Map<String, String> provenance) throws IOException {
        Map<String, String> training = new LinkedHashMap<>(provenance);
        training.put("scenario", settings.scenario().toString());
        training.put("seed", Long.toString(settings.seed()));
        training.put("steps", Long.toString(steps));
        training.put("epoch", Integer.toString(bestEpoch < 0 ? settings.epochs() : bestEpoch + 1));
        SentenceCheckpoint trained = backbone.withParameters(model::value);
        (settings.maxTokens() == 0 ? trained : trained.withMaxSequenceLength(settings.maxTokens()))
                .write(
                        folder,
                        existing,
                        written -> SavedHeads.write(
                                written, model.tasks(), model.backbone().embeddingSize(), model::value, training));
    }

    /** Frees the model's tensors; it must not compute or be written any more. Idempotent. */
    @Override
    public void close() {
        for (Variable parameter : model.parameters().values()) {
            if (!parameter.value().wasClosed()) {
                parameter.value().close();
            }
        }
    }
}
