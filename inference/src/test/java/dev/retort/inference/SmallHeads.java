package dev.retort.inference;

import dev.retort.autograd.fusion.Activation;
import dev.retort.model.classification.ClassificationTask;
import dev.retort.model.classification.FreshHeads;
import dev.retort.model.classification.HeadShape;
import dev.retort.weights.heads.SavedHeads;
import dev.retort.weights.sentencetransformers.ModuleSettings;
import dev.retort.weights.sentencetransformers.SentenceSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@link SmallModel} with unit vectors and two random heads. */
final class SmallHeads {

    static final List<ClassificationTask> TASKS = List.of(
            new ClassificationTask(
                    "topic",
                    List.of("animals", "weather", "other"),
                    new HeadShape.FeedForward(10, Activation.GELU, 0.1)),
            new ClassificationTask("mood", List.of("good", "bad"), new HeadShape.Linear(0.1)));

    private static final int WIDTH = 24;

    private SmallHeads() {}

    static Path write(Path folder) throws IOException {
        SmallModel.write(
                folder,
                SentenceSettings.mean(SmallModel.MAX_TOKENS).withModules(List.of(new ModuleSettings.OfNormalize())));
        writeHeads(folder, TASKS, WIDTH);
        return folder;
    }

    static void writeHeads(Path folder, List<ClassificationTask> tasks, int width) throws IOException {
        FreshHeads heads = new FreshHeads(DataType.FLOAT, width, tasks, 3);
        SavedHeads.write(folder, tasks, width, name -> strong(heads, name, tasks, width), Map.of("seed", "3"));
    }

    /** Six times as large as fresh ones, so that answers differ. */
    private static INDArray strong(FreshHeads heads, String name, List<ClassificationTask> tasks, int width) {
        for (ClassificationTask task : tasks) {
            int inner = task.head() instanceof HeadShape.FeedForward feedForward ? feedForward.hiddenSize() : width;
            Map<String, long[]> shapes = Map.of(
                    "heads." + task.name() + ".hidden.weight", new long[] {inner, width},
                    "heads." + task.name() + ".hidden.bias", new long[] {inner},
                    "heads." + task.name() + ".output.weight", new long[] {task.classCount(), inner},
                    "heads." + task.name() + ".output.bias", new long[] {task.classCount()});
            if (shapes.containsKey(name)) {
                return heads.load(name, shapes.get(name)).mul(6);
            }
        }
        throw new AssertionError(name);
    }
}
