package dev.retort.weights.onnx;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Hugging Face's names of parameters and modules, freed of whatever stands before the encoder in them: {@code bert.}, {@code distilbert.},
 * {@code 0.auto_model.}.
 */
final class ParameterNames {

    private static final Pattern MODULE =
            Pattern.compile("(?:.*?\\.)??((?:embeddings\\.(?:word_embeddings|position_embeddings|token_type_embeddings"
                    + "|LayerNorm|position_ids)|encoder\\.layer\\.\\d|transformer\\.layer\\.\\d|pooler\\.dense).*)");

    private ParameterNames() {}

    /** {@code bert.encoder.layer.0.output.dense.bias} is {@code encoder.layer.0.output.dense.bias}; other names stay as they are. */
    static String withoutPrefix(String name) {
        Matcher matcher = MODULE.matcher(name);
        return matcher.matches() ? matcher.group(1) : name;
    }

    /** {@code /bert/encoder/layer.0/output/dense/MatMul} is a node of the module {@code encoder.layer.0.output.dense}. */
    static Optional<String> moduleOfNode(String nodeName) {
        int end = nodeName.lastIndexOf('/');
        if (!nodeName.startsWith("/") || end <= 0) {
            return Optional.empty();
        }
        return Optional.of(withoutPrefix(nodeName.substring(1, end).replace('/', '.')));
    }

    /** Whether a name (without prefix) is one inside the encoder, where nothing may be left over. */
    static boolean isOfEncoder(String name) {
        return !name.startsWith("pooler.") && MODULE.matcher(name).matches();
    }
}
