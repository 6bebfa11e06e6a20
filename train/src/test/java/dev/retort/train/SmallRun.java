package dev.retort.train;

import dev.retort.autograd.fusion.Activation;
import dev.retort.model.DistilBertConfig;
import dev.retort.model.classification.ClassificationTask;
import dev.retort.model.classification.HeadShape;
import dev.retort.train.dataset.Dataset;
import dev.retort.train.dataset.DatasetFile;
import dev.retort.train.dataset.ReadOptions;
import dev.retort.train.dataset.TaskColumn;
import dev.retort.weights.SmallTensors;
import dev.retort.weights.huggingface.EncoderConfig;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import dev.retort.weights.sentencetransformers.SentenceSettings;
import dev.retort.weights.sentencetransformers.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A run of a few kilobytes: random weights, a vocabulary of its own, rows whose labels follow from their words. */
final class SmallRun implements AutoCloseable {

    static final int LAYERS = 3;

    private static final String[] ANIMALS = {"cat", "dog", "fish"};
    private static final String[] MOODS = {"good", "bad", "plain"};
    private static final String[] FILLERS = {"a", "the", "my", "is so very", "was", "today in rain"};

    private final Path folder;
    private final double dropout;
    private final SmallTensors tensors;
    private final SentenceCheckpoint backbone;
    private final Dataset train;
    private final Dataset dev;

    SmallRun(Path folder) throws IOException {
        this(folder, 0.1);
    }

    /** @param dropout everywhere */
    SmallRun(Path folder, double dropout) throws IOException {
        this(folder, dropout, SentenceSettings.mean(12), 0);
    }

    /** @param spareIds rows of the model's vocabulary that no text has */
    SmallRun(Path folder, double dropout, SentenceSettings settings, int spareIds) throws IOException {
        this(folder, dropout, settings, spareIds, EncoderConfig.Architecture.DISTILBERT);
    }

    SmallRun(
            Path folder,
            double dropout,
            SentenceSettings settings,
            int spareIds,
            EncoderConfig.Architecture architecture)
            throws IOException {
        this.folder = folder;
        this.dropout = dropout;
        Path tokenizer = Files.createDirectories(folder.resolve("tokenizer"));
        List<String> vocabulary = List.of(("[PAD] [UNK] [CLS] [SEP] [MASK] " + String.join(" ", ANIMALS) + " "
                        + String.join(" ", MOODS) + " a the my is so very was today in rain")
                .split(" "));
        Files.write(tokenizer.resolve("vocab.txt"), vocabulary);
        DistilBertConfig config = new DistilBertConfig(
                vocabulary.size() + spareIds, 16, LAYERS, 2, 16, 24, Activation.GELU, dropout, dropout, false, 0, 0.02);
        this.tensors = architecture == EncoderConfig.Architecture.BERT
                ? SmallTensors.bert(config)
                : SmallTensors.distilBert(config);
        this.backbone = SentenceCheckpoint.of(
                tensors, new EncoderConfig(architecture, config), settings, new TokenizerFiles.InFolder(tokenizer));
        this.train = read("train.tsv", rows(45, true));
        this.dev = read("dev.tsv", rows(18, false));
    }

    /** @param gaps whether some labels are missing */
    private static List<String> rows(int count, boolean gaps) {
        List<String> lines = new ArrayList<>(List.of("text\ttopic\tsentiment"));
        for (int i = 0; i < count; i++) {
            int topic = i % 3;
            int sentiment = i / 3 % 3;
            String text = FILLERS[i % FILLERS.length] + " " + ANIMALS[topic] + " "
                    + FILLERS[(i * 7 + 3) % FILLERS.length] + " " + MOODS[sentiment];
            lines.add(text + "\t" + (gaps && i % 11 == 5 ? "" : ANIMALS[topic]) + "\t"
                    + (gaps && i % 7 == 2 ? "" : MOODS[sentiment]));
        }
        return lines;
    }

    private Dataset read(String name, List<String> lines) throws IOException {
        Path file = Files.write(folder.resolve(name), lines);
        ReadOptions options = ReadOptions.defaults()
                .withTasks(List.of(
                        TaskColumn.of("topic").withLabels(List.of(ANIMALS)),
                        TaskColumn.of("sentiment").withLabels(List.of(MOODS))));
        return DatasetFile.read(file, options, warning -> {});
    }

    SentenceCheckpoint backbone() {
        return backbone;
    }

    /** Changes the pretrained model: the first element of a tensor. */
    void spoil(String tensor) {
        tensors.elements(tensor)[0] += 1;
    }

    Dataset train() {
        return train;
    }

    Dataset dev() {
        return dev;
    }

    static TrainingSettings settings(Scenario scenario) {
        return TrainingSettings.defaults()
                .withScenario(scenario)
                .withEpochs(3)
                .withBatches(4, 1)
                .withThreads(2)
                .withOptimization(Optimization.adam().withRates(1e-3, 1e-2));
    }

    TrainingPlan plan(TrainingSettings settings, @Nullable Path checkpoints) {
        List<ClassificationTask> tasks = List.of(
                new ClassificationTask(
                        "topic", List.of(ANIMALS), new HeadShape.FeedForward(8, Activation.RELU, dropout)),
                new ClassificationTask("sentiment", List.of(MOODS), new HeadShape.Linear(dropout)));
        return new TrainingPlan(
                backbone, tasks, train, dev, List.of(TaskLoss.plain(), TaskLoss.plain()), settings, checkpoints);
    }

    @Override
    public void close() {
        backbone.close();
    }
}
