package dev.retort.benchmarks.training;

import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Backend;
import dev.retort.model.classification.ClassificationTask;
import dev.retort.model.classification.HeadShape;
import dev.retort.train.TaskLoss;
import dev.retort.train.Trainer;
import dev.retort.train.TrainingListener;
import dev.retort.train.TrainingPlan;
import dev.retort.train.TrainingSettings;
import dev.retort.train.dataset.Dataset;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;

/**
 * A run of the public {@link Trainer} that stands still between the steps that it is asked for. It is a process of its own; the lines are
 * those of {@link TrainingProcess}. Arguments: folder of the model, case, file of labelled texts, batch size, batches, whether sorted,
 * threads.
 */
public final class RetortTraining implements TrainingListener {

    private static final int HEAD_HIDDEN = 128;
    private static final double DROPOUT = 0.1;
    private static final int ENDLESS = 1_000_000; // epochs

    private final BufferedReader requests =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    private final PrintStream replies;
    private final String description;
    private final long startedAt = System.nanoTime();
    private StringBuilder nanos = new StringBuilder();
    private int due; // steps until the next reply
    private long stepStart;

    private RetortTraining(PrintStream replies, String description) {
        this.replies = replies;
        this.description = description;
    }

    public static void main(String[] args) throws IOException {
        PrintStream replies = System.out;
        System.setOut(System.err);
        TrainingCase trained = TrainingCase.parse(args[1]);
        TrainingSet set = new TrainingSet(
                Path.of(args[2]), Integer.parseInt(args[3]), Integer.parseInt(args[4]), Boolean.parseBoolean(args[5]));
        int threads = Integer.parseInt(args[6]);
        String description = "Retort training, kernels: " + Backend.find().name() + ", " + threads + " threads";
        try (SentenceCheckpoint backbone = SentenceCheckpoint.open(Path.of(args[0]));
                Dataset rows = set.read();
                Trainer trainer = Trainer.start(
                        plan(backbone, rows, trained, set, threads), new RetortTraining(replies, description))) {
            trainer.run();
        } catch (CancellationException quit) {
            // asked to
        } catch (IOException | RuntimeException failure) {
            replies.println("failed " + failure);
            throw failure;
        }
    }

    private static TrainingPlan plan(
            SentenceCheckpoint backbone, Dataset rows, TrainingCase trained, TrainingSet set, int threads) {
        TrainingSettings settings = TrainingSettings.defaults()
                .withScenario(trained.scenario())
                .withEpochs(ENDLESS)
                .withBatches(set.batchSize(), 1)
                .withSeed(TrainingSet.SEED)
                .withThreads(threads)
                .withMaxTokens(trained.maxTokens())
                .withGrouping(set.sorted() ? TrainingSettings.Grouping.LENGTH : TrainingSettings.Grouping.NONE)
                .withCheckpoints(0, 0);
        List<ClassificationTask> tasks = rows.tasks().stream()
                .map(task -> new ClassificationTask(
                        task.task(), task.names(), new HeadShape.FeedForward(HEAD_HIDDEN, Activation.RELU, DROPOUT)))
                .toList();
        List<TaskLoss> losses = tasks.stream().map(task -> TaskLoss.plain()).toList();
        return new TrainingPlan(backbone, tasks, rows, null, losses, settings, null);
    }

    @Override
    public void started(Start start) {
        replies.println("ready " + (System.nanoTime() - startedAt) / 1_000_000 + " " + description);
        awaitRequest();
    }

    @Override
    public void stepDone(Step step) {
        nanos.append(' ').append(System.nanoTime() - stepStart);
        due--;
        if (due == 0) {
            replies.println("nanos" + nanos);
            awaitRequest();
        }
        stepStart = System.nanoTime();
    }

    @Override
    public void epochDone(EpochReport epoch) {
        stepStart = System.nanoTime();
    }

    /** Holds the run up. */
    private void awaitRequest() {
        try {
            String line = requests.readLine();
            if (line == null || line.equals("quit")) {
                throw new CancellationException("quit");
            }
            due = Integer.parseInt(line.split(" ")[1]);
            nanos = new StringBuilder();
            stepStart = System.nanoTime();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
