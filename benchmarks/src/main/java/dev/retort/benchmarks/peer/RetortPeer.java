package dev.retort.benchmarks.peer;

import dev.retort.autograd.fusion.Backend;
import dev.retort.core.Precision;
import dev.retort.inference.Embedding;
import dev.retort.inference.LoadSettings;
import dev.retort.inference.SentenceTransformer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Retort itself behind the line protocol. Arguments: {@code default} or a model folder, a precision, the number of threads. */
public final class RetortPeer implements PeerEngine {

    private final SentenceTransformer model;
    private final String description;

    private RetortPeer(SentenceTransformer model, String description) {
        this.model = model;
        this.description = description;
    }

    public static void main(String[] args) {
        PeerServer.serve(() -> {
            Precision precision = Precision.valueOf(args[1].toUpperCase(Locale.ROOT));
            LoadSettings settings =
                    LoadSettings.defaults().withPrecision(precision).withThreads(Integer.parseInt(args[2]));
            SentenceTransformer model = args[0].equals("default")
                    ? SentenceTransformer.loadDefault(settings)
                    : SentenceTransformer.load(Path.of(args[0]), settings);
            return new RetortPeer(
                    model,
                    "Retort " + precision + ", kernels: " + Backend.find().name());
        });
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public float[][] encode(List<String> texts) {
        if (texts.size() == 1) {
            return new float[][] {model.encode(texts.get(0)).vector()};
        }
        return model.encode(texts).stream().map(Embedding::vector).toArray(float[][]::new);
    }

    @Override
    public int embed(List<String> texts) {
        if (texts.size() == 1) {
            return model.encode(texts.get(0)).tokenCount() > 0 ? 1 : 0;
        }
        return model.encode(texts).size();
    }

    @Override
    public long tokenCount(List<String> texts) {
        return model.encode(texts).stream().mapToLong(Embedding::tokenCount).sum();
    }

    @Override
    public void close() {
        model.close();
    }
}
