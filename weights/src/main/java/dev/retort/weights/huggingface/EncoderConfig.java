package dev.retort.weights.huggingface;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.retort.autograd.fusion.Activation;
import dev.retort.model.DistilBertConfig;
import dev.retort.weights.JsonFile;
import dev.retort.weights.NarrowFormat;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a config.json says of an encoder.
 *
 * @param architecture whose names the checkpoint's tensors have
 * @param sizes the DistilBERT that computes it
 */
public record EncoderConfig(Architecture architecture, DistilBertConfig sizes) {

    /** The file's name. */
    public static final String FILE_NAME = "config.json";

    private static final String DISTILBERT_TYPE = "distilbert";
    private static final String BERT_TYPE = "bert";

    /** A DistilBERT whose weights only this project reads: other software must not take the integers for the numbers they stand for. */
    private static final String QUANTIZED_TYPE = "retort_distilbert";

    private static final String QUANTIZATION = "quantization_config";
    private static final String QUANTIZATION_METHOD = "retort";

    private static final Map<String, Activation> ACTIVATIONS = activations();

    /** A family of checkpoints. */
    public enum Architecture {
        /** model_type distilbert. */
        DISTILBERT,
        /** model_type bert, with the first row of its token types folded into the positions. */
        BERT
    }

    private static Map<String, Activation> activations() {
        Map<String, Activation> activations =
                new LinkedHashMap<>(); // the first name of each is the one that is written
        activations.put("gelu", Activation.GELU);
        activations.put("gelu_new", Activation.TANH_GELU);
        activations.put("gelu_pytorch_tanh", Activation.TANH_GELU);
        activations.put("relu", Activation.RELU);
        activations.put("silu", Activation.SILU);
        activations.put("swish", Activation.SILU);
        return activations;
    }

    /** A DistilBERT of these sizes. */
    public static EncoderConfig distilBert(DistilBertConfig sizes) {
        return new EncoderConfig(Architecture.DISTILBERT, sizes);
    }

    /**
     * Reads a config.json.
     *
     * @throws MalformedCheckpointException if a required key is missing or of another type, or if it describes a network that this is
     *     not; the message names file, key and value
     */
    public static EncoderConfig read(Path file) throws IOException {
        return of(JsonFile.read(file, FILE_NAME));
    }

    /** As {@link #read}. */
    public static EncoderConfig of(JsonFile file) throws MalformedCheckpointException {
        String modelType = file.requireText("model_type");
        try {
            return switch (modelType) {
                case DISTILBERT_TYPE, QUANTIZED_TYPE -> distilBert(ofDistilBert(file));
                case BERT_TYPE -> new EncoderConfig(Architecture.BERT, ofBert(file));
                default ->
                    throw new MalformedCheckpointException(
                            file.name(), "model_type: expected one of [distilbert, bert], got \"" + modelType + "\"");
            };
        } catch (IllegalArgumentException e) {
            throw new MalformedCheckpointException(file.name(), String.valueOf(e.getMessage()));
        }
    }

    /**
     * Checks that a config.json and the weights beside it say the same of how those are quantised.
     *
     * @param format what the weights say, or null
     * @param weights their file's name
     * @throws MalformedCheckpointException if they do not
     */
    public static void requireQuantization(JsonFile file, @Nullable NarrowFormat format, String weights)
            throws MalformedCheckpointException {
        String modelType = file.requireText("model_type");
        boolean quantized = format == NarrowFormat.INT8;
        if (quantized != modelType.equals(QUANTIZED_TYPE)) {
            throw new MalformedCheckpointException(
                    file.name(),
                    "model_type: expected " + (quantized ? QUANTIZED_TYPE : DISTILBERT_TYPE) + ", as " + weights
                            + " is " + (format == null ? "not quantized" : format.formatName()) + ", got \"" + modelType
                            + "\"");
        }
        if (quantized) {
            JsonFile quantization = file.findObject(QUANTIZATION);
            if (quantization == null) {
                throw new MalformedCheckpointException(file.name(), QUANTIZATION + ": is missing");
            }
            String method = quantization.requireText("quant_method");
            if (!method.equals(QUANTIZATION_METHOD)) {
                throw new MalformedCheckpointException(
                        quantization.name(),
                        "quant_method: expected \"" + QUANTIZATION_METHOD + "\", got \"" + method + "\"");
            }
            NarrowFormat.named(quantization.requireText("format"), quantization.name(), "format");
        }
    }

    private static DistilBertConfig ofDistilBert(JsonFile file) throws MalformedCheckpointException {
        DistilBertConfig base = DistilBertConfig.base();
        return new DistilBertConfig(
                file.requireSize("vocab_size"),
                file.requireSize("max_position_embeddings"),
                file.requireSize("n_layers", "num_hidden_layers"),
                file.requireSize("n_heads", "num_attention_heads"),
                file.requireSize("dim", "hidden_size"),
                file.requireSize("hidden_dim", "intermediate_size"),
                activation(file, "activation", "hidden_act"),
                file.findDouble(base.dropout(), "dropout"),
                file.findDouble(base.attentionDropout(), "attention_dropout"),
                file.findBoolean("sinusoidal_pos_embds", false),
                paddingTokenId(file),
                file.findDouble(base.initializerRange(), "initializer_range"));
    }

