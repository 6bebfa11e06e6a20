package dev.retort.benchmarks.model;

import dev.retort.autograd.NoGradients;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.NativeThreads;
import dev.retort.core.PackedTokens;
import dev.retort.core.Precision;
import dev.retort.core.StepScope;
import dev.retort.core.TensorLibrary;
import dev.retort.core.Workspace;
import dev.retort.inference.Embedding;
import dev.retort.model.Mode;
import dev.retort.text.Tokenizer;
import dev.retort.text.TruncationPolicy;
import dev.retort.weights.LoadOptions;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import dev.retort.weights.sentencetransformers.SentenceModel;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;

/** A sentence model computed by the definitions, text by text. */
public final class ReferenceModel implements AutoCloseable {

    /** The least cosine to the definitions' float32 vector of one text. */
    private static final Map<Precision, Double> AGREEMENT =
            Map.of(Precision.F32, 0.9999, Precision.BF16, 0.9995, Precision.INT8, 0.98);

    private final SentenceModel model;
    private final Tokenizer tokenizer;
    private final Workspace workspace = Workspace.open();

    private ReferenceModel(SentenceModel model, Tokenizer tokenizer) {
        this.model = model;
        this.tokenizer = tokenizer;
    }

    /** Loads a model; the checkpoint stays the caller's to close. To be used by the calling thread. */
    public static ReferenceModel load(SentenceCheckpoint checkpoint) throws IOException {
        TensorLibrary.require();
        NativeThreads.oneForTheCallingThread();
        SentenceModel model = checkpoint.load(new LoadOptions(DataType.FLOAT, Backend.definitions(), Precision.F32));
        return new ReferenceModel(model, TokenCounter.tokenizerOf(checkpoint.tokenizer()));
    }

    /** The vector of one text. */
    public float[] embed(String text) {
        int[] ids = tokenizer
                .encode(text, model.maxSequenceLength(), TruncationPolicy.TRUNCATE)
                .inputIds(0);
        try (NoGradients off = NoGradients.open();
                StepScope step = StepScope.open(workspace)) {
            return model.encoder()
                    .forward(PackedTokens.of(List.of(ids)), Fusions.definitions(), Mode.INFERENCE)
                    .value()
                    .toFloatMatrix()[0];
        }
    }

    /** Compares a float32 vector; see {@link #require(String, Embedding, Precision)}. */
    public void require(String text, Embedding embedding) {
        require(text, embedding, Precision.F32);
    }

    /**
     * Compares a vector with the one of the definitions.
     *
     * @param precision what it was computed in
     * @throws IllegalStateException if they point in different directions
     */
    public void require(String text, Embedding embedding, Precision precision) {
        double expected = AGREEMENT.getOrDefault(precision, 1.0);
        double cosine = cosine(embed(text), embedding.vector());
        if (!(cosine >= expected)) {
            throw new IllegalStateException(
                    "embedding in " + precision + ": expected a cosine to the definitions of at least " + expected
                            + ", got " + cosine + ": " + text);
        }
    }

    /** The cosine of the angle between two vectors. */
    public static double cosine(float[] a, float[] b) {
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += (double) a[i] * b[i];
            aa += (double) a[i] * a[i];
            bb += (double) b[i] * b[i];
        }
        return ab / Math.sqrt(aa * bb);
    }

    @Override
    public void close() {
        workspace.close();
        tokenizer.close();
    }
}
