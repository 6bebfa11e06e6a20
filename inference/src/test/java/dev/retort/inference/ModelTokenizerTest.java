package dev.retort.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.model.DistilBertConfig;
import dev.retort.model.sentence.Pooling;
import dev.retort.text.MalformedTokenizerException;
import dev.retort.text.TruncationPolicy;
import dev.retort.weights.SmallTensors;
import dev.retort.weights.huggingface.EncoderConfig;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import dev.retort.weights.sentencetransformers.SentenceSettings;
import dev.retort.weights.sentencetransformers.Similarity;
import dev.retort.weights.sentencetransformers.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelTokenizerTest {

    private static final List<String> VOCABULARY =
            List.of("[PAD] [UNK] [CLS] [SEP] [MASK] cat dog red Cat Red : RE ##D".split(" "));

    @TempDir
    Path folder;

    @Test
    void defaultPrompt_ofAModelThatHasOne_isItsText() throws IOException {
        try (ModelTokenizer tokenizer = open(true, false, "query")) {
            assertThat(tokenizer.defaultPrompt()).isEqualTo("Red : ");
            assertThat(tokenizer.prompt("passage")).isEqualTo("cat ");
            assertThatThrownBy(() -> tokenizer.prompt("title"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("none named title, it has [query, passage]");
        }
    }

    @Test
    void defaultPrompt_ofAModelThatNamesNone_isEmpty() throws IOException {
        try (ModelTokenizer tokenizer = open(true, false, null)) {
            assertThat(tokenizer.defaultPrompt()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void encode_promptAndText_areReadInTheModelsCase(boolean lowerCase) throws IOException {
        try (ModelTokenizer tokenizer = open(true, lowerCase, "query")) {
            int[] ids = tokenizer
                    .encode("Red ", List.of("Dog", "Cat"), 1, 2, 8, TruncationPolicy.TRUNCATE)
                    .get(0)
                    .inputIds(0);

            assertThat(tokenizer.tokens(ids))
                    .containsExactly("[CLS]", lowerCase ? "red" : "Red", lowerCase ? "cat" : "Cat", "[SEP]");
        }
    }

    /** In lower case the first word is one piece, as it is written it is two. */
    @Test
    void unpooled_promptThatIsNotPooled_isCountedAsItIsRead() throws IOException {
        try (ModelTokenizer lower = open(false, true, "query");
                ModelTokenizer cased = open(false, false, "query");
                ModelTokenizer pooled = open(true, true, "query")) {
            assertThat(cased.unpooled("RED cat ", 8)).isEqualTo(4); // [CLS] RE ##D cat
            assertThat(lower.unpooled("RED cat ", 8)).isEqualTo(3); // [CLS] red cat
            assertThat(lower.unpooled("", 8)).isZero();
            assertThat(lower.unpooled("cat cat cat cat", 4)).isEqualTo(3);
            assertThat(pooled.unpooled("red cat ", 8)).isZero();
        }
    }

    @Test
    void open_tokenizerOfALargerModel_isRefused() {
        assertThatThrownBy(() -> open(VOCABULARY.size() - 1, true, false, null))
                .isInstanceOf(MalformedTokenizerException.class)
                .hasMessageContaining("the model's vocabulary has 12");
    }

    private ModelTokenizer open(boolean includePrompt, boolean lowerCase, String defaultPrompt) throws IOException {
        return open(VOCABULARY.size(), includePrompt, lowerCase, defaultPrompt);
    }

    private ModelTokenizer open(int vocabularySize, boolean includePrompt, boolean lowerCase, String defaultPrompt)
            throws IOException {
        Files.write(folder.resolve("vocab.txt"), VOCABULARY);
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"do_lower_case\": false}");
        DistilBertConfig small = SmallTensors.CONFIG;
        DistilBertConfig config = new DistilBertConfig(
                vocabularySize,
                small.positionCount(),
                small.layerCount(),
                small.headCount(),
                small.hiddenSize(),
                small.innerSize(),
                small.activation(),
                0,
                0,
                false,
                0,
                0.02);
        SentenceSettings settings = new SentenceSettings(
                Pooling.mean(),
                includePrompt,
                List.of(),
                8,
                lowerCase,
                prompts(),
                defaultPrompt,
                Similarity.COSINE,
                null);
        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.of(
                SmallTensors.distilBert(config),
                EncoderConfig.distilBert(config),
                settings,
                new TokenizerFiles.InFolder(folder))) {
            return ModelTokenizer.open(checkpoint);
        }
    }

    private static Map<String, String> prompts() {
        Map<String, String> prompts = new LinkedHashMap<>();
        prompts.put("query", "Red : ");
        prompts.put("passage", "cat ");
        return prompts;
    }
}
