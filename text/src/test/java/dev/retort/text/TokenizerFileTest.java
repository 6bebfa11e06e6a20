package dev.retort.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizerFileTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"model\": |t.json: not JSON: line 1: ",
                "``|t.json: expected a word-piece vocabulary in model.vocab, found a model of type (none)",
                "{\"model\": {\"type\": \"Unigram\", \"vocab\": [[\"a\", -1.5]]}}|t.json: expected a word-piece vocabulary"
                        + " in model.vocab, found a model of type Unigram with a vocabulary of type ARRAY",
                "{\"model\": {\"vocab\": {\"a\": -1}}}|t.json: token a has no usable id: -1",
                "{\"model\": {\"vocab\": {\"a\": \"1\"}}}|t.json: token a has no usable id: \"1\"",
                "{\"model\": {\"vocab\": {\"a\": 1}}, \"added_tokens\": [{\"content\": \"b\"}]}|t.json: token b has no usable id",
                "{\"model\": {\"unk_token\": \"[UNK]\", \"vocab\": {\"a\": 1}}}|t.json: the token for unknown words is not"
                        + " in the vocabulary: [UNK]",
            })
    void ofJson_malformed_isRefused(String json, String message) {
        assertThatExceptionOfType(MalformedTokenizerException.class)
                .isThrownBy(() -> TokenizerFile.ofJson(json.getBytes(UTF_8), "t.json"))
                .withMessageStartingWith(message);
    }

    @Test
    void ofJson_addedTokens_areTokens() throws IOException {
        String json = "{\"model\": {\"vocab\": {\"a\": 0}}, \"added_tokens\": [{\"id\": 7, \"content\": \"b\"}]}";

        assertThat(TokenizerFile.ofJson(json.getBytes(UTF_8), "t.json").tokens())
                .isEqualTo(Map.of(0, "a", 7, "b"));
    }

    @Test
    void in_bothFiles_takesTokenizerJson(@TempDir Path folder) throws IOException {
        SmallVocabulary.writeTo(folder);
        Files.writeString(folder.resolve("tokenizer.json"), "{\"model\": {\"vocab\": {\"a\": 0}}}");

        assertThat(TokenizerFile.in(folder).tokens()).isEqualTo(Map.of(0, "a"));
    }
}
