package dev.retort.text;

import static dev.retort.text.SmallVocabulary.tokens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VocabularyFileTest {

    @TempDir
    private Path folder;

    @BeforeEach
    void write() throws IOException {
        SmallVocabulary.writeTo(folder);
    }

    private String tokensOf(String text) throws IOException {
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            return tokens(tokenizer, text);
        }
    }

    @Test
    void toJson_casedConfig_keepsCaseAndAccents() throws IOException {
        SmallVocabulary.writeConfig(folder, "{\"do_lower_case\": false, \"strip_accents\": null}");

        assertThat(tokensOf("Fox caf\u00e9 FOX")).isEqualTo("[CLS] Fox caf\u00e9 [UNK] [SEP]");
    }

    @Test
    void toJson_stripAccents_isIndependentOfCase() throws IOException {
        SmallVocabulary.writeConfig(folder, "{\"do_lower_case\": false, \"strip_accents\": true}");
        assertThat(tokensOf("Fox caf\u00e9")).isEqualTo("[CLS] Fox cafe [SEP]");

        SmallVocabulary.writeConfig(folder, "{\"do_lower_case\": true, \"strip_accents\": false}");
        assertThat(tokensOf("Fox caf\u00e9")).isEqualTo("[CLS] fox caf\u00e9 [SEP]");
    }

    @Test
    void toJson_withoutChineseCharacters_leavesIdeographsTogether() throws IOException {
        SmallVocabulary.writeConfig(folder, "{\"tokenize_chinese_chars\": false}");

        assertThat(tokensOf("\u6771\u4eac \u6771")).isEqualTo("[CLS] [UNK] \u6771 [SEP]");
    }

    @Test
    void toJson_otherSpecialTokens_areTakenFromTheConfig() throws IOException {
        Files.writeString(folder.resolve("vocab.txt"), "<s>\n</s>\n<unk>\nfox\n");
        SmallVocabulary.writeConfig(
                folder, "{\"cls_token\": {\"content\": \"<s>\"}, \"sep_token\": \"</s>\", \"unk_token\": \"<unk>\"}");

        assertThat(tokensOf("fox cat </s>")).isEqualTo("<s> fox <unk> </s> </s>");
    }

    @Test
    void in_windowsLineEnds_areNoPartOfTheTokens() throws IOException {
        Files.writeString(folder.resolve("vocab.txt"), String.join("\r\n", SmallVocabulary.LINES) + "\r\n");

        assertThat(tokensOf("the fox")).isEqualTo("[CLS] the fox [SEP]");
    }

    @Test
    void toJson_vocabularyWithoutSpecialToken_isRefused() throws IOException {
        Files.writeString(folder.resolve("vocab.txt"), "[UNK]\n[CLS]\nfox\n");

        assertThatExceptionOfType(MalformedTokenizerException.class)
                .isThrownBy(() -> Tokenizer.load(folder))
                .withMessage(folder.resolve("vocab.txt") + ": no line for the sep_token: [SEP]");
    }

    @Test
    void in_bytesThatAreNotUtf8_areRefused() throws IOException {
        Files.write(folder.resolve("vocab.txt"), new byte[] {'[', (byte) 0xe9, '\n'});

        assertThatExceptionOfType(MalformedTokenizerException.class)
                .isThrownBy(() -> Tokenizer.load(folder))
                .withMessageStartingWith(folder.resolve("vocab.txt") + ": not UTF-8: ");
    }

    @Test
    void in_brokenConfig_isRefused() throws IOException {
        SmallVocabulary.writeConfig(folder, "{\"do_lower_case\": ");

        assertThatExceptionOfType(MalformedTokenizerException.class)
                .isThrownBy(() -> Tokenizer.load(folder))
                .withMessageStartingWith(folder.resolve("tokenizer_config.json") + ": not JSON: line 1: ");
    }

    @Test
    void in_tokensBesideTheVocabulary_areRefused() throws IOException {
        Files.writeString(folder.resolve("added_tokens.json"), "{\"<new>\": 99}");

        assertThatExceptionOfType(MalformedTokenizerException.class)
                .isThrownBy(() -> Tokenizer.load(folder))
                .withMessageStartingWith(folder.resolve("added_tokens.json") + ": tokens beside vocab.txt");
    }
}
