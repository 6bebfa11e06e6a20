package dev.retort.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.retort.core.SharedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same ids as Hugging Face's tokenizers, on real vocabularies. */
class TokenizerParityTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @ValueSource(strings = {"all-MiniLM-L6-v2", "bert-base-uncased"}) // tokenizer.json, vocab.txt
    void encode_recordedTexts_givesTheRecordedIds(String folder) throws IOException {
        List<String> texts = new ArrayList<>();
        List<int[]> expected = new ArrayList<>();
        for (String line :
                Files.readAllLines(SharedFolder.require("data/tokenizer/expected/bert_uncased_expected_ids.jsonl"))) {
            JsonNode recorded = JSON.readTree(line);
            int[] ids = ids(recorded.get("ids"));
            texts.add(recorded.get("text").textValue());
            if (recorded.has("pair")) { // [CLS] text [SEP] pair [SEP]
                int second = (int) StreamSupport.stream(recorded.get("type_ids").spliterator(), false)
                        .filter(typeId -> typeId.intValue() == 0)
                        .count();
                expected.add(IntStream.of(ids).limit(second).toArray());
                texts.add(recorded.get("pair").textValue());
                expected.add(
                        IntStream.concat(IntStream.of(ids[0]), IntStream.of(ids).skip(second))
                                .toArray());
            } else {
                expected.add(ids);
            }
        }

        try (Tokenizer tokenizer = Tokenizer.load(SharedFolder.require("data/tokenizer/" + folder))) {
            assertThat(texts.size()).isEqualTo(1907 + 105);
            assertSameIds(tokenizer.encode(texts, Integer.MAX_VALUE, TruncationPolicy.ERROR), texts, expected);
        }
    }

    @Test
    void encode_textsAroundTheLimitOfMiniLm_areCutAsSentenceTransformersDoes() throws IOException {
        JsonNode fixture = JSON.readTree(Files.readAllBytes(SharedFolder.require("fixtures/minilm/expected.json")));
        List<String> texts = texts(fixture);
        int limit = fixture.get("max_seq_length").intValue();

        try (Tokenizer tokenizer = Tokenizer.load(SharedFolder.require("data/tokenizer/all-MiniLM-L6-v2"))) {
            List<Encoding> encodings = tokenizer.encode(texts, limit, TruncationPolicy.TRUNCATE);

            assertSameIds(encodings, texts, idLists(fixture.get("ids")));
            assertThat(encodings).anyMatch(Encoding::truncated);
            assertThat(encodings).anyMatch(encoding -> !encoding.truncated() && encoding.tokenCount() > limit - 3);
        }
    }

    @ParameterizedTest
    @CsvSource(
            value = {"no prompt|''", "query|'search query: '", "document|'passage: '", "about|'about '"},
            delimiter = '|')
    void encode_prompts_areGluedAndCountedAsSentenceTransformersDoes(String name, String prompt) throws IOException {
        JsonNode fixture =
                JSON.readTree(Files.readAllBytes(SharedFolder.require("fixtures/sentence-transformers/expected.json")));
        List<String> texts = texts(fixture);
        List<int[]> expected = idLists(fixture.get("ids").get(name));
        int limit = fixture.get("max_seq_length").intValue();
        Path folder = SharedFolder.require("fixtures/sentence-transformers/module-0");

        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertSameIds(tokenizer.encode(prompt, texts, limit, TruncationPolicy.TRUNCATE), texts, expected);

            int[] promptAlone = expected.get(texts.indexOf("")); // [CLS] prompt [SEP]
            assertThat(tokenizer.promptTokenCount(prompt, limit))
                    .isEqualTo(prompt.isEmpty() ? 0 : promptAlone.length - 1);
        }
    }

    private static void assertSameIds(List<Encoding> encodings, List<String> texts, List<int[]> expected) {
        assertThat(encodings).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(encodings.get(i).inputIds(0))
                    .as("text %s: %s", i, texts.get(i))
                    .isEqualTo(expected.get(i));
        }
    }

    private static List<String> texts(JsonNode fixture) {
        return StreamSupport.stream(fixture.get("texts").spliterator(), false)
                .map(JsonNode::textValue)
                .toList();
    }

    private static List<int[]> idLists(JsonNode lists) {
        return StreamSupport.stream(lists.spliterator(), false)
                .map(TokenizerParityTest::ids)
                .toList();
    }

    private static int[] ids(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }
}
