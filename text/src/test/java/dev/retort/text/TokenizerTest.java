package dev.retort.text;

import static dev.retort.text.SmallVocabulary.chunks;
import static dev.retort.text.SmallVocabulary.ids;
import static dev.retort.text.SmallVocabulary.tokens;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizerTest {

    private static Tokenizer tokenizer;

    @BeforeAll
    static void open(@TempDir Path folder) throws IOException {
        tokenizer = SmallVocabulary.tokenizer(folder);
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            quoteCharacter = '`',
            value = {
                "The QUICK Fox|[CLS] the quick fox [SEP]",
                "caf\u00e9 nai\u0308ve \u00c9|[CLS] cafe naive [UNK] [SEP]", // composed and decomposed; no e of its own
                "\u6771\u4eac\u4e2d|[CLS] \u6771 \u4eac \u4e2d [SEP]",
                "fox\u6771cat|[CLS] fox \u6771 cat [SEP]",
                "\u00df|[CLS] \u00df [SEP]", // lower case already: not ss
                "hello,world!?(a-b)'|[CLS] hello , world ! ? ( a - b ) ' [SEP]",
                "a$b@c#|[CLS] a $ b @ c # [SEP]",
                "foxes unbelievable running dogs|[CLS] fox ##es un ##believ ##able run ##ning dog ##s [SEP]",
                "foxy zebra the|[CLS] [UNK] [UNK] the [SEP]", // a word whose rest is unknown is unknown as a whole
                "11 210|[CLS] 1 ##1 2 ##1 ##0 [SEP]",
                "the [SEP] fox[MASK]|[CLS] the [SEP] fox [MASK] [SEP]", // special tokens by name
                "[sep]|[CLS] [UNK] [UNK] [UNK] [SEP]", // but not in another case
                "a\u0000b|[CLS] a ##b [SEP]",
                "a\u200bb\ufeff\u00ad|[CLS] a ##b [SEP]",
                "a\u00a0b\u3000c|[CLS] a b c [SEP]",
                "\ud83d\ude00 fox|[CLS] [UNK] fox [SEP]",
                "\ud83d\ude00fox|[CLS] [UNK] [SEP]",
            })
    void encode_text_givesTheTokensOfBert(String text, String expected) {
        assertThat(tokens(tokenizer, text)).isEqualTo(expected);
    }

    @Test
    void encode_emptyText_isTheTwoSpecialTokens() {
        Encoding encoding = tokenizer.encode("", 3, TruncationPolicy.ERROR);

        assertThat(encoding.inputIds(0)).containsExactly(tokenizer.clsId(), tokenizer.sepId());
        assertThat(encoding.tokenCount()).isEqualTo(2);
    }

    @Test
    void encode_blankText_isTheTwoSpecialTokens() {
        assertThat(tokens(tokenizer, " \t\n\u3000")).isEqualTo("[CLS] [SEP]");
    }

    @Test
    void encode_wordOfMoreThanHundredCharacters_isUnknown() {
        assertThat(tokens(tokenizer, "a".repeat(101))).isEqualTo("[CLS] [UNK] [SEP]");
        assertThat(tokens(tokenizer, "a".repeat(100))).isEqualTo("[CLS] a" + " ##a".repeat(99) + " [SEP]");
    }

    @Test
    void encode_halfOfASurrogatePair_leavesTheOtherCharactersAlone() {
        assertThat(tokens(tokenizer, "fox \ud83d \ud83d\ude00 \u6771 \ude00 dog"))
                .isEqualTo(tokens(tokenizer, "fox \ufffd \ud83d\ude00 \u6771 \ufffd dog"))
                .isEqualTo("[CLS] fox [UNK] \u6771 dog [SEP]");
    }

    @Test
    void encode_megabyteOfText_isTokenizedWhole() {
        Encoding encoding = tokenizer.encode("running foxes! ".repeat(70_000), 512, TruncationPolicy.SPLIT_AVERAGE);

        assertThat(encoding.fullTokenCount()).isEqualTo(5 * 70_000 + 2);
        assertThat(encoding.tokenCount()).isEqualTo(5 * 70_000 + 2 * encoding.chunkCount());
    }

    @Test
    void encode_manyTexts_keepsTheirOrder() {
        List<String> texts = IntStream.range(0, 1500)
                .mapToObj(i -> "the " + "fox ".repeat(i % 7))
                .toList();

        List<Encoding> encodings = tokenizer.encode(texts, 16, TruncationPolicy.ERROR);

        assertThat(encodings)
                .extracting(Encoding::tokenCount)
                .containsExactlyElementsOf(
                        IntStream.range(0, 1500).map(i -> 3 + i % 7).boxed().toList());
    }

    @Test
    void encode_noTexts_givesNothing() {
        assertThat(tokenizer.encode(List.of(), 16, TruncationPolicy.ERROR)).isEmpty();
    }

    @Test
    void encode_truncate_cutsOnlyBeyondTheLimit() {
        Encoding whole = tokenizer.encode("running foxes", 6, TruncationPolicy.TRUNCATE);
        assertThat(chunks(tokenizer, whole)).containsExactly("[CLS] run ##ning fox ##es [SEP]");
        assertThat(whole.truncated()).isFalse();

        Encoding cut = tokenizer.encode("running foxes", 5, TruncationPolicy.TRUNCATE);
        assertThat(chunks(tokenizer, cut)).containsExactly("[CLS] run ##ning fox [SEP]");
        assertThat(cut.truncated()).isTrue();
        assertThat(cut.tokenCount()).isEqualTo(5);
        assertThat(cut.fullTokenCount()).isEqualTo(6);
    }

    @Test
    void encode_error_namesTextAndBothNumbers() {
        List<String> texts = List.of("running foxes", "the unbelievable fox");

        assertThatExceptionOfType(TextTooLongException.class)
                .isThrownBy(() -> tokenizer.encode(texts, 6, TruncationPolicy.ERROR))
                .withMessage(
                        "text 1: too long: 7 tokens with the two special ones, limit 6: shorten the text, or choose"
                                + " TRUNCATE or SPLIT_AVERAGE instead of ERROR")
                .satisfies(e -> assertThat(List.of(e.textNumber(), e.tokenCount(), e.maxSequenceLength()))
                        .containsExactly(1, 7, 6));
    }

    @Test
    void encode_split_cutsBetweenWordsIntoNearlyEqualParts() {
        Encoding encoding = tokenizer.encode("the running foxes ! unbelievable cat", 7, TruncationPolicy.SPLIT_AVERAGE);

        assertThat(chunks(tokenizer, encoding))
                .containsExactly("[CLS] the run ##ning fox ##es [SEP]", "[CLS] ! un ##believ ##able cat [SEP]");
        assertThat(encoding.truncated()).isFalse();
        assertThat(encoding.tokenCount()).isEqualTo(14);
        assertThat(encoding.fullTokenCount()).isEqualTo(12);
    }

    @Test
    void encode_splitWithPrompt_repeatsThePrompt() {
        Encoding encoding = tokenizer
                .encode("query: ", List.of("fox cat dog"), 6, TruncationPolicy.SPLIT_AVERAGE)
                .get(0);

        assertThat(chunks(tokenizer, encoding))
                .containsExactly("[CLS] query : fox cat [SEP]", "[CLS] query : dog [SEP]");
    }

    @Test
    void encode_splitWithPromptThatFillsTheSequence_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tokenizer.encode("query: ", List.of("fox cat"), 4, TruncationPolicy.SPLIT_AVERAGE))
                .withMessage("prompt: too long to split texts: 2 word pieces, a sequence has room for 2");
    }

    @Test
    void encode_prompt_isGluedWithoutASpace() {
        List<Encoding> encodings = tokenizer.encode("un", List.of("believable", " fox"), 16, TruncationPolicy.ERROR);

        assertThat(chunks(tokenizer, encodings.get(0))).containsExactly("[CLS] un ##believ ##able [SEP]");
        assertThat(chunks(tokenizer, encodings.get(1))).containsExactly("[CLS] un fox [SEP]");
    }

    @Test
    void encode_nullText_namesItsNumber() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tokenizer.encode(Arrays.asList("fox", null), 16, TruncationPolicy.ERROR))
                .withMessage("texts: text 1 is null");
    }

    @Test
    void encode_limitWithoutRoom_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tokenizer.encode("fox", 2, TruncationPolicy.TRUNCATE))
                .withMessage(
                        "maxSequenceLength: expected at least 3, room for two special tokens and a word piece, got 2");
    }

    @Test
    void encode_eightThreads_giveTheSameIds() throws Exception {
        List<String> texts = IntStream.range(0, 200)
                .mapToObj(i -> "the " + "running ".repeat(i % 11) + "fox, ".repeat(i % 5) + i)
                .toList();
        List<int[]> expected = idsOf(texts);
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<List<int[]>>> results = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                Callable<List<int[]>> work = () -> {
                    start.await();
                    return idsOf(texts);
                };
                results.add(threads.submit(work));
            }
            start.countDown();
            for (Future<List<int[]>> result : results) {
                assertThat(result.get().toArray(int[][]::new)).isDeepEqualTo(expected.toArray(int[][]::new));
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static List<int[]> idsOf(List<String> texts) {
        return tokenizer.encode(texts, 16, TruncationPolicy.TRUNCATE).stream()
                .map(encoding -> encoding.inputIds(0))
                .toList();
    }

    @Test
    void close_whileOthersEncode_letsThemFinishOrRefusesThem(@TempDir Path folder) throws Exception {
        Tokenizer closing = SmallVocabulary.tokenizer(folder);
        List<String> texts = Collections.nCopies(100, "the running foxes");
        CountDownLatch started = new CountDownLatch(4);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<String>> ends = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                ends.add(threads.submit(() -> {
                    started.countDown();
                    while (true) {
                        try {
                            closing.encode(texts, 16, TruncationPolicy.ERROR);
                        } catch (IllegalStateException e) {
                            return e.getMessage();
                        }
                    }
                }));
            }
            started.await();
            closing.close();
            for (Future<String> end : ends) {
                assertThat(end.get()).isEqualTo("tokenizer: closed: " + folder.resolve("vocab.txt"));
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void close_twice_isFine(@TempDir Path folder) throws IOException {
        Tokenizer closed = SmallVocabulary.tokenizer(folder);
        closed.close();
        closed.close();

        assertThatIllegalStateException().isThrownBy(() -> closed.encode("fox", 16, TruncationPolicy.ERROR));
    }

    @Test
    void promptTokenCount_prompt_countsTheFirstSpecialTokenAndNotTheLast() {
        assertThat(tokenizer.promptTokenCount("query: ", 16)).isEqualTo(3);
        assertThat(tokenizer.promptTokenCount(" ", 16)).isEqualTo(1);
        assertThat(tokenizer.promptTokenCount("", 16)).isZero();
        assertThat(tokenizer.promptTokenCount("the quick brown fox", 4)).isEqualTo(3);
    }

    @Test
    void tokens_idWithoutToken_isRefused() {
        assertThat(tokenizer.tokens(ids("fox ##es"))).containsExactly("fox", "##es");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tokenizer.tokens(3, SmallVocabulary.LINES.size()))
                .withMessageStartingWith("ids: " + SmallVocabulary.LINES.size() + " has no token in ");
    }

    @Test
    void requireIdsBelow_smallerModel_isRefused() throws IOException {
        int size = SmallVocabulary.LINES.size();
        assertThat(tokenizer.vocabularySize()).isEqualTo(size);
        tokenizer.requireIdsBelow(size);

        assertThatExceptionOfType(MalformedTokenizerException.class)
                .isThrownBy(() -> tokenizer.requireIdsBelow(size - 1))
                .withMessageEndingWith("vocab.txt: largest id is " + (size - 1) + " (ss), the model's vocabulary has "
                        + (size - 1) + ": take the tokenizer that was saved with the model");
    }

    @Test
    void load_folderWithoutTokenizer_saysWhatWasLookedFor(@TempDir Path folder) {
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> Tokenizer.load(folder))
                .withMessage(folder + ": no tokenizer: looked for tokenizer.json and vocab.txt: copy one of them there"
                        + " from where the model was trained");
    }

    @Test
    void load_tokenizerJson_ignoresItsTruncationAndPadding(@TempDir Path folder) throws IOException {
        SmallVocabulary.writeTo(folder);
        var json = VocabularyFile.in(folder).toJson();
        json.putObject("truncation")
                .put("direction", "Right")
                .put("max_length", 4)
                .put("strategy", "LongestFirst")
                .put("stride", 0);
        json.putObject("padding")
                .put("direction", "Right")
                .put("pad_id", 0)
                .put("pad_type_id", 0)
                .put("pad_token", "[PAD]")
                .putObject("strategy")
                .put("Fixed", 4);
        json.withObject("padding").putNull("pad_to_multiple_of");
        Files.writeString(folder.resolve("tokenizer.json"), json.toString());

        try (Tokenizer loaded = Tokenizer.load(folder)) {
            assertThat(tokens(loaded, "fox")).isEqualTo("[CLS] fox [SEP]");
            assertThat(tokens(loaded, "the running foxes")).isEqualTo("[CLS] the run ##ning fox ##es [SEP]");
            assertThat(loaded.encode("the running foxes", 6, TruncationPolicy.TRUNCATE)
                            .fullTokenCount())
                    .isEqualTo(7);
        }
    }

    @Test
    void ofJson_withoutPostProcessor_isRefused(@TempDir Path folder) throws IOException {
        SmallVocabulary.writeTo(folder);
        var json = VocabularyFile.in(folder).toJson();
        json.remove("post_processor");

        assertThatExceptionOfType(MalformedTokenizerException.class)
                .isThrownBy(() -> Tokenizer.ofJson(json.toString().getBytes(UTF_8), "plain.json"))
                .withMessage("plain.json: expected a post-processor that puts one token before a text and one after it,"
                        + " got 0 around an empty text: []");
    }
}
