package dev.retort.inference;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.SharedRows;
import dev.retort.core.Tensors;
import dev.retort.model.Mode;
import dev.retort.model.classification.ClassificationHeads;
import java.util.List;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The logits of some texts from their vectors.
 *
 * @param vectors (B, E)
 * @param first the place of the first of them among all
 * @param logits where they are put: of each text, of each task, (C)
 */
@SuppressWarnings("ArrayRecordComponent") // shared on purpose: each task has places of its own
record HeadsTask(ClassificationHeads heads, float[][] vectors, int first, float[][][] logits) implements Task {

    @Override
    public Batch batch() {
        throw new IllegalStateException("heads: have vectors, not tokens");
    }

    @Override
    public boolean divisible() {
        return false;
    }

    @Override
    public void compute(Fusions fusions) {
        Variable features = Variable.constant(Nd4j.createFromArray(vectors));
        List<Variable> ofTasks = heads.forward(features, fusions, Mode.INFERENCE);
        for (int task = 0; task < ofTasks.size(); task++) {
            float[][] rows = Tensors.copyRows(ofTasks.get(task).value());
            for (int b = 0; b < rows.length; b++) {
                logits[first + b][task] = rows[b];
            }
        }
    }

    @Override
    public void computeShare(int worker, SharedRows rows, Fusions own) {
        throw new IllegalStateException("heads: one worker computes them");
    }
}
