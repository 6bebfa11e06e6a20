package dev.retort.examples;

import dev.retort.autograd.fusion.Activation;
import dev.retort.inference.MultiTaskClassifier;
import dev.retort.model.classification.ClassificationTask;
import dev.retort.model.classification.HeadShape;
import dev.retort.train.Scenario;
import dev.retort.train.TaskLoss;
import dev.retort.train.TrainedModel;
import dev.retort.train.Trainer;
import dev.retort.train.TrainingListener;
import dev.retort.train.TrainingPlan;
import dev.retort.train.TrainingSettings;
import dev.retort.train.dataset.BundledDataset;
import dev.retort.train.dataset.Dataset;
import dev.retort.weights.bundled.BundledModel;
import dev.retort.weights.sentencetransformers.ExistingFolder;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What a sentence is about, and how it sounds: two heads learn it from 270 sentences. */
public final class FirstTraining {

    private FirstTraining() {}

    /** @param arguments a folder for the model, which is not there yet */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        train(folder);
        try (MultiTaskClassifier classifier = MultiTaskClassifier.load(folder)) {
            System.out.println(classifier
                    .classify("The probe reached Saturn after seven years.")
                    .labels());
            System.out.println(classifier
                    .classify("My new phone keeps crashing, I hate it")
                    .labels());
        }
    }

    private static void train(Path folder) throws IOException {
        Dataset train = BundledDataset.TRAIN.read(); // or DatasetFile.read(file, ReadOptions.defaults(), warnings)
        Dataset dev = BundledDataset.DEV.read();
        List<ClassificationTask> tasks = train.tasks().stream()
                .map(task -> new ClassificationTask(
                        task.task(), task.names(), new HeadShape.FeedForward(128, Activation.RELU, 0.1)))
                .toList();
        List<TaskLoss> losses = List.of(TaskLoss.plain(), TaskLoss.plain());
        TrainingSettings settings =
                TrainingSettings.defaults().withScenario(Scenario.headsOnly()).withEpochs(5);
        TrainingListener printing = new TrainingListener() {
            @Override
            public void epochDone(EpochReport epoch) {
                System.out.printf("epoch %d: loss %.2f%n", epoch.epoch() + 1, epoch.total());
            }
        };
        try (SentenceCheckpoint backbone = BundledModel.open()) { // or SentenceCheckpoint.open(folder)
            TrainingPlan plan = new TrainingPlan(backbone, tasks, train, dev, losses, settings, null);
            try (Trainer trainer = Trainer.start(plan, printing);
                    TrainedModel model = trainer.run()) {
                model.write(folder, ExistingFolder.REFUSE, Map.of("data", train.name()));
            }
        }
    }
}
