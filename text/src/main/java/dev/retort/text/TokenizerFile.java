package dev.retort.text;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A tokenizer as it is written down.
 *
 * @param source the file's name, for messages
 * @param json the contents of a tokenizer.json
 * @param tokens by id
 */
@SuppressWarnings("ArrayRecordComponent") // stays in the package; neither compared nor changed
record TokenizerFile(String source, byte[] json, Map<Integer, String> tokens) {

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
            return ofJson(vocabulary.toBytes(), vocabulary.source());
        }
        throw new NoSuchFileException(
                folder.toString(),
                null,
                "no tokenizer: looked for tokenizer.json and " + VocabularyFile.NAME
                        + ": copy one of them there from where the model was trained");
    }

    /** @param json the contents of a tokenizer.json */
    static TokenizerFile ofJson(byte[] json, String source) throws MalformedTokenizerException {
        return new TokenizerFile(source, json, new Reader(source).tokens(json));
    }

    /**
     * Reads the tokens as they come: a tree of a vocabulary of 30,000 takes longer to build than the native library takes for all of the
     * file.
     */
    private static final class Reader {

        private static final JsonFactory FACTORY = JsonFactory.builder()
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES) // which pays for names that repeat
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .build();

        private final String source;
        private final Map<Integer, String> vocabulary = new HashMap<>();
        private final Map<Integer, String> added = new HashMap<>();
        private String modelType = "(none)";
        private String vocabularyType = "MISSING"; // as JSON has types
        private @Nullable String unknown; // the token for unknown words

        Reader(String source) {
            this.source = source;
        }

        Map<Integer, String> tokens(byte[] json) throws MalformedTokenizerException {
            try (JsonParser parser = FACTORY.createParser(json)) {
                if (parser.nextToken() == JsonToken.START_OBJECT) {
                    readFile(parser);
                }
            } catch (JacksonException e) {
                throw notJson(source, e);
            } catch (MalformedTokenizerException e) {
                throw e;
            } catch (IOException e) {
                throw new UncheckedIOException("reading from an array: " + source, e);
            }
            if (vocabulary.isEmpty()) {
                throw new MalformedTokenizerException(
                        source + ": expected a word-piece vocabulary in model.vocab, found a model of type " + modelType
                                + " with a vocabulary of type " + vocabularyType);
            }
            if (unknown != null && !vocabulary.containsValue(unknown)) {
                throw new MalformedTokenizerException(
                        source + ": the token for unknown words is not in the vocabulary: " + unknown);
            }
            vocabulary.putAll(added);
            return vocabulary;
        }

        private void readFile(JsonParser parser) throws IOException {
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                JsonToken value = parser.nextToken();
                if (name.equals("model") && value == JsonToken.START_OBJECT) {
                    readModel(parser);
                } else if (name.equals("added_tokens") && value == JsonToken.START_ARRAY) {
                    while (parser.nextToken() != JsonToken.END_ARRAY) {
                        readAddedToken(parser);
                    }
                } else {
                    parser.skipChildren();
                }
            }
        }

        private void readModel(JsonParser parser) throws IOException {
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                JsonToken value = parser.nextToken();
                switch (name) {
                    case "type" -> modelType = String.valueOf(parser.getValueAsString("(none)"));
                    case "unk_token" -> unknown = value == JsonToken.VALUE_NULL ? null : parser.getValueAsString("");
                    case "vocab" -> readVocabulary(parser, value);
                    default -> {}
                }
                parser.skipChildren();
            }
        }

        private void readVocabulary(JsonParser parser, JsonToken value) throws IOException {
            vocabularyType = switch (value) {
                case START_OBJECT -> "OBJECT";
                case START_ARRAY -> "ARRAY";
                case VALUE_STRING -> "STRING";
                case VALUE_NULL -> "NULL";
                case VALUE_TRUE, VALUE_FALSE -> "BOOLEAN";
                default -> "NUMBER";
            };
            if (value == JsonToken.START_OBJECT) {
                for (String token = parser.nextFieldName(); token != null; token = parser.nextFieldName()) {
                    parser.nextToken();
                    int id = id(parser);
                    if (id < 0) {
                        throw unusable(token, described(parser));
                    }
                    vocabulary.put(id, token);
                }
            }
        }

        private void readAddedToken(JsonParser parser) throws IOException {
            String content = "";
            int id = -1;
            String described = "";
            if (parser.currentToken() == JsonToken.START_OBJECT) {
                for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                    parser.nextToken();
                    if (name.equals("content")) {
                        content = String.valueOf(parser.getValueAsString(""));
                    } else if (name.equals("id")) {
                        id = id(parser);
                        described = described(parser);
                    }
                    parser.skipChildren();
                }
            } else {
                parser.skipChildren();
            }
            if (id < 0) {
                throw unusable(content, described);
            }
            added.put(id, content);
        }

        /** The integer here, or -1 if there is none that can be an id. */
        private static int id(JsonParser parser) throws IOException {
            boolean integer = parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                    && parser.getNumberType() == JsonParser.NumberType.INT;
            return integer && parser.getIntValue() != Integer.MAX_VALUE ? parser.getIntValue() : -1;
        }

        private static String described(JsonParser parser) throws IOException {
            return parser.currentToken() == JsonToken.VALUE_STRING ? '"' + parser.getText() + '"' : parser.getText();
        }

        private MalformedTokenizerException unusable(String token, String id) {
            return new MalformedTokenizerException(source + ": token " + token + " has no usable id: " + id);
        }
    }

    static MalformedTokenizerException notJson(String source, JacksonException e) {
        return new MalformedTokenizerException(
                source + ": not JSON: line " + e.getLocation().getLineNr() + ": " + e.getOriginalMessage(), e);
    }
}
