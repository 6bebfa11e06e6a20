package dev.retort.inference;

import dev.retort.autograd.fusion.Backend;
import dev.retort.model.classification.ClassificationTask;
import dev.retort.weights.heads.SavedHeads;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;

/**
 * Texts to labels: a sentence encoder and a head a task.
 *
 * <pre>{@code
 * try (MultiTaskClassifier classifier = MultiTaskClassifier.load(Path.of("runs/default/model"))) {
 *     Classification result = classifier.classify("The probe reached Saturn.");
 *     result.of("topic").label(); // "Science"
 * }
 * }</pre>
 *
 * <p>Immutable after loading and safe for use by many threads at once, as {@link SentenceTransformer}. A text's answer does not depend on
 * the texts beside it beyond the rounding of float32.
 */
public final class MultiTaskClassifier implements AutoCloseable {

    private static final int VECTORS_A_TASK = 256;

    private final SentenceTransformer embedder;
    private final LoadedHeads heads;
    private final Map<String, List<String>> labels;
    private final Map<String, String> training;
    private final Lifetime lifetime = new Lifetime("multi-task classifier");

    private MultiTaskClassifier(SentenceTransformer embedder, LoadedHeads heads, SavedHeads saved) {
        this.embedder = embedder;
        this.heads = heads;
        Map<String, List<String>> ofTasks = new LinkedHashMap<>();
        for (ClassificationTask task : saved.tasks()) {
            ofTasks.put(task.name(), task.labels());
        }
        this.labels = Collections.unmodifiableMap(ofTasks);
        this.training = saved.training();
    }

    /**
     * Loads a model folder with heads, in float32, with as many threads as there are processors.
     *
     * @throws IOException if the folder has no heads, or a file is missing, malformed or does not fit the others, with its name and what
     *     is wrong
     */
    public static MultiTaskClassifier load(Path folder) throws IOException {
        return load(folder, LoadSettings.defaults());
    }

    /**
     * Loads a folder with settings of one's own; the precision is the encoder's, heads compute in float32.
     *
     * @throws IllegalArgumentException if the processor has no kernels for the precision and a fallback is not allowed
     */
    public static MultiTaskClassifier load(Path folder, LoadSettings settings) throws IOException {
        if (!SavedHeads.areIn(folder)) {
            throw new IOException(folder + ": has no heads: no " + SavedHeads.DESCRIPTION
                    + " in it; train some, or open the folder as a SentenceTransformer");
        }
        try (SavedHeads saved = SavedHeads.open(folder)) {
            SentenceTransformer embedder = SentenceTransformer.load(folder, settings);
            try {
                requireSameWidth(saved, embedder.fullDimensions());
                return new MultiTaskClassifier(embedder, new LoadedHeads(saved, Backend.find()), saved);
            } catch (IOException | RuntimeException | Error failure) {
                embedder.close();
                throw failure;
            }
        }
    }

    private static void requireSameWidth(SavedHeads saved, int width) throws MalformedCheckpointException {
        if (saved.embeddingSize() != width) {
            throw new MalformedCheckpointException(
                    SavedHeads.DESCRIPTION,
                    "embedding_size: the model's sentence vectors have " + width + " elements, the heads take "
                            + saved.embeddingSize());
        }
    }

    /** The answers for one text; see {@link #classify(List, EncodeOptions)}. */
    public Classification classify(String text) {
        return classify(Collections.singletonList(text)).get(0);
    }

    /** The answers for each text; see {@link #classify(List, EncodeOptions)}. */
    public List<Classification> classify(List<String> texts) {
        return classify(texts, EncodeOptions.defaults());
    }

    /**
     * The answers for each text, in the texts' order; none for none.
     *
     * @param texts each not null; the empty text is a text
     * @param options how texts are embedded; the heads take vectors as the pipeline gives them, so none that changes the vector
     *     afterwards
     * @throws IllegalArgumentException for a null text, with its number; for options that change the vector
     * @throws dev.retort.text.TextTooLongException where the options say so
     * @throws IllegalStateException if this object is closed
     * @throws CancellationException if the thread is interrupted while it waits
     */
    public List<Classification> classify(List<String> texts, EncodeOptions options) {
        if (options.dimensions() != 0 || options.normalize() || options.precision() != OutputPrecision.FLOAT) {
            throw new IllegalArgumentException("options: heads take the vectors of the pipeline, got dimensions="
                    + options.dimensions() + " normalize=" + options.normalize() + " precision="
                    + options.precision());
        }
        EncodeOptions whole = options.withDimensions(embedder.fullDimensions());
        return lifetime.whileOpen(() -> classified(embed(texts, whole)));
    }

    private List<Embedding> embed(List<String> texts, EncodeOptions options) {
        return texts.size() == 1 ? List.of(embedder.encode(texts.get(0), options)) : embedder.encode(texts, options);
    }

    private List<Classification> classified(List<Embedding> embeddings) {
        float[][][] logits = new float[embeddings.size()][labels.size()][];
        List<Task> tasks = new ArrayList<>();
        for (int first = 0; first < embeddings.size(); first += VECTORS_A_TASK) {
            float[][] vectors = embeddings.subList(first, Math.min(first + VECTORS_A_TASK, embeddings.size())).stream()
                    .map(Embedding::floats)
                    .toArray(float[][]::new);
            tasks.add(new HeadsTask(heads.heads(), vectors, first, logits));
        }
        embedder.compute(tasks);
        List<Classification> results = new ArrayList<>(embeddings.size());
        for (int i = 0; i < embeddings.size(); i++) {
            results.add(heads.classification(logits[i], embeddings.get(i).truncated()));
        }
        return Collections.unmodifiableList(results);
    }

    /** The labels of each task, in order. */
    public Map<String, List<String>> labels() {
        return labels;
    }

    /** Where the heads come from, in the words of who trained them. */
    public Map<String, String> training() {
        return training;
    }

    /** How many threads compute at once at most. */
    public int threads() {
        return embedder.threads();
    }

    /**
     * Ends the worker threads and frees native memory. Waits for running calls; later calls fail. Idempotent.
     *
     * @throws IllegalStateException if called from inside one of its own calls
     */
    @Override
    public void close() {
        lifetime.close(() -> {
            embedder.close();
            heads.close();
        });
    }
}
