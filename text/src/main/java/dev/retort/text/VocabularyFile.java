package dev.retort.text;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A tokenizer as it was written down before tokenizer.json: vocab.txt, one token a line, the line's number its id, with what
 * tokenizer_config.json adds. Defaults are those of Hugging Face's {@code BertTokenizer}.
 *
 * @param source the file's name, for messages
 * @param ids by token; of two equal lines the last counts
 * @param config the contents of tokenizer_config.json, empty without one
 */
record VocabularyFile(String source, Map<String, Integer> ids, JsonNode config) {

    static final String NAME = "vocab.txt";

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final int MAX_CHARACTERS_PER_WORD = 100; // longer words are unknown

    /** @param folder has vocab.txt, and may have tokenizer_config.json */
    static VocabularyFile in(Path folder) throws IOException {
        Path path = folder.resolve(NAME);
        List<String> lines;
        try {
            lines = Files.readAllLines(path);
        } catch (CharacterCodingException e) {
            throw new MalformedTokenizerException(path + ": not UTF-8: " + e.getMessage(), e);
        }
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (int id = 0; id < lines.size(); id++) {
            ids.put(lines.get(id), id);
        }
        Path addedTokens = folder.resolve("added_tokens.json");
        if (Files.exists(addedTokens) && !read(addedTokens).isEmpty()) {
            throw new MalformedTokenizerException(addedTokens
                    + ": tokens beside vocab.txt are not supported: save the tokenizer with save_pretrained of a fast"
                    + " tokenizer, which writes tokenizer.json");
        }
        Path config = folder.resolve("tokenizer_config.json");
        return new VocabularyFile(
                path.toString(), ids, Files.exists(config) ? read(config) : JsonNodeFactory.instance.objectNode());
    }

    private static JsonNode read(Path path) throws IOException {
        byte[] json = Files.readAllBytes(path);
        try {
            return JSON.readTree(json);
        } catch (JacksonException e) {
            throw TokenizerFile.notJson(path.toString(), e);
        }
    }

    /** {@link #toJson} as text. */
    byte[] toBytes() throws MalformedTokenizerException {
        try {
            return JSON.writeValueAsBytes(toJson());
        } catch (JacksonException e) {
            throw new UncheckedIOException("writing to an array: " + source, e);
        }
    }

    /** The same tokenizer in the form of tokenizer.json: what Hugging Face's {@code BertConverter} makes of it. */
    ObjectNode toJson() throws MalformedTokenizerException {
        JsonNodeFactory json = JsonNodeFactory.instance;
        String unknown = required("unk_token", "[UNK]");
        String classification = required("cls_token", "[CLS]");
        String separator = required("sep_token", "[SEP]");

        ObjectNode root = json.objectNode().put("version", "1.0");
        ArrayNode added = root.putArray("added_tokens");
        List.of(special("pad_token", "[PAD]"), unknown, classification, separator, special("mask_token", "[MASK]"))
                .stream()
                .filter(ids::containsKey)
                .forEach(token -> addSpecial(added, token));

        ObjectNode normalizer =
                root.putObject("normalizer").put("type", "BertNormalizer").put("clean_text", true);
        normalizer.put(
                "handle_chinese_chars", config.path("tokenize_chinese_chars").asBoolean(true));
        normalizer.set("strip_accents", config.has("strip_accents") ? config.get("strip_accents") : json.nullNode());
        normalizer.put("lowercase", config.path("do_lower_case").asBoolean(true));
        root.putObject("pre_tokenizer").put("type", "BertPreTokenizer");

        ObjectNode template = root.putObject("post_processor").put("type", "TemplateProcessing");
        ArrayNode single = template.putArray("single");
        single.add(place("SpecialToken", classification, 0));
        single.add(place("Sequence", "A", 0));
        single.add(place("SpecialToken", separator, 0));
        ArrayNode pair = template.putArray("pair").addAll(single.deepCopy());
        pair.add(place("Sequence", "B", 1));
        pair.add(place("SpecialToken", separator, 1));
        ObjectNode specialTokens = template.putObject("special_tokens");
        for (String token : List.of(classification, separator)) {
            ObjectNode entry = specialTokens.putObject(token).put("id", token);
            entry.putArray("ids").add(id(token));
            entry.putArray("tokens").add(token);
        }

        ObjectNode model = root.putObject("model").put("type", "WordPiece").put("unk_token", unknown);
        model.put("continuing_subword_prefix", "##").put("max_input_chars_per_word", MAX_CHARACTERS_PER_WORD);
        ObjectNode vocabulary = model.putObject("vocab");
        ids.forEach(vocabulary::put);
        return root;
    }

    private void addSpecial(ArrayNode added, String token) {
        added.addObject()
                .put("id", id(token))
                .put("content", token)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", true);
    }

    private static ObjectNode place(String kind, String id, int typeId) {
        ObjectNode place = JsonNodeFactory.instance.objectNode();
        place.putObject(kind).put("id", id).put("type_id", typeId);
        return place;
    }

    private String required(String key, String usual) throws MalformedTokenizerException {
        String token = special(key, usual);
        if (!ids.containsKey(token)) {
            throw new MalformedTokenizerException(source + ": no line for the " + key + ": " + token);
        }
        return token;
    }

    /** A special token is written as a string or as an object with its content. */
    private String special(String key, String usual) {
        JsonNode token = config.path(key);
        return (token.isObject() ? token.path("content") : token).asText(usual);
    }

    private int id(String token) {
        Integer id = ids.get(token);
        if (id == null) {
            throw new IllegalArgumentException("token: not in the vocabulary: " + token);
        }
        return id;
    }
}
