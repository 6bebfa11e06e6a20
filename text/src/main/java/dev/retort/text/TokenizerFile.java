package dev.retort.text;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * A tokenizer as it is written down.
 *
 * @param source the file's name, for messages
 * @param json the contents of a tokenizer.json
 * @param tokens by id
 */
@SuppressWarnings("ArrayRecordComponent") // stays in the package; neither compared nor changed
record TokenizerFile(String source, byte[] json, Map<Integer, String> tokens) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * tokenizer.json, else vocab.txt.
     *
     * @throws NoSuchFileException if there is neither
     */
    static TokenizerFile in(Path folder) throws IOException {
        Path json = folder.resolve("tokenizer.json");
        if (Files.exists(json)) {
            return ofJson(Files.readAllBytes(json), json.toString());
        }
        if (Files.exists(folder.resolve(VocabularyFile.NAME))) {
            VocabularyFile vocabulary = VocabularyFile.in(folder);
            return ofJson(JSON.writeValueAsBytes(vocabulary.toJson()), vocabulary.source());
        }
        throw new NoSuchFileException(
                folder.toString(),
                null,
                "no tokenizer: looked for tokenizer.json and " + VocabularyFile.NAME
                        + ": copy one of them there from where the model was trained");
    }

    /** @param json the contents of a tokenizer.json */
    static TokenizerFile ofJson(byte[] json, String source) throws MalformedTokenizerException {
        JsonNode root = readJson(json, source);
        JsonNode model = root.path("model");
        JsonNode vocabulary = model.path("vocab");
        if (!vocabulary.isObject() || vocabulary.isEmpty()) {
            throw new MalformedTokenizerException(
                    source + ": expected a word-piece vocabulary in model.vocab, found a model of type "
                            + model.path("type").asText("(none)") + " with a vocabulary of type "
                            + vocabulary.getNodeType());
        }
        Map<Integer, String> tokens = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : vocabulary.properties()) {
            put(tokens, entry.getKey(), entry.getValue(), source);
        }
        for (JsonNode added : root.path("added_tokens")) {
            put(tokens, added.path("content").asText(), added.path("id"), source);
        }
        String unknown = model.path("unk_token").asText();
        if (model.hasNonNull("unk_token") && !vocabulary.has(unknown)) {
            throw new MalformedTokenizerException(
                    source + ": the token for unknown words is not in the vocabulary: " + unknown);
        }
        return new TokenizerFile(source, json, tokens);
    }

    static JsonNode readJson(byte[] json, String source) throws MalformedTokenizerException {
        try {
            return JSON.readTree(json);
        } catch (JacksonException e) {
            throw new MalformedTokenizerException(
                    source + ": not JSON: line " + e.getLocation().getLineNr() + ": " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("reading from an array: " + source, e);
        }
    }

    private static void put(Map<Integer, String> tokens, String token, JsonNode id, String source)
            throws MalformedTokenizerException {
        if (!id.isInt() || id.intValue() < 0 || id.intValue() == Integer.MAX_VALUE) {
            throw new MalformedTokenizerException(source + ": token " + token + " has no usable id: " + id);
        }
        tokens.put(id.intValue(), token);
    }
}
