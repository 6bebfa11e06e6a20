package dev.retort.cli.input;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TextSourceTest {

    private static List<PlacedText> read(InputFormat format, @Nullable String field, String content)
            throws IOException {
        List<PlacedText> texts = new ArrayList<>();
        try (TextSource source =
                TextSource.open(new ByteArrayInputStream(content.getBytes(UTF_8)), "in", format, field)) {
            for (PlacedText text = source.next(); text != null; text = source.next()) {
                texts.add(text);
            }
        }
        return texts;
    }

    private static List<String> texts(InputFormat format, @Nullable String field, String content) throws IOException {
        return read(format, field, content).stream().map(PlacedText::text).toList();
    }

    @Test
    void lines_endInLfOrCrLfOnly() throws IOException {
        assertThat(texts(InputFormat.LINES, null, "a\nb\r\n\nc\rd\u2028e\u0085f"))
                .containsExactly("a", "b", "", "c\rd\u2028e\u0085f");
    }

    @Test
    void lines_endOfTheFile_endsTheLastLine() throws IOException {
        assertThat(texts(InputFormat.LINES, null, "a\nb")).containsExactly("a", "b");
        assertThat(texts(InputFormat.LINES, null, "a\nb\n")).containsExactly("a", "b");
        assertThat(texts(InputFormat.LINES, null, "a\r\nb\r\n")).containsExactly("a", "b");
        assertThat(texts(InputFormat.LINES, null, "\n")).containsExactly("");
        assertThat(texts(InputFormat.LINES, null, "")).isEmpty();
    }

    @Test
    void lines_place_isTheLine() throws IOException {
        assertThat(read(InputFormat.LINES, null, "a\n\nb"))
                .containsExactly(new PlacedText("a", "in:1"), new PlacedText("", "in:2"), new PlacedText("b", "in:3"));
    }

    @Test
    void lines_withoutEnds_areRefusedBeforeTheyFillTheMemory() {
        assertThatThrownBy(() -> texts(InputFormat.LINES, null, "ok\n" + "x".repeat((1 << 24) + 1)))
                .hasMessage("in:2: line too long: over 16777216 characters: put a text on each line");
    }

    @Test
    void tsv_quotationMarks_areCharacters() throws IOException {
        assertThat(texts(InputFormat.TSV, "text", "id\ttext\n1\t\"open\n2\ta \"b\" c\r\n3\t\n"))
                .containsExactly("\"open", "a \"b\" c", "");
    }

    @Test
    void tsv_column_isTheOneNamed() throws IOException {
        assertThat(read(InputFormat.TSV, "b", "a\tb\tc\n1\t2\t3\n")).containsExactly(new PlacedText("2", "in:2"));
    }

    @Test
    void tsv_missingColumn_listsTheHeader() {
        assertThatThrownBy(() -> texts(InputFormat.TSV, "text", "score\tsentence1\n"))
                .isInstanceOf(MalformedTextException.class)
                .hasMessage("in: no column text: the header has score, sentence1");
    }

    @Test
    void tsv_noField_asksForOne() {
        assertThatThrownBy(() -> texts(InputFormat.TSV, null, "score\tsentence1\n"))
                .hasMessage(
                        "in: which column holds the texts: the header has score, sentence1: choose one with --field");
    }

    @Test
    void tsv_twoColumnsOfOneName_areRefused() {
        assertThatThrownBy(() -> texts(InputFormat.TSV, "a", "a\ta\n"))
                .hasMessage("in: two columns named a: rename one");
    }

    @Test
    void tsv_shortRow_saysWhere() {
        assertThatThrownBy(() -> texts(InputFormat.TSV, "b", "a\tb\n1\t2\nonly\n"))
                .hasMessageStartingWith("in:3: expected 2 columns, found 1:");
    }

    @Test
    void tsv_empty_hasNoHeader() {
        assertThatThrownBy(() -> texts(InputFormat.TSV, "b", "")).hasMessage("in: no header: the file is empty");
    }

    @Test
    void csv_quotedCells_mayHoldAnything() throws IOException {
        assertThat(read(InputFormat.CSV, "text", "id,text\r\n1,\"a, \"\"b\"\"\nc\"\r\n2, d \r\n"))
                .containsExactly(new PlacedText("a, \"b\"\nc", "in:2"), new PlacedText(" d ", "in:4"));
    }

    @Test
    void csv_blankLines_areSkipped() throws IOException {
        assertThat(texts(InputFormat.CSV, "text", "id,text\n\n1,a\n\n")).containsExactly("a");
    }

    @Test
    void csv_openQuote_saysWhere() {
        assertThatThrownBy(() -> texts(InputFormat.CSV, "text", "id,text\n1,\"a\n2,b\n"))
                .isInstanceOf(MalformedTextException.class)
                .hasMessageMatching(
                        "in:\\d+: not CSV: .*: a quoted text ends with a quotation mark, one within it is doubled");
    }

    @Test
    void csv_shortRow_saysWhere() {
        assertThatThrownBy(() -> texts(InputFormat.CSV, "text", "id,text\n1,a\n2\n"))
                .hasMessage("in:3: expected 2 columns, found 1");
    }

    @Test
    void csv_notUtf8_isTheReadersMessage() {
        byte[] bytes = "text\nbad \n".getBytes(UTF_8);
        bytes[8] = (byte) 0xFF;
        assertThatThrownBy(() -> {
                    try (TextSource source =
                            TextSource.open(new ByteArrayInputStream(bytes), "in", InputFormat.CSV, "text")) {
                        source.next();
                    }
                })
                .isInstanceOf(MalformedTextException.class)
                .hasMessageStartingWith("in:2: not UTF-8: byte 0xFF at offset 8");
    }

    @Test
    void jsonl_field_isRead() throws IOException {
        assertThat(read(
                        InputFormat.JSONL,
                        "body",
                        "{\"body\":\"a\\nb\",\"n\":1}\n\n  \n{\"n\":2,\"body\":\"\\ud83c\"}\n"))
                .containsExactly(new PlacedText("a\nb", "in:1"), new PlacedText("\ud83c", "in:4"));
    }

    @Test
    void jsonl_strings_needNoField() throws IOException {
        assertThat(texts(InputFormat.JSONL, null, "\"a\"\n\"\"\n")).containsExactly("a", "");
    }

    @Test
    void jsonl_missingField_listsTheOthers() {
        assertThatThrownBy(() -> texts(InputFormat.JSONL, "body", "{\"body\":\"a\"}\n{\"text\":\"b\",\"id\":1}\n"))
                .isInstanceOf(MalformedTextException.class)
                .hasMessage("in:2: no field body: the object has text, id");
    }

    @Test
    void jsonl_fieldThatIsNoString_isRefused() {
        assertThatThrownBy(() -> texts(InputFormat.JSONL, "body", "{\"body\":null}\n"))
                .hasMessage("in:1: field body: expected a string, got null");
        assertThatThrownBy(() -> texts(InputFormat.JSONL, "body", "{\"body\":3}\n"))
                .hasMessage("in:1: field body: expected a string, got number");
    }

    @Test
    void jsonl_objectWithoutField_asksForOne() {
        assertThatThrownBy(() -> texts(InputFormat.JSONL, null, "{\"body\":3}\n"))
                .hasMessage("in:1: expected a JSON string, got object: choose a field with --field");
    }

    @Test
    void jsonl_malformed_saysWhere() {
        assertThatThrownBy(() -> texts(InputFormat.JSONL, "body", "{\"body\":\"a\"}\n{\"body\":\n"))
                .hasMessageStartingWith("in:2: not JSON: ");
        assertThatThrownBy(() -> texts(InputFormat.JSONL, "body", "{\"body\":\"a\"} {}\n"))
                .hasMessageStartingWith("in:1: not JSON: ");
        assertThatThrownBy(() -> texts(InputFormat.JSONL, "body", "{\"body\":\"a\",\"body\":\"b\"}\n"))
                .hasMessageStartingWith("in:1: not JSON: Duplicate field 'body'");
    }

    @Test
    void arguments_areTexts() throws IOException {
        try (TextSource source = TextSource.ofArguments(List.of("a", "@b"))) {
            assertThat(source.next()).isEqualTo(new PlacedText("a", "text 1"));
            assertThat(source.ready()).isTrue();
            assertThat(source.next()).isEqualTo(new PlacedText("@b", "text 2"));
            assertThat(source.ready()).isFalse();
            assertThat(source.next()).isNull();
        }
    }

    @Test
    void format_ofAName_isWhatItEndsIn() {
        assertThat(InputFormat.of("a.tsv")).isEqualTo(InputFormat.TSV);
        assertThat(InputFormat.of("A.CSV")).isEqualTo(InputFormat.CSV);
        assertThat(InputFormat.of("a.jsonl")).isEqualTo(InputFormat.JSONL);
        assertThat(InputFormat.of("a.ndjson")).isEqualTo(InputFormat.JSONL);
        assertThat(InputFormat.of("a.txt")).isEqualTo(InputFormat.LINES);
        assertThat(InputFormat.of("csv")).isEqualTo(InputFormat.LINES);
    }
}
