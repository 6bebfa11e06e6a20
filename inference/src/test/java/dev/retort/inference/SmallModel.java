package dev.retort.inference;

import dev.retort.autograd.fusion.Activation;
import dev.retort.model.DistilBertConfig;
import dev.retort.weights.SmallTensors;
import dev.retort.weights.huggingface.EncoderConfig;
import dev.retort.weights.sentencetransformers.ExistingFolder;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import dev.retort.weights.sentencetransformers.SentenceSettings;
import dev.retort.weights.sentencetransformers.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A model folder of a few kilobytes with random weights and a vocabulary of its own. */
final class SmallModel {

    static final int MAX_TOKENS = 12;

    private static final List<String> VOCABULARY = List.of(
            ("[PAD] [UNK] [CLS] [SEP] [MASK] a the cat dog sits sleeps runs on under mat tree night day red blue and ##s"
                            + " ##ing walk in rain")
                    .split(" "));

    private SmallModel() {}

    /** Writes the folder: mean pooling, not normalised, at most {@link #MAX_TOKENS} tokens. */
    static Path write(Path folder) throws IOException {
        return write(folder, SentenceSettings.mean(MAX_TOKENS));
    }

    static Path write(Path folder, SentenceSettings settings) throws IOException {
        Path tokenizer = Files.createDirectories(folder.resolveSibling(folder.getFileName() + "-tokenizer"));
        Files.write(tokenizer.resolve("vocab.txt"), VOCABULARY);
        DistilBertConfig config =
                new DistilBertConfig(VOCABULARY.size(), 16, 2, 3, 24, 40, Activation.GELU, 0.1, 0.1, false, 0, 0.02);
        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.of(
                SmallTensors.distilBert(config),
                EncoderConfig.distilBert(config),
                settings,
                new TokenizerFiles.InFolder(tokenizer))) {
            checkpoint.write(folder, ExistingFolder.REFUSE);
        }
        return folder;
    }
}
