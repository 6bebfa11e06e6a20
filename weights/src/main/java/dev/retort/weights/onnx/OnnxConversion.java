package dev.retort.weights.onnx;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.retort.autograd.fusion.PoolingMode;
import dev.retort.model.sentence.Pooling;
import dev.retort.weights.LoadReport;
import dev.retort.weights.TensorParameters;
import dev.retort.weights.huggingface.EncoderTensors;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import dev.retort.weights.sentencetransformers.ExistingFolder;
import dev.retort.weights.sentencetransformers.ModuleSettings;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import dev.retort.weights.sentencetransformers.SentenceSettings;
import dev.retort.weights.sentencetransformers.Similarity;
import dev.retort.weights.sentencetransformers.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Makes a sentence-transformers folder of an ONNX export and its tokenizer.
 *
 * @param pooling MEAN or CLS; null for what the graph itself does, and mean where it gives token vectors only
 * @param normalize whether vectors get unit length; they do anyway where the graph's own have it and {@code pooling} is null
 * @param maxSequenceLength the most tokens of a text, [CLS] and [SEP] included; null for as many as the encoder has positions
 */
public record OnnxConversion(
        @Nullable PoolingMode pooling,
        boolean normalize,
        @Nullable Integer maxSequenceLength) {

    public OnnxConversion {
        if (pooling != null && pooling != PoolingMode.MEAN && pooling != PoolingMode.CLS) {
            throw new IllegalArgumentException("pooling: expected MEAN or CLS, got " + pooling);
        }
    }

    /**
     * Converts.
     *
     * @param onnx of a BERT or DistilBERT encoder, see {@link OnnxEncoder#open}
     * @param tokenizer its tokenizer.json
     * @param folder is there afterwards in full, or as it was before
     * @return what was made of the file
     * @throws MalformedCheckpointException if either file is not what it should be, or if they do not belong together
     * @throws IllegalArgumentException if the encoder has fewer positions than {@link #maxSequenceLength}
     * @throws IOException if a file cannot be read or the folder not be written
     */
    public LoadReport convert(Path onnx, Path tokenizer, Path folder, ExistingFolder existing) throws IOException {
        OnnxEncoder encoder = OnnxEncoder.open(onnx);
        byte[] tokenizerJson = Files.readAllBytes(tokenizer);
        int vocabularySize = encoder.config().sizes().vocabularySize();
        requireTokenizerOf(vocabularySize, tokenizerJson, String.valueOf(tokenizer.getFileName()));

        List<String> remarks = new ArrayList<>();
        SentenceSettings settings = settings(encoder, remarks);
        TokenizerFiles files = new TokenizerFiles.InMemory(tokenizer.toString(), tokenizerJson);
        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.of(encoder, encoder.config(), settings, files)) {
            checkpoint.write(folder, existing);
            return report(encoder, checkpoint, remarks);
        }
    }

    private SentenceSettings settings(OnnxEncoder encoder, List<String> remarks) throws MalformedCheckpointException {
        PoolingMode mode = PoolingMode.MEAN;
        boolean unit = normalize;
        if (pooling != null) {
            mode = pooling;
        } else if (encoder.pooling().isPresent()) {
            mode = encoder.pooling().get();
            unit |= encoder.normalizes();
            remarks.add("pooling as the graph has it: " + mode.name().toLowerCase(Locale.ROOT)
                    + (encoder.normalizes() ? ", normalised" : ""));
        } else if (encoder.givesSentenceVector()) {
            throw new MalformedCheckpointException(
                    encoder.origin(),
                    "sentence_embedding: the graph makes it by neither mean nor CLS, or with further layers: name the "
                            + "pooling to use instead");
        } else {
            remarks.add("the graph does not pool: mean");
        }
        int positionCount = encoder.config().sizes().positionCount();
        return new SentenceSettings(
                new Pooling(List.of(mode)),
                true,
                unit ? List.of(new ModuleSettings.OfNormalize()) : List.of(),
                maxSequenceLength == null ? positionCount : maxSequenceLength,
                false,
                Map.of(),
                null,
                Similarity.COSINE,
                null);
    }

    /** The ids of a vocabulary that the encoder does not have would be found out only by the first text that needs them. */
    private static void requireTokenizerOf(int vocabularySize, byte[] json, String name)
            throws MalformedCheckpointException {
        JsonNode vocabulary;
        try {
            vocabulary = new JsonMapper().readTree(json).path("model").path("vocab");
        } catch (JacksonException e) {
            throw new MalformedCheckpointException(name, "not JSON: " + e.getOriginalMessage());
        } catch (IOException e) { // the bytes are in memory
            throw new MalformedCheckpointException(name, String.valueOf(e.getMessage()));
        }
        if (!vocabulary.isObject() || vocabulary.isEmpty()) {
            throw new MalformedCheckpointException(name, "not a tokenizer.json of words and ids: has no model.vocab");
        }
        int largest = -1;
        for (JsonNode id : vocabulary) {
            largest = Math.max(largest, id.asInt());
        }
        if (largest >= vocabularySize) {
            throw new MalformedCheckpointException(
                    name,
                    "belongs to another model: its largest id is " + largest + ", the encoder's vocabularySize is "
                            + vocabularySize);
        }
    }

    private static LoadReport report(OnnxEncoder encoder, SentenceCheckpoint checkpoint, List<String> remarks)
            throws MalformedCheckpointException {
        EncoderTensors tensors = EncoderTensors.of(encoder, encoder.config());
        List<LoadReport.Used> used = new ArrayList<>();
        TensorParameters.of(tensors, tensors.parameters("encoder."), DataType.FLOAT)
                .tensorsByParameter()
                .forEach((parameter, tensor) -> used.add(new LoadReport.Used(parameter, tensor)));
        remarks.addAll(tensors.remarks());
        return new LoadReport(
                encoder.origin(), checkpoint.pipeline(), used, tensors.ignored(), remarks, tensors.warnings());
    }
}
