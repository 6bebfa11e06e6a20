package dev.retort.benchmarks.endtoend;

import dev.retort.benchmarks.corpus.Corpus;
import dev.retort.benchmarks.corpus.ExactTexts;
import dev.retort.benchmarks.model.ReferenceModel;
import dev.retort.benchmarks.model.TokenCounter;
import dev.retort.core.Precision;
import dev.retort.inference.LoadSettings;
import dev.retort.inference.SentenceTransformer;
import dev.retort.weights.bundled.BundledModel;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import java.io.IOException;
import java.util.List;

/** The default model, and texts for it. */
final class DefaultModel implements AutoCloseable {

    private static final int CHECKED_TEXTS = 2;

    private final SentenceTransformer transformer;
    private final TokenCounter counter = TokenCounter.open();
    private final Corpus corpus = Corpus.configured();
    private final ExactTexts exactTexts = new ExactTexts(corpus, counter);
    private final Precision precision;

    private DefaultModel(LoadSettings settings, Precision precision) throws IOException {
        this.precision = precision;
        this.transformer = SentenceTransformer.loadDefault(settings.withPrecision(precision));
    }

    static DefaultModel load() throws IOException {
        return new DefaultModel(LoadSettings.defaults(), Precision.F32);
    }

    static DefaultModel load(Precision precision) throws IOException {
        return new DefaultModel(LoadSettings.defaults(), precision);
    }

    static DefaultModel load(int threads, Precision precision) throws IOException {
        return new DefaultModel(LoadSettings.defaults().withThreads(threads), precision);
    }

    SentenceTransformer transformer() {
        return transformer;
    }

    Corpus corpus() {
        return corpus;
    }

    /** Texts of an exact number of tokens. */
    ExactTexts exactTexts() {
        return exactTexts;
    }

    /** Tokens that are computed of all texts. */
    long tokenCount(List<String> texts) {
        return counter.computed(texts);
    }

    /** Holds vectors to the definitions', of the first texts: the definitions are slow. */
    void requireReference(List<String> texts) throws IOException {
        try (SentenceCheckpoint checkpoint = BundledModel.open();
                ReferenceModel reference = ReferenceModel.load(checkpoint)) {
            for (String text : texts.subList(0, Math.min(CHECKED_TEXTS, texts.size()))) {
                reference.require(text, transformer.encode(text), precision);
            }
        }
    }

    @Override
    public void close() {
        transformer.close();
        counter.close();
    }
}
