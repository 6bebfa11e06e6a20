package dev.retort.weights;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonFileTest {

    @Test
    void parse_corruptJson_saysWhere() {
        assertThatThrownBy(() -> parse("{\n \"dim\": 36,\n \"n_heads\" 3\n}"))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageStartingWith("config.json: not valid JSON: line 3, column ");
        assertThatThrownBy(() -> parse("")).hasMessage("config.json: expected a JSON object, got nothing");
        assertThatThrownBy(() -> parse("[1]")).hasMessage("config.json: expected a JSON object, got [1]");
        assertThatThrownBy(() -> parse("{} {}")).hasMessageStartingWith("config.json: not valid JSON");
        assertThatThrownBy(() -> parse("{\"a\": \"\u0001\"}")).hasMessageStartingWith("config.json: not valid JSON");
    }

    @Test
    void requireInt_otherType_namesKeyAndValue() throws IOException {
        JsonFile file = parse("{\"a\": \"wide\", \"b\": 1.5, \"c\": true, \"d\": 3000000000, \"e\": null, \"f\": 0}");
        assertThatThrownBy(() -> file.requireInt("a")).hasMessage("config.json: a: expected an integer, got \"wide\"");
        assertThatThrownBy(() -> file.requireInt("b")).hasMessage("config.json: b: expected an integer, got 1.5");
        assertThatThrownBy(() -> file.requireInt("c")).hasMessage("config.json: c: expected an integer, got true");
        assertThatThrownBy(() -> file.requireInt("d"))
                .hasMessage("config.json: d: expected an integer, got 3000000000");
        assertThatThrownBy(() -> file.requireInt("e", "other"))
                .hasMessage("config.json: e: missing, also known as other");
        assertThatThrownBy(() -> file.requireSize("f"))
                .hasMessage("config.json: f: expected a positive integer, got 0");
        assertThat(file.requireInt("e", "f")).isZero();
    }

    @Test
    void findDouble_notFinite_namesKeyAndValue() throws IOException {
        JsonFile file = parse("{\"a\": NaN, \"b\": 1e999, \"c\": \"1\", \"d\": 2}");
        assertThatThrownBy(() -> file.findDouble(0, "a"))
                .hasMessageStartingWith("config.json: a: expected a finite number, got ");
        assertThatThrownBy(() -> file.findDouble(0, "b"))
                .hasMessageStartingWith("config.json: b: expected a finite number, got ");
        assertThatThrownBy(() -> file.findDouble(0, "c"))
                .hasMessage("config.json: c: expected a finite number, got \"1\"");
        assertThat(file.findDouble(0, "d")).isEqualTo(2);
        assertThat(file.findDouble(0.5, "absent")).isEqualTo(0.5);
    }

    @Test
    void findLimit_thirtyDigits_isNoLimit() throws IOException {
        JsonFile file = parse("{\"model_max_length\": 1000000000000000019884624838656, \"float\": 1e30}");
        assertThat(file.findLimit("model_max_length")).isEqualTo(Integer.MAX_VALUE);
        assertThat(file.findLimit("float")).isEqualTo(Integer.MAX_VALUE);
        assertThat(file.findLimit("absent")).isNull();
    }

    @Test
    void findTextMap_notTexts_namesTheInnerKey() throws IOException {
        JsonFile file = parse("{\"prompts\": {\"query\": 1}, \"flag\": \"yes\", \"list\": [\"a\", 2]}");
        assertThatThrownBy(() -> file.findTextMap("prompts"))
                .hasMessage("config.json: prompts: query: expected a text, got 1");
        assertThatThrownBy(() -> file.findBoolean("flag", true))
                .hasMessage("config.json: flag: expected true or false, got \"yes\"");
        assertThatThrownBy(() -> file.findTexts("list")).hasMessage("config.json: list: expected a text, got 2");
        assertThatThrownBy(() -> file.findObject("flag"))
                .hasMessage("config.json: flag: expected an object, got \"yes\"");
    }

    @Test
    void read_absentOrForbidden_saysWhich(@TempDir Path folder) throws IOException {
        assertThatThrownBy(() -> JsonFile.read(folder.resolve("config.json"), "config.json"))
                .isInstanceOf(IOException.class)
                .hasMessage("config.json: no such file: " + folder.resolve("config.json"));
        Path file = Files.writeString(folder.resolve("config.json"), "{}");
        Permissions.forbidReading(file);
        assertThatThrownBy(() -> JsonFile.read(file, "config.json"))
                .hasMessage("config.json: cannot be read, permission denied: " + file);
    }

    private static JsonFile parse(String json) throws MalformedCheckpointException {
        return JsonFile.parse(json.getBytes(UTF_8), "config.json");
    }
}
