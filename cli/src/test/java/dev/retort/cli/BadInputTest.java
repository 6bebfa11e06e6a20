package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What {@code train}, {@code predict}, {@code eval} and {@code compare} say to options and files that are not what they should be: one line,
 * exit code 2 for what the command line alone or beside the data shows, 1 for what is wrong with a file. A finished run loses nothing by it.
 */
class BadInputTest {

    private static final String DATA = """
            text\ttopic\tsentiment
            a cat sits\tAnimal\tGood
            a dog runs\tAnimal\tBad
            ein hund\tAnimal\tGood
            the road\tPlace\tGood
            on the mat\tPlace\tBad
            the roads\tPlace\tBad
            """;

    @TempDir
    private static Path folder;

    private static Path run = Path.of("");
    private Map<String, String> before = Map.of();

    @BeforeAll
    static void trainOnce() throws IOException {
        TinyModel.write(folder.resolve("tiny"));
        Files.writeString(folder.resolve("data.tsv"), DATA);
        run = folder.resolve("run");
        Run trained = Run.of(words("train --data {D}/data.tsv"));
        assertThat(trained.code()).as(trained.err()).isZero();
    }

    @BeforeEach
    void look() throws IOException {
        before = FolderBytes.of(folder);
    }

    @AfterEach
    void nothingIsLost() throws IOException {
        assertThat(FolderBytes.of(folder)).containsAllEntriesOf(before);
    }

    /** {@code {D}} is the folder, {@code ''} an empty word, {@code _} a blank within one. What train needs is added. */
    private static String[] words(String line) {
        List<String> words = new ArrayList<>();
        for (String word : line.split(" ")) {
            words.add(
                    word.equals("''")
                            ? ""
                            : word.replace("{D}", folder.toString()).replace('_', ' '));
        }
        String command = words.get(0);
        if ((command.equals("train") && !line.contains("--resume")) || command.equals("compare")) {
            addUnlessThere(words, "--model", folder.resolve("tiny").toString());
            addUnlessThere(words, "--out", run.toString());
            addUnlessThere(words, "--hidden-size", "4");
            addUnlessThere(words, "--threads", "1");
            addUnlessThere(words, "--epochs", "1");
        } else if (command.equals("predict") || command.equals("eval")) {
            addUnlessThere(words, "--model", run.toString());
        }
        return words.toArray(String[]::new);
    }

    private static void addUnlessThere(List<String> words, String option, String value) {
        if (!words.contains(option)) {
            words.addAll(1, List.of(option, value));
        }
    }