    private static DistilBertConfig ofBert(JsonFile file) throws MalformedCheckpointException {
        double epsilon = file.findDouble(DistilBertConfig.NORM_EPSILON, "layer_norm_eps");
        if (epsilon != DistilBertConfig.NORM_EPSILON) {
            throw new MalformedCheckpointException(
                    file.name(), "layer_norm_eps: expected " + DistilBertConfig.NORM_EPSILON + ", got " + epsilon);
        }
        String positions = file.findText("position_embedding_type");
        if (positions != null && !positions.equals("absolute")) {
            throw new MalformedCheckpointException(
                    file.name(), "position_embedding_type: expected \"absolute\", got \"" + positions + "\"");
        }
        for (String decoder : List.of("is_decoder", "add_cross_attention", "is_encoder_decoder")) {
            if (file.findBoolean(decoder, false)) {
                throw new MalformedCheckpointException(
                        file.name(), decoder + ": expected false, for an encoder, got true");
            }
        }
        DistilBertConfig base = DistilBertConfig.base();
        return new DistilBertConfig(
                file.requireSize("vocab_size"),
                file.requireSize("max_position_embeddings"),
                file.requireSize("num_hidden_layers"),
                file.requireSize("num_attention_heads"),
                file.requireSize("hidden_size"),
                file.requireSize("intermediate_size"),
                activation(file, "hidden_act"),
                file.findDouble(base.dropout(), "hidden_dropout_prob"),
                file.findDouble(base.attentionDropout(), "attention_probs_dropout_prob"),
                false,
                paddingTokenId(file),
                file.findDouble(base.initializerRange(), "initializer_range"));
    }

    private static int paddingTokenId(JsonFile file) throws MalformedCheckpointException {
        Integer id = file.findInt("pad_token_id");
        return id == null ? 0 : id;
    }

    private static Activation activation(JsonFile file, String... keys) throws MalformedCheckpointException {
        String name = file.requireText(keys);
        Activation activation = ACTIVATIONS.get(name);
        if (activation == null) {
            throw new MalformedCheckpointException(
                    file.name(), keys[0] + ": expected one of " + ACTIVATIONS.keySet() + ", got \"" + name + "\"");
        }
        return activation;
    }

    /** The name that config.json has for an activation: {@code gelu}. */
    static String nameOf(Activation activation) {
        return ACTIVATIONS.entrySet().stream()
                .filter(entry -> entry.getValue() == activation)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("activation: has no name in config.json: " + activation));
    }

    /** {@code DistilBERT(6 layers, 384 wide, 12 heads, gelu)}. */
    public String summary() {
        return "DistilBERT(" + sizes.layerCount() + " layers, " + sizes.hiddenSize() + " wide, " + sizes.headCount()
                + " heads, " + nameOf(sizes.activation()) + ")";
    }

    /** The config.json of a DistilBERT of these sizes in float32, as transformers 4 and 5 read it. */
    public static byte[] toJson(DistilBertConfig sizes) {
        return toJson(sizes, null);
    }

    /**
     * The config.json of a DistilBERT of these sizes.
     *
     * @param format of its weights, null for float32; transformers reads float32 and bfloat16, and refuses int8
     */
    public static byte[] toJson(DistilBertConfig sizes, @Nullable NarrowFormat format) {
        JsonMapper mapper = new JsonMapper();
        ObjectNode json = mapper.createObjectNode();
        json.put("activation", nameOf(sizes.activation()));
        json.putArray("architectures").add("DistilBertModel");
        json.put("attention_dropout", sizes.attentionDropout());
        json.put("dim", sizes.hiddenSize());
        json.put("dropout", sizes.dropout());
        json.put("hidden_dim", sizes.innerSize());
        json.put("initializer_range", sizes.initializerRange());
        json.put("max_position_embeddings", sizes.positionCount());
        json.put("model_type", format == NarrowFormat.INT8 ? QUANTIZED_TYPE : DISTILBERT_TYPE);
        json.put("n_heads", sizes.headCount());
        json.put("n_layers", sizes.layerCount());
        json.put("pad_token_id", sizes.paddingTokenId());
        if (format == NarrowFormat.INT8) {
            ObjectNode quantization = json.putObject(QUANTIZATION);
            quantization.put("quant_method", QUANTIZATION_METHOD);
            quantization.put("format", format.formatName());
        }
        json.put("sinusoidal_pos_embds", sizes.sinusoidalPositions());
        json.put("torch_dtype", format == NarrowFormat.BFLOAT16 ? "bfloat16" : "float32");
        json.put("vocab_size", sizes.vocabularySize());
        try {
            return (mapper.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n")
                    .getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("config.json: cannot be written: " + sizes, e);
        }
    }
}
