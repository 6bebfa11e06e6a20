package dev.retort.inference;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.Precision;
import dev.retort.model.ParameterScope;
import dev.retort.model.classification.ClassificationHeads;
import dev.retort.model.classification.ClassificationTask;
import dev.retort.weights.heads.SavedHeads;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Heads in the backend's form, always float32: they are small. Immutable until closed. */
final class LoadedHeads implements AutoCloseable {

    private final ClassificationHeads heads;
    private final ParameterScope scope;

    LoadedHeads(SavedHeads saved, Backend backend) throws MalformedCheckpointException {
        this.scope = ParameterScope.forInference(saved.parameters(DataType.FLOAT), backend, Precision.F32);
        this.heads = new ClassificationHeads(scope, saved.embeddingSize(), saved.tasks());
    }

    ClassificationHeads heads() {
        return heads;
    }

    /**
     * softmax of each task's logits.
     *
     * @param logits (C) of each task
     */
    Classification classification(float[][] logits, boolean truncated) {
        Map<String, Prediction> predictions = new LinkedHashMap<>();
        List<ClassificationTask> tasks = heads.tasks();
        for (int task = 0; task < tasks.size(); task++) {
            predictions.put(tasks.get(task).name(), prediction(tasks.get(task).labels(), logits[task]));
        }
        return new Classification(predictions, truncated);
    }

    private static Prediction prediction(List<String> labels, float[] logits) {
        int best = 0;
        for (int c = 1; c < logits.length; c++) {
            best = logits[c] > logits[best] ? c : best;
        }
        List<Double> exponentials = new ArrayList<>();
        double sum = 0;
        for (float logit : logits) {
            double exponential = Math.exp((double) logit - logits[best]);
            exponentials.add(exponential);
            sum += exponential;
        }
        Map<String, Double> probabilities = new LinkedHashMap<>();
        for (int c = 0; c < logits.length; c++) {
            probabilities.put(labels.get(c), exponentials.get(c) / sum);
        }
        return new Prediction(labels.get(best), probabilities);
    }

    @Override
    public void close() {
        scope.weights().forEach(Weight::close);
        for (Variable variable : scope.variables()) {
            INDArray value = variable.value();
            if (!value.wasClosed()) { // as a backend does that has made its own copy
                value.close();
            }
        }
    }
}
