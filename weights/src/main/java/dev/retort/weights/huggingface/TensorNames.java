package dev.retort.weights.huggingface;

import dev.retort.model.DistilBertConfig;
import dev.retort.weights.ParameterTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The names that checkpoints have for a DistilBERT's tensors. */
final class TensorNames {

    static final String POSITIONS = "embeddings.position_embeddings.weight";
    static final String TOKEN_TYPES = "embeddings.token_type_embeddings.weight";

    private static final String LAYER = "transformer.layer.";

    /** The encoder's parameters beside the layers: ours to DistilBERT's. */
    private static final Map<String, String> EMBEDDINGS = ordered(
            "embeddings.wordEmbeddings", "embeddings.word_embeddings.weight",
            "embeddings.positionEmbeddings", POSITIONS,
            "embeddings.norm.gamma", "embeddings.LayerNorm.weight",
            "embeddings.norm.beta", "embeddings.LayerNorm.bias");

    /** The parts of a layer: ours to DistilBERT's. Each has a weight and a bias. */
    private static final Map<String, String> PARTS = ordered(
            "attention.queryProjection", "attention.q_lin",
            "attention.keyProjection", "attention.k_lin",
            "attention.valueProjection", "attention.v_lin",
            "attention.outputProjection", "attention.out_lin",
            "attentionNorm", "sa_layer_norm",
            "feedForward.inner", "ffn.lin1",
            "feedForward.outer", "ffn.lin2",
            "outputNorm", "output_layer_norm");

    /** The parts of a layer: BERT's to DistilBERT's. */
    private static final Map<String, String> BERT_PARTS = ordered(
            "attention.self.query", "attention.q_lin",
            "attention.self.key", "attention.k_lin",
            "attention.self.value", "attention.v_lin",
            "attention.output.dense", "attention.out_lin",
            "attention.output.LayerNorm", "sa_layer_norm",
            "intermediate.dense", "ffn.lin1",
            "output.dense", "ffn.lin2",
            "output.LayerNorm", "output_layer_norm");

    /** Beginnings of names that are no part of an encoder, and what they are. */
    private static final Map<String, String> HEADS = ordered(
            "vocab_", "head of masked language modelling",
            "pre_classifier.", "classification head",
            "classifier.", "classification head",
            "qa_outputs.", "question answering head",
            "cls.", "heads of BERT's pretraining",
            "pooler.", "BERT's pooler, which sentence vectors do not use");

    private TensorNames() {}

    private static Map<String, String> ordered(String... pairs) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(pairs[i], pairs[i + 1]);
        }
        return map;
    }

    /**
     * All tensors of an encoder, in the order in which its layers ask.
     *
     * @param prefix goes before the parameters' names: {@code encoder.}
     */
    static List<ParameterTensor> of(DistilBertConfig sizes, String prefix) {
        long hiddenSize = sizes.hiddenSize();
        List<ParameterTensor> all = new ArrayList<>();
        EMBEDDINGS.forEach((parameter, tensor) -> all.add(
                switch (parameter) {
                    case "embeddings.wordEmbeddings" ->
                        ParameterTensor.of(prefix + parameter, tensor, sizes.vocabularySize(), hiddenSize);
                    case "embeddings.positionEmbeddings" ->
                        ParameterTensor.of(prefix + parameter, tensor, sizes.positionCount(), hiddenSize);
                    default -> ParameterTensor.of(prefix + parameter, tensor, hiddenSize);
                }));
        for (int layer = 0; layer < sizes.layerCount(); layer++) {
            String ours = prefix + "layer." + layer + ".";
            String theirs = LAYER + layer + ".";
            PARTS.forEach((parameter, tensor) -> {
                long inputSize = parameter.equals("feedForward.outer") ? sizes.innerSize() : hiddenSize;
                long outputSize = parameter.equals("feedForward.inner") ? sizes.innerSize() : hiddenSize;
                if (parameter.endsWith("Norm")) {
                    all.add(ParameterTensor.of(ours + parameter + ".gamma", theirs + tensor + ".weight", hiddenSize));
                    all.add(ParameterTensor.of(ours + parameter + ".beta", theirs + tensor + ".bias", hiddenSize));
                } else {
                    all.add(ParameterTensor.of(
                            ours + parameter + ".weight", theirs + tensor + ".weight", outputSize, inputSize));
                    all.add(ParameterTensor.of(ours + parameter + ".bias", theirs + tensor + ".bias", outputSize));
                }
            });
        }
        return all;
    }

    /** A name in a DistilBERT checkpoint as DistilBertModel has it: without the prefix of a model with a head, no old spellings. */
    static String canonicalOfDistilBert(String name) {
        String canonical = withoutPrefix(name, "distilbert.");
        if (canonical.startsWith("encoder.layer.")) {
            canonical = LAYER + canonical.substring("encoder.layer.".length());
        }
        return withoutOldNormNames(canonical);
    }

    /** The name that a BERT checkpoint's tensor has in a DistilBERT; tensors without a counterpart keep theirs. */
    static String canonicalOfBert(String name) {
        String canonical = withoutOldNormNames(withoutPrefix(name, "bert."));
        String layers = "encoder.layer.";
        if (!canonical.startsWith(layers)) {
            return canonical;
        }
        String inLayers = canonical.substring(layers.length());
        int dot = inLayers.indexOf('.');
        for (Map.Entry<String, String> part : BERT_PARTS.entrySet()) {
            String inLayer = inLayers.substring(dot + 1);
            if (inLayer.startsWith(part.getKey() + ".")) {
                String number = inLayers.substring(0, Math.max(dot, 0));
                return LAYER + number + "." + part.getValue()
                        + inLayer.substring(part.getKey().length());
            }
        }
        return canonical;
    }

    private static String withoutPrefix(String name, String prefix) {
        return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    }

    /** Checkpoints converted from TensorFlow call a norm's weight gamma and its bias beta. */
    private static String withoutOldNormNames(String name) {
        if (name.endsWith("LayerNorm.gamma") || name.endsWith("layer_norm.gamma")) {
            return name.substring(0, name.length() - "gamma".length()) + "weight";
        }
        if (name.endsWith("LayerNorm.beta") || name.endsWith("layer_norm.beta")) {
            return name.substring(0, name.length() - "beta".length()) + "bias";
        }
        return name;
    }

    /** Why a tensor that is no parameter is in the file, or null if that is not known. */
    static @Nullable String reasonToIgnore(String canonical) {
        if (canonical.endsWith("position_ids")) {
            return "position numbers, a constant";
        }
        for (Map.Entry<String, String> head : HEADS.entrySet()) {
            if (canonical.startsWith(head.getKey())) {
                return head.getValue();
            }
        }
        return null;
    }
}