    private static void assertRefused(String line, int code, String message) {
        Run refused = Run.of(words(line));
        assertThat(refused.code()).as("%s: %s", line, refused.err()).isEqualTo(code);
        List<String> lines = refused.err()
                .lines()
                .filter(said -> !said.startsWith("retort: warning: "))
                .toList();
        assertThat(lines).as(line).hasSize(1);
        assertThat(lines.get(0).replace(folder.toString(), "{D}"))
                .as(line)
                .startsWith("retort: " + message)
                .doesNotContain("Exception");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            --learning-rate -1          | --learning-rate': expected a number of 0 or more, got '-1'
            --learning-rate x           | --learning-rate': expected a number of 0 or more, got 'x'
            --learning-rate ''          | --learning-rate': expected a number of 0 or more, got ''
            --learning-rate 1e999       | --learning-rate': expected a number of 0 or more, got '1e999'
            --head-learning-rate NaN    | --head-learning-rate': expected a number of 0 or more, got 'NaN'
            --layer-decay 0             | --layer-decay': expected a number in (0, 1], got '0'
            --layer-decay 1.01          | --layer-decay': expected a number in (0, 1], got '1.01'
            --weight-decay -0.1         | --weight-decay': expected a number of 0 or more, got '-0.1'
            --clip Infinity             | --clip': expected a number of 0 or more, got 'Infinity'
            --warmup 1                  | --warmup': expected a number in [0, 1), got '1'
            --dropout 1                 | --dropout': expected a number in [0, 1), got '1'
            --label-smoothing -0.1      | --label-smoothing': expected a number in [0, 1), got '-0.1'
            --dev-fraction 1            | --dev-fraction': expected a number in [0, 1), got '1'
            --epochs 0                  | --epochs': expected a positive whole number, got '0'
            --epochs 1.5                | --epochs': expected a positive whole number, got '1.5'
            --epochs 99999999999        | --epochs': expected a positive whole number, at most 2147483647, got '99999999999'
            --batch-size -2             | --batch-size': expected a positive whole number, got '-2'
            --accumulate 0              | --accumulate': expected a positive whole number, got '0'
            --threads 100000            | --threads': expected at most 1024 threads, got '100000'
            --max-tokens 2              | --max-tokens': expected a whole number of 3 or more, got '2'
            --hidden-size 2147483647    | --hidden-size': expected at most 65536, got '2147483647'
            --hidden-size -1            | --hidden-size': expected a whole number of 0 or more, got '-1'
            --patience -1               | --patience': expected a whole number of 0 or more, got '-1'
            --checkpoints x             | --checkpoints': expected a whole number of 0 or more, got 'x'
            --checkpoint-steps -1       | --checkpoint-steps': expected a whole number of 0 or more, got '-1'
            --seed x                    | --seed': expected a whole number, got 'x'
            --seed 99999999999999999999 | --seed': expected a whole number, at most 9223372036854775807, got '99999999999999999999'
            --optimizer sgd             | --optimizer': expected one of [adam, adamw], got 'sgd'
            --schedule square           | --schedule': expected one of [constant, linear, cosine], got 'square'
            --activation swish          | --activation': expected one of [
            --class-weights some        | --class-weights': expected one of [none, balanced], got 'some'
            --format xml                | --format': expected one of [tsv, csv, jsonl], got 'xml'
            --scenario ''               | --scenario': scenario: expected one of [heads-only, frozen-backbone, frozen-head, lower-layers, full, gradual], got ""
            --scenario lower-layers     | --scenario': scenario: expected a number, as in "lower-layers 3", got "lower-layers"
            --scenario full:3           | --scenario': scenario: full: takes nothing more, got "full:3"
            --text-column ''            | --text-column': expected a name, got ''
            --model ''                  | --model': expected a name, got ''
            --out ''                    | --out': expected a path, got ''
            --report ''                 | --report': expected a path, got ''
            --tasks my_topic=topic      | --tasks' (TASK[=COLUMN]): task: expected a name of letters, digits, _ and -, got "my topic"
            --tasks topic,,sentiment    | --tasks' (TASK[=COLUMN]): task: expected NAME or NAME=COLUMN, got =
            --task-weight topic         | --task-weight' (TASK=WEIGHT): expected TASK=WEIGHT, got 'topic'
            --task-weight =1            | --task-weight' (TASK=WEIGHT): expected TASK=WEIGHT, got '=1'
            --task-weight topic=-1      | --task-weight' (TASK=WEIGHT): expected a number of 0 or more, got '-1'
            """)
    void train_invalidValue_isAUsageErrorThatNamesOptionAndValue(String option, String message) {
        assertRefused("train --data {D}/data.tsv " + option, 2, "invalid value for option '" + message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            --data {D}/data.tsv --task-weight colour=1                  | --task-weight: unknown task colour: the data has topic, sentiment
            --data {D}/data.tsv --task-weight topic=1,topic=2           | --task-weight: task topic is given twice
            --data {D}/data.tsv --task-weight topic=0,sentiment=0       | --task-weight: 0 for every task: nothing would be learned
            --data {D}/data.tsv --tasks topic,topic                     | --tasks: topic or its column topic is named twice
            --data {D}/data.tsv --tasks a=topic,b=topic                 | --tasks: b or its column topic is named twice
            --data {D}/data.tsv --tasks topic --text-column topic       | --tasks: column topic holds the texts
            --data {D}/data.tsv --scenario lower-layers:9               | --scenario lower-layers 9: the model has 2 layers
            --data {D}/data.tsv --scenario frozen-head:colour           | --scenario frozen-head colour: unknown task: the data has topic, sentiment
            --data {D}/data.tsv --max-tokens 100                        | --max-tokens 100: the model has 16 positions
            --data {D}/data.tsv --patience 3 --dev-fraction 0           | --patience: needs a dev set
            --data {D}/data.tsv --checkpoints 0 --checkpoint-steps 2    | --checkpoint-steps: --checkpoints 0 keeps none
            --data {D}/data.tsv --dev {D}/data.tsv --dev-fraction 0.5   | --dev-fraction: nothing is held out where there is --dev
            --data {D}/data.tsv --epochs 1 --epochs 2                   | option '--epochs' (N) should be specified only once
            --data {D}/data.tsv more                                    | not expected: more
            --data {D}/data.tsv --epoch 3                               | unknown option: --epoch: did you mean --epochs
            --dev {D}/data.tsv                                          | --dev: needs --data
            --tasks topic                                               | --tasks, --text-column, --format and --dev-fraction: need --data
            """)
    void train_optionsThatDoNotFit_areUsageErrors(String options, String message) {
        assertRefused("train " + options, 2, message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            --data /no/such.tsv                                | /no/such.tsv: no such file
            --data {D}                                         | {D}: is a folder: give the name of a file
            --data /dev/null --format tsv                      | /dev/null: the file is empty
            --data {D}/data.tsv --dev /no/such.tsv             | /no/such.tsv: no such file
            --data {D}/data.tsv --tasks colour                 | {D}/data.tsv: no column colour: the header has text, topic, sentiment
            --data {D}/data.tsv --text-column body             | {D}/data.tsv: no column body: the header has text, topic, sentiment
            --data {D}/data.tsv --format csv                   | {D}/data.tsv: which column holds the texts: the header has text\\ttopic\\tsentiment: name it
            --data {D}/data.tsv --format jsonl                 | {D}/data.tsv:1: not JSON:
            --data {D}/data.tsv --dev-fraction 0.01            | {D}/data.tsv: --dev-fraction 0.01 of 6 rows is 0
            --data {D}/data.tsv --model /no/such               | /no/such: no such folder
            --data {D}/data.tsv --model {D}/data.tsv           | {D}/data.tsv: not a folder
            --data {D}/data.tsv --model {D}                    | {D}: not a model folder
            --data {D}/data.tsv --out {D}/data.tsv             | {D}/data.tsv: is not a folder: give another --out
            --data {D}/data.tsv --out {D}                      | {D}: is not empty and no run's folder
            --data {D}/data.tsv --out {D}/data.tsv/in          | {D}/data.tsv/in: no run can be written there:
            --data {D}/data.tsv --report /no/such/report.html  | --report /no/such/report.html: expected a file in a folder that exists
            --data {D}/data.tsv --report {D}                   | --report {D}: expected a file in a folder that exists
            --resume /no/such                                  | /no/such: no run to go on with: no such folder
            --resume {D}                                       | {D}: no run to go on with: no run.json in it
            --resume {D}/data.tsv                              | {D}/data.tsv: no run to go on with: not a folder
            --resume {D}/run                                   | {D}/run: the run is finished: its model is {D}/run/model
            """)
    void train_filesThatAreNotThere_areFailures(String options, String message) {
        assertRefused("train " + options, 1, message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            tsv   |                                        | {D}/odd.tsv: the file is empty: expected rows of text and labels
            tsv   | text#topic                             | {D}/odd.tsv: no rows
            tsv   | text                                   | {D}/odd.tsv: no column of labels beside text
            tsv   | text#topic~a#A~b                       | {D}/odd.tsv:3: expected 2 columns, found 1
            tsv   | text#topic~a#A~b#B#C                   | {D}/odd.tsv:3: expected 2 columns, found 3
            tsv   | text#topic~a#A~ #B                     | {D}/odd.tsv:3: empty text: column text
            tsv   | text#topic~a#A~b#A~c#A                 | {D}/odd.tsv: task topic: expected two labels at least, got [A]
            tsv   | text#topic~a#A                         | {D}/odd.tsv: --dev-fraction 0.2 of 1 rows is 0
            tsv   | text#my topic~a#A~b#B~c#A              | {D}/odd.tsv: task: expected a name of letters, digits, _ and -, got "my topic": choose the tasks with --tasks
            tsv   | text#topic#topic~a#A#B                 | {D}/odd.tsv: two columns named topic: rename one
            tsv   | words#topic~a#A                        | {D}/odd.tsv: which column holds the texts: the header has words, topic: name it
            tsv   | t@e@x@t@~a                             | {D}/odd.tsv: which column holds the texts: the header has t\\u0000e\\u0000x\\u0000t\\u0000: name it
            csv   | text,topic~"a,A~b,B                    | {D}/odd.csv:2: not CSV:
            csv   | text,topic~a,b,A                       | {D}/odd.csv:2: expected 2 columns, found 3: a cell that holds a comma is quoted
            jsonl | {"text":"a","topic":"A"}~{"text":"b"   | {D}/odd.jsonl:2: not JSON:
            jsonl | {"text":"a","topic":"A"}~["b"]         | {D}/odd.jsonl:2: expected a JSON object on each line, got start_array
            jsonl | {"text":"a","topic":"A"}~{"text":"b","topic":["B"]} | {D}/odd.jsonl:2: field topic: expected a string, got an array
            jsonl | {"text":"a","topic":"A"}~{"text":null,"topic":"B"}  | {D}/odd.jsonl:2: no text: column text
            txt   | text#topic~a#A                         | {D}/odd.txt: unknown format: expected .tsv, .csv, .jsonl or .ndjson
            """)
    void train_malformedData_saysFileLineAndWhat(String ending, String content, String message) throws IOException {
        Path odd = folder.resolve("odd." + ending);
        Files.writeString(
                odd,
                content == null
                        ? ""
                        : content.replace('#', '\t').replace('~', '\n').replace('@', '\0') + "\n");
        try {
            assertRefused("train --data " + odd, 1, message);
        } finally {
            Files.delete(odd);
        }
    }

    @Test
    void train_reportIntoAFolderThatCannotBeWritten_isRefusedBeforeTheRun() {
        assumeTrue(Files.isDirectory(Path.of("/proc/self")), "skipped: no /proc, which not even root can write");
        assertRefused(
                "train --data {D}/data.tsv --report /proc/self/report.html",
                1,
                "--report /proc/self/report.html: its folder cannot be written");
    }

    @Test
    void train_notUtf8_saysLineAndByte() throws IOException {
        Path odd = Files.write(
                folder.resolve("odd.tsv"), "text\ttopic\na\tA\nb\u00e9\tB\n".getBytes(StandardCharsets.ISO_8859_1));
        assertRefused("train --data " + odd, 1, "{D}/odd.tsv:3: not UTF-8: byte 0xE9 at offset 16");
        Files.write(odd, DATA.getBytes(StandardCharsets.UTF_16));
        assertRefused("train --data " + odd, 1, "{D}/odd.tsv:1: not UTF-8: byte 0xFE at offset 0");
        Files.delete(odd);
    }

    @Test
    void train_byteOrderMarkCarriageReturnsAndNul_areTaken() throws IOException {
        Path odd = Files.writeString(
                folder.resolve("odd.tsv"), "\ufefftext\ttopic\r\na cat\tA\r\na\0dog\tB\r\nthe road\tA\r\n");
        Run taken = Run.of(words("train --data " + odd + " --dev-fraction 0 --out {D}/odd-run"));
        assertThat(taken).extracting(Run::code, Run::err).containsExactly(0, "");
        assertThat(taken.out()).contains("topic: A 2, B 1");
        UnfinishedFolder.delete(folder.resolve("odd-run"));
        Files.delete(odd);
    }

    @Test
    void train_unknownLabelInDev_saysFileLineAndLabel() throws IOException {
        Path odd = Files.writeString(folder.resolve("odd.tsv"), "text\ttopic\na\tAnimal\nb\tPlant\n");
        assertRefused(
                "train --data {D}/data.tsv --dev " + odd,
                1,
                "{D}/odd.tsv:3: task topic: unknown label Plant: expected Animal, Place");
        Files.delete(odd);
    }

    @Test
    void warnings_areOneLineEachWhateverIsInTheText() throws IOException {
        Path odd = Files.writeString(
                folder.resolve("odd.csv"),
                "text,topic\n\"a\n\u001b[31mcat\",A\na dog,B\n\"a\n\u001b[31mcat\",B\nthe road,A\n");
        Run run = Run.of(words("train --data " + odd + " --dev-fraction 0 --out {D}/odd-run"));
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isNotEmpty().doesNotContain("\u001b").contains("a \\u001b[31mcat");
        assertThat(run.err().lines()).allMatch(line -> line.startsWith("retort: warning: "));
        UnfinishedFolder.delete(folder.resolve("odd-run"));
        Files.delete(odd);
    }

    /** Sums of such sizes would overflow. */
    @Test
    void train_absurdlyLargeBatch_isOneOfAllRows() throws IOException {
        Run taken = Run.of(words("train --data {D}/data.tsv --batch-size 2147483647 --accumulate 2147483647"
                + " --epochs 2 --out {D}/odd-run"));
        assertThat(taken.code()).as(taken.err()).isZero();
        assertThat(Files.readString(folder.resolve("odd-run/metrics.jsonl")))
                .contains("\"totalSteps\":2,")
                .contains("\"event\":\"step\",\"step\":2,");
        UnfinishedFolder.delete(folder.resolve("odd-run"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            2 | predict --threads 0 x                          | invalid value for option '--threads': expected a positive whole number, got '0'
            2 | predict --format xml x                         | invalid value for option '--format': expected one of [jsonl, csv], got 'xml'
            2 | predict --compute f16 x                        | invalid value for option '--compute': expected one of [f32, bf16, int8], got 'f16'
            2 | predict --model '' x                           | invalid value for option '--model': expected a name, got ''
            2 | predict --input ''                             | invalid value for option '--input': expected a name, got ''
            2 | predict --input {D}/data.tsv x                 | texts are given twice
            2 | predict --field text --input-format lines      | --field: lines have no fields
            1 | predict --model /no/such x                     | /no/such: no such folder
            1 | predict --model {D}/data.tsv x                 | {D}/data.tsv: not a folder
            1 | predict --model {D}/tiny x                     | {D}/tiny: has no heads
            1 | predict --input /no/such                       | /no/such: no such file
            1 | predict --input {D}                            | {D}: is a folder
            1 | predict --input {D}/data.tsv                   | {D}/data.tsv: which column holds the texts: the header has text, topic, sentiment
            1 | predict --input {D}/data.tsv --field body      | {D}/data.tsv: no column body
            2 | eval                                           | no data: give --data FILE
            2 | eval --data ''                                 | invalid value for option '--data': expected a path, got ''
            2 | eval --data {D}/data.tsv --format x            | invalid value for option '--format': expected one of [tsv, csv, jsonl], got 'x'
            2 | eval --data {D}/data.tsv --tasks colour        | --tasks: unknown task colour: expected topic, sentiment
            2 | eval --data {D}/data.tsv --tasks topic,topic   | --tasks: topic or its column topic is named twice
            2 | eval --data {D}/data.tsv --threads x           | invalid value for option '--threads': expected a positive whole number, got 'x'
            2 | eval --data {D}/data.tsv more                  | unknown command: more
            1 | eval --data /no/such.tsv                       | /no/such.tsv: no such file
            1 | eval --data {D}                                | {D}: is a folder
            1 | eval --data {D}/data.tsv --tasks topic=colour  | {D}/data.tsv: no column colour
            1 | eval --data {D}/data.tsv --tasks topic=sentiment | {D}/data.tsv:2: task topic: unknown label Good: expected Animal, Place
            1 | eval --data {D}/data.tsv --model {D}/tiny      | {D}/tiny: has no heads
            2 | compare --scenarios half                       | invalid value for option '--scenarios' (NAME): scenario: expected one of
            2 | compare --scenarios full,full                  | --scenarios: one is named twice: [full, full]
            2 | compare --epochs 0                             | invalid value for option '--epochs': expected a positive whole number, got '0'
            2 | compare --data {D}/data.tsv --scenarios heads-only,lower-layers:9      | --scenario lower-layers 9: the model has 2 layers
            2 | compare --data {D}/data.tsv --scenarios heads-only,frozen-head:colour  | --scenario frozen-head colour: unknown task
            2 | compare --data {D}/data.tsv --scenarios full --task-weight colour=2    | --task-weight: unknown task colour
            2 | compare --data {D}/data.tsv --scenarios full --max-tokens 100          | --max-tokens 100: the model has 16 positions
            1 | compare --data {D}/data.tsv --scenarios full --out {D}/data.tsv        | {D}/data.tsv
            1 | compare --data /no/such.tsv --scenarios full                           | /no/such.tsv: no such file
            1 | compare --data {D}/data.tsv --scenarios full --model /no/such          | /no/such: no such folder
            """)
    void otherCommands_badOptionsAndFiles_areOneLine(int code, String line, String message) {
        assertRefused(line, code, message);
    }

    @Test
    void predict_damagedHeads_saysWhichFile() throws IOException {
        Path copy = folder.resolve("copy");
        for (String name : FolderBytes.of(run.resolve("model")).keySet()) {
            Path target = copy.resolve(name);
            Files.createDirectories(target.getParent());
            Files.copy(run.resolve("model").resolve(name), target);
        }
        Path weights = copy.resolve("heads.safetensors");
        byte[] whole = Files.readAllBytes(weights);
        Files.write(weights, Arrays.copyOf(whole, whole.length - 1));
        assertRefused("predict --model {D}/copy x", 1, "heads.safetensors: is not the file that heads.json describes");
        Files.write(weights, whole);
        Path description = copy.resolve("heads.json");
        String said = Files.readString(description);
        Files.writeString(description, said.replaceFirst("\"embedding_size\" : 12", "\"embedding_size\" : 13"));
        assertRefused(
                "predict --model {D}/copy x", 1, "heads.json: embedding_size: the model's sentence vectors have 12");
        Files.writeString(description, "{");
        assertRefused("predict --model {D}/copy x", 1, "heads.json: ");
        Files.delete(description);
        assertRefused("predict --model {D}/copy x", 1, "{D}/copy: has no heads");
        UnfinishedFolder.delete(copy);
    }
}
