package dev.retort.train.dataset;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetFileTest {

    private static final ReadOptions DEFAULTS = ReadOptions.defaults();

    @TempDir
    Path folder;

    private final List<String> warnings = new ArrayList<>();

    private Path write(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    private Dataset read(Path file, ReadOptions options) throws IOException {
        return DatasetFile.read(file, options, warnings::add);
    }

    private static List<String> rows(Dataset dataset) {
        return IntStream.range(0, dataset.size())
                .mapToObj(row -> dataset.get(row).toString())
                .map(row -> row.substring(row.lastIndexOf('/') + 1))
                .toList();
    }

    /** What reading it says, the folder's name left out. */
    private String failure(String name, String content, ReadOptions options) throws IOException {
        Path file = write(name, content);
        try (Dataset read = read(file, options)) {
            return "no failure: " + rows(read);
        } catch (MalformedDatasetException e) {
            return e.getMessage().replace(folder + "/", "");
        }
    }

    @Test
    void read_tsv_findsColumnsSortsLabelsKeepsQuotes() throws IOException {
        Path file = write(
                "a.tsv",
                "sentiment\ttext\ttopic\nbad\t\"Oh no\tfood\n\ngood\tfine, \"really\"\ttech\n\t half \t food \n");

        try (Dataset read = read(file, DEFAULTS)) {
            assertThat(read.tasks())
                    .containsExactly(
                            new TaskLabels("sentiment", List.of("bad", "good")),
                            new TaskLabels("topic", List.of("food", "tech")));
            assertThat(rows(read))
                    .containsExactly(
                            "a.tsv:2: [0, 0] \"Oh no",
                            "a.tsv:4: [1, 1] fine, \"really\"",
                            "a.tsv:5: [" + Example.MISSING + ", 0]  half ");
            assertThat(read.label(2, 0)).isEqualTo(Example.MISSING);
            assertThat(read.labelCounts())
                    .map(LabelCounts::toString)
                    .containsExactly("sentiment: bad 1, good 1; none 1", "topic: food 2, tech 1");
        }
        assertThat(warnings).isEmpty();
    }

    @Test
    void read_csv_joinsQuotedLines() throws IOException {
        Path file = write("a.csv", "Text,label\r\n\"one\r\ntwo, \"\"three\"\"\",x\r\n\r\nfour,y\r\n");

        try (Dataset read = read(file, DEFAULTS)) {
            assertThat(rows(read)).containsExactly("a.csv:2: [0] one\r\ntwo, \"three\"", "a.csv:5: [1] four");
        }
    }

    @Test
    void read_jsonLines_takesNumbersAndLetsFieldsBeAbsent() throws IOException {
        Path file = write("a.ndjson", """
                {"id": [1, 2], "text": "one \\u00e9", "stars": 5, "ok": true}

                {"stars": null, "text": "two", "more": {"text": 3}}
                {"text": "three", "ok": false, "stars": "10"}
                """);

        try (Dataset read = read(file, DEFAULTS)) {
            assertThat(read.tasks())
                    .containsExactly(
                            new TaskLabels("stars", List.of("10", "5")),
                            new TaskLabels("ok", List.of("false", "true")));
            assertThat(rows(read))
                    .containsExactly(
                            "a.ndjson:1: [1, 1] one é", "a.ndjson:3: [-100, -100] two", "a.ndjson:4: [0, 0] three");
        }
        assertThat(warnings).hasSize(1);
        assertThat(warnings.get(0)).endsWith("a.ndjson:3: a row without any label: they train nothing");
    }

    @Test
    void read_declaredTasks_takesTheirColumnsAndOrder() throws IOException {
        Path file = write("a.tsv", "label\tclass\tbody\nScience\tatoms\tx\nOther\tpets\ty\n");
        ReadOptions options = DEFAULTS.withTextColumn("body")
                .withTasks(List.of(
                        TaskColumn.parse("topic = label").withLabels(List.of("Technology", "Science", "Other"))));

        try (Dataset read = read(file, options)) {
            assertThat(read.tasks())
                    .containsExactly(new TaskLabels("topic", List.of("Technology", "Science", "Other")));
            assertThat(rows(read)).containsExactly("a.tsv:2: [1] x", "a.tsv:3: [2] y");
        }
        assertThat(warnings).singleElement().asString().endsWith("a.tsv: task topic: no row is labelled Technology");
    }

    @Test
    void read_knownTasks_mayBeAbsentButNotAll() throws IOException {
        ReadOptions options = DEFAULTS.withKnown(List.of(BundledDataset.TOPIC, BundledDataset.SENTIMENT));

        try (Dataset read = read(write("a.tsv", "text\tsentiment\nx\tNegative\n"), options)) {
            assertThat(read.tasks()).containsExactly(BundledDataset.TOPIC, BundledDataset.SENTIMENT);
            assertThat(rows(read)).containsExactly("a.tsv:2: [-100, 1] x");
        }
        assertThat(warnings.get(0))
                .endsWith(
                        "a.tsv: no column topic: every label of task topic is missing here: the header has text, sentiment");
        assertThat(failure("b.tsv", "text\tlabel\nx\tNegative\n", options))
                .isEqualTo("b.tsv: no column of a task: expected topic, sentiment, the header has text, label:"
                        + " say which column a task has with TASK=COLUMN");
        assertThat(failure("b.tsv", "text\ttopic\nx\tOther\n", options.withTasks(List.of(TaskColumn.of("sentiment")))))
                .isEqualTo("b.tsv: no column sentiment: the header has text, topic");
    }

    @Test
    void read_jsonLinesWithKnownTasks_firstObjectMayLackThem() throws IOException {
        ReadOptions options = DEFAULTS.withKnown(List.of(BundledDataset.TOPIC, BundledDataset.SENTIMENT));
        String rows = "{\"text\":\"x\",\"topic\":\"Other\"}\n{\"sentiment\":\"Neutral\",\"text\":\"y\"}\n";

        try (Dataset read = read(write("a.jsonl", rows), options)) {
            assertThat(rows(read)).containsExactly("a.jsonl:1: [2, -100] x", "a.jsonl:2: [-100, 2] y");
        }
        warnings.clear();
        read(write("b.jsonl", "{\"text\":\"x\",\"topic\":\"Other\"}\n"), options)
                .close();
        assertThat(warnings.get(warnings.size() - 1))
                .endsWith("b.jsonl: column sentiment: no row has a label of task sentiment");
        assertThat(failure("c.jsonl", "{\"text\":\"x\",\"label\":\"Other\"}\n", options))
                .isEqualTo("c.jsonl: no row has a label: the tasks' columns are topic, sentiment");
    }

    @Test
    void read_taskWithoutAnyLabel_isNone() throws IOException {
        assertThat(failure("a.tsv", "text\ta\tb\nx\ty\t\n", DEFAULTS))
                .isEqualTo("a.tsv: column b: no row has a label of task b");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a.tsv   | ''                               | a.tsv: the file is empty: expected rows of text and labels
            a.csv   | 'text,a\\n'                      | a.csv: no rows
            a.tsv   | 'text\\ta\\nx\\n'                | a.tsv:2: expected 2 columns, found 1: tab-separated values have no quotes and no line ends within a text
            a.csv   | 'text,a\\n\\nx,y,z\\n'           | a.csv:3: expected 2 columns, found 3: a cell that holds a comma is quoted
            a.tsv   | 'text\\ta\\n \\ty\\n'            | a.tsv:2: empty text: column text
            a.jsonl | '{"text":"x","a":"y"}\\n{}'      | a.jsonl:2: no text: column text
            a.tsv   | 'body\\ta\\nx\\ty\\n'            | a.tsv: which column holds the texts: the header has body, a: name it
            a.tsv   | 'text\\nx\\n'                    | a.tsv: no column of labels beside text: the header has text
            a.tsv   | 'text\\ta\\ta\\nx\\ty\\tz\\n'    | a.tsv: two columns named a: rename one
            a.tsv   | 'text\\ta\\nx\\t\\n'             | 'a.tsv: no row has a label: the tasks'' columns are a'
            a.jsonl | '{"text":"x","a":"y"}\\n[1]'     | a.jsonl:2: expected a JSON object on each line, got start_array
            a.jsonl | '{"text":"x","a":"y"} 2'         | a.jsonl:1: more than one JSON value: expected an object on each line
            a.jsonl | '{"text":"x","a":"y"}\\n{"text":{}}' | a.jsonl:2: field text: expected a string, got an object
            """)
    void read_malformed_saysFileLineAndWhat(String name, String content, String message) throws IOException {
        assertThat(failure(name, content.replace("\\n", "\n").replace("\\t", "\t"), DEFAULTS))
                .isEqualTo(message);
    }

    @Test
    void read_notJsonOrCsv_saysWhereAndWhatIsExpected() throws IOException {
        assertThat(failure("a.jsonl", "{\"text\":\"x\",\"a\":\"y\"}\n{\"text\":\"x\"", DEFAULTS))
                .startsWith("a.jsonl:2: not JSON: ")
                .endsWith(": expected an object on each line");
        assertThat(failure("a.jsonl", "{\"text\":\"x\",\"text\":\"y\"}\n", DEFAULTS))
                .startsWith("a.jsonl:1: not JSON: Duplicate field");
        assertThat(failure("a.csv", "text,a\nx,y\n\"open,y\nz,y\n", DEFAULTS)).startsWith("a.csv:3: not CSV: ");
        assertThat(failure("a.csv", "text,a\n5\" disk,y\n3\" disk,y\n", DEFAULTS))
                .startsWith("a.csv:2: not CSV: a quotation mark stands inside a cell");
    }

    @Test
    void read_unknownLabel_listsThoseExpected() throws IOException {
        ReadOptions options = DEFAULTS.withKnown(List.of(BundledDataset.SENTIMENT));

        assertThat(failure("a.tsv", "text\tsentiment\nx\tNeutral\ny\tneutral\n", options))
                .isEqualTo("a.tsv:3: task sentiment: unknown label neutral: expected Positive, Negative, Neutral");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1 << 20})
    void read_notUtf8_saysByteAndOffset(long mostBytesInMemory) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes("text,a\nx,y\n\"é\n".getBytes(UTF_8));
        bytes.write(0xE9);
        bytes.writeBytes("\",y\n".getBytes(UTF_8));
        Path file = Files.write(folder.resolve("a.csv"), bytes.toByteArray());

        assertThatThrownBy(() -> read(file, DEFAULTS.withMostBytesInMemory(mostBytesInMemory)))
                .isInstanceOf(MalformedDatasetException.class)
                .hasMessageEndingWith(
                        "a.csv:4: not UTF-8: byte 0xE9 at offset 15: convert the file, for example with iconv -t UTF-8");
    }

    @Test
    void read_columnOfManyValues_isNoTask() throws IOException {
        StringBuilder content = new StringBuilder("text\tid\n");
        for (int i = 0; i < 200; i++) {
            content.append("x\t").append(i).append('\n');
        }

        assertThat(failure("a.tsv", content.toString(), DEFAULTS))
                .isEqualTo("a.tsv:102: column id has more than 100 different values: these are no labels:"
                        + " name the columns of the tasks");
        assertThat(failure("a.tsv", content.toString(), DEFAULTS.withTasks(List.of(TaskColumn.of("id")))))
                .startsWith("no failure");
    }

    @Test
    void read_skippingBadRows_warnsOfEachAndKeepsTheOthers() throws IOException {
        Path file = write("a.tsv", "text\ta\nx\ty\nx\n\tz\nw\tv\n" + "short\n".repeat(30));

        try (Dataset read = read(file, DEFAULTS.withSkippingBadRows(true))) {
            assertThat(rows(read)).containsExactly("a.tsv:2: [1] x", "a.tsv:5: [0] w");
        }
        assertThat(warnings).hasSize(21);
        assertThat(warnings.get(1)).endsWith("a.tsv:4: empty text: column text");
        assertThat(warnings.get(20)).endsWith("a.tsv: skipped 12 more malformed rows");
    }

    @Test
    void read_labelsThatDifferInCaseOrAreOne_warns() throws IOException {
        read(write("a.tsv", "text\ta\tb\nx\tYes\tq\ny\tyes\tq\n"), DEFAULTS).close();

        assertThat(warnings).hasSize(2);
        assertThat(warnings.get(0)).endsWith("a.tsv: task a: two labels differ in case only: Yes, yes");
        assertThat(warnings.get(1)).endsWith("a.tsv: task b: every label is q");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.tsv", "a.csv", "a.jsonl"})
    void read_rowsLeftInTheFile_areTheSame(String name) throws IOException {
        StringBuilder content = new StringBuilder("\uFEFF" + (name.equals("a.jsonl") ? "" : "text,a,b\r\n"));
        for (int i = 0; i < 3000; i++) {
            String text = (i % 7 == 0 ? "\uD83D\uDE00 naïve " : "plain ") + "é".repeat(i % 90) + i;
            String a = i % 5 == 0 ? "" : "A" + i % 3;
            switch (name) {
                case "a.jsonl" ->
                    content.append("{\"text\": \"" + text + "\", \"a\": \"" + a + "\", \"b\": " + i % 2 + "}\n");
                case "a.csv" -> content.append("\"" + text + ",\n\"\"" + i + "\"\"\"," + a + "," + i % 2 + "\r\n");
                default -> content.append(text + "," + a + "," + i % 2 + "\r\n");
            }
            content.append(i % 11 == 0 ? "\n" : "");
        }
        Path file = write(name, name.equals("a.tsv") ? content.toString().replace(',', '\t') : content.toString());

        try (Dataset inMemory = read(file, DEFAULTS);
                Dataset inFile = read(file, DEFAULTS.withMostBytesInMemory(0))) {
            assertThat(inFile).isInstanceOf(IndexedDataset.class);
            assertThat(inMemory).isInstanceOf(ListedDataset.class);
            assertThat(inFile.size()).isEqualTo(3000);
            assertThat(inFile.tasks()).isEqualTo(inMemory.tasks());
            assertThat(inFile.fingerprint()).isEqualTo(inMemory.fingerprint());
            for (int row : BatchPlan.shuffled(3000, 3000, 5, 0).batch(0)) {
                assertThat(inFile.get(row)).isEqualTo(inMemory.get(row));
                assertThat(inFile.label(row, 0)).isEqualTo(inMemory.label(row, 0));
            }
        }
        assertThat(warnings).isEmpty();
    }

    @Test
    void get_fileChangedMeanwhile_refuses() throws IOException {
        Path file = write("a.tsv", "text\ta\nx\tone\ny\ttwo\n");
        try (Dataset read = read(file, DEFAULTS.withMostBytesInMemory(0))) {
            assertThat(rows(read)).containsExactly("a.tsv:2: [0] x", "a.tsv:3: [1] y");
            write("a.tsv", "text\ta\nx\ttwo\n");

            assertThatThrownBy(() -> read.get(0))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("a.tsv:2: the file has changed since it was opened");
            assertThatThrownBy(() -> read.get(1)).hasMessageContaining("a.tsv:3: the file has changed");
        }
    }

    @Test
    void fingerprint_otherTextLabelOrOrder_differs() throws IOException {
        List<Long> prints = new ArrayList<>();
        for (String rows : List.of("x\ta\ny\tb\n", "x\tb\ny\ta\n", "y\tb\nx\ta\n", "x\ta\ny\ta\nz\tb\n")) {
            prints.add(read(write("a.tsv", "text\ttask\n" + rows), DEFAULTS).fingerprint());
        }

        assertThat(prints).doesNotHaveDuplicates();
        assertThat(read(write("b.tsv", "text\ttask\nx\ta\ny\tb\n"), DEFAULTS).fingerprint())
                .isEqualTo(prints.get(0));
    }

    @Test
    void read_noFileOrFolderOrUnknownFormat_saysSo() throws IOException {
        assertThatThrownBy(() -> read(folder.resolve("none.tsv"), DEFAULTS)).isInstanceOf(FileSystemException.class);
        assertThatThrownBy(() -> read(folder, DEFAULTS)).hasMessageEndingWith("is a folder: give the name of a file");
        assertThatThrownBy(() -> read(write("a.txt", "text\ta\nx\ty\n"), DEFAULTS))
                .hasMessageEndingWith("a.txt: unknown format: expected .tsv, .csv, .jsonl or .ndjson:"
                        + " rename it or name the format");
        assertThat(rows(read(folder.resolve("a.txt"), DEFAULTS.withFormat(DatasetFormat.TSV))))
                .containsExactly("a.txt:2: [0] x");
    }
}
