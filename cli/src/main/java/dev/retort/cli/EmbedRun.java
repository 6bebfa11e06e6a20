package dev.retort.cli;

import dev.retort.cli.input.PlacedText;
import dev.retort.cli.input.TextSource;
import dev.retort.cli.output.VectorWriter;
import dev.retort.inference.Embedding;
import dev.retort.inference.EncodeOptions;
import dev.retort.inference.SentenceTransformer;
import dev.retort.text.TextTooLongException;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Embeds a source's texts, {@link TextWindows a window} at a time. */
final class EmbedRun {

    private final SentenceTransformer model;
    private final EncodeOptions options;
    private final TextSource source;
    private final VectorWriter writer;
    private final @Nullable Progress progress;
    private long texts;
    private long tokens;
    private long truncated;

    EmbedRun(
            SentenceTransformer model,
            EncodeOptions options,
            TextSource source,
            VectorWriter writer,
            @Nullable Progress progress) {
        this.model = model;
        this.options = options;
        this.source = source;
        this.writer = writer;
        this.progress = progress;
    }

    /** Embeds every text. */
    void toTheEnd() throws IOException, CommandFailedException {
        TextWindows windows = new TextWindows(source);
        long begin = source.position();
        for (List<PlacedText> window = windows.next(); !window.isEmpty(); window = windows.next()) {
            write(window, embed(window, begin));
            begin = source.position();
        }
        writer.finish();
    }

    private List<Embedding> embed(List<PlacedText> window, long begin) throws CommandFailedException {
        EncodeOptions watched = options;
        if (progress != null) {
            Progress bar = progress;
            long length = source.position() - begin;
            watched = options.withProgress((done, doneTokens) -> bar.show(
                    begin + length * Math.min(done, window.size()) / window.size(), texts + done, tokens + doneTokens));
        }
        try {
            return model.encode(window.stream().map(PlacedText::text).toList(), watched);
        } catch (TextTooLongException e) {
            throw new CommandFailedException(
                    window.get(e.textNumber()).place() + ": text too long: " + e.tokenCount()
                            + " tokens with the two special ones, limit " + e.maxSequenceLength()
                            + ": shorten it, or use --truncation truncate or split-average",
                    e);
        }
    }

    private void write(List<PlacedText> window, List<Embedding> embeddings) throws IOException {
        for (int i = 0; i < embeddings.size(); i++) {
            Embedding embedding = embeddings.get(i);
            writer.write(texts, window.get(i).text(), embedding);
            texts++;
            tokens += embedding.tokenCount();
            truncated += embedding.truncated() ? 1 : 0;
        }
        writer.flush();
    }

    /** Texts embedded so far. */
    long texts() {
        return texts;
    }

    /** Their tokens. */
    long tokens() {
        return tokens;
    }

    /** How many of them were cut. */
    long truncated() {
        return truncated;
    }
}
