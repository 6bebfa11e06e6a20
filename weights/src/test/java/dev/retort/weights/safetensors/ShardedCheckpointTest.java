package dev.retort.weights.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.retort.core.SharedFolder;
import dev.retort.weights.safetensors.MalformedCheckpointException.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShardedCheckpointTest {

    private static final String INDEX = "model.safetensors.index.json";

    @TempDir
    Path folder;

    private void shard(String file, String... names) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter().metadata("shard", file);
        for (String name : names) {
            writer.floats(name, new float[] {name.charAt(0), Float.POSITIVE_INFINITY}, 2);
        }
        writer.write(folder.resolve(file));
    }

    private Path index(String json) throws IOException {
        return Files.writeString(folder.resolve(INDEX), json);
    }

    private void assertRefused(Path index, Rule rule, String message) {
        MalformedCheckpointException refusal =
                catchThrowableOfType(MalformedCheckpointException.class, () -> ShardedCheckpoint.open(index));
        assertThat(refusal).as("nothing refused").isNotNull();
        assertThat(refusal).hasMessage(INDEX + ": " + message);
        assertThat(refusal.rule()).isEqualTo(Optional.of(rule));
    }

    @Test
    void open_twoShards_areOneSetOfTensors() throws IOException {
        shard("b.safetensors", "c", "a");
        shard("a.safetensors", "b", "unmapped");
        Path index = index("""
                {"metadata":{"total_size":24,"nested":[{"x":null}]},"other":[1.5,true],
                 "weight_map":{"a":"b.safetensors","b":"a.safetensors","c":"b.safetensors"}}""");

        ShardedCheckpoint checkpoint = ShardedCheckpoint.open(index);

        assertThat(checkpoint.path()).isEqualTo(index);
        assertThat(checkpoint.tensors()).extracting(TensorEntry::name).containsExactly("b", "a", "c");
        assertThat(checkpoint.unmappedNames()).containsExactly("unmapped");
        assertThat(checkpoint.metadata()).isEqualTo(Map.of("format", "pt", "shard", "a.safetensors"));
        assertThat(checkpoint.tensor("unmapped")).isEmpty();
        assertThat(checkpoint).hasToString("ShardedCheckpoint[model.safetensors.index.json, 2 shards, 3 tensors]");
        for (TensorEntry tensor : checkpoint.tensors()) {
            assertThat(checkpoint.tensor(tensor.name())).contains(tensor);
            float[] floats = new float[1];
            double[] doubles = new double[1];
            checkpoint.readFloats(tensor, 0, floats, 0, 1);
            checkpoint.readDoubles(tensor, 0, doubles, 0, 1);
            assertThat(floats).containsExactly(tensor.name().charAt(0));
            assertThat(doubles).containsExactly(tensor.name().charAt(0));
            assertThat(checkpoint.slice(tensor, 0, 4).getFloat()).isEqualTo(floats[0]);
            assertThat(checkpoint.firstNonFinite(tensor)).hasValue(1);
            assertThatThrownBy(() -> checkpoint.readLongs(tensor, 0, new long[1], 0, 1))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        TensorEntry unmapped = new TensorEntry("unmapped", DType.F32, new long[] {2}, 8, 16);
        assertThatThrownBy(() -> checkpoint.readFloats(unmapped, 0, new float[1], 0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("model.safetensors.index.json: no such tensor: unmapped F32 [2] at 8..16");

        checkpoint.close();

        assertThatThrownBy(() -> checkpoint.readFloats(checkpoint.tensors().get(0), 0, new float[1], 0, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a.safetensors: read after close");
    }

    @Test
    void open_missingShard_isNamed() throws IOException {
        shard("a.safetensors", "a");

        assertRefused(
                index("{\"weight_map\":{\"a\":\"a.safetensors\",\"b\":\"b.safetensors\"}}"),
                Rule.MISSING_SHARD,
                "shard is missing: b.safetensors, expected beside the index");
    }

    @Test
    void open_tensorNotInItsShard_isRefused() throws IOException {
        shard("a.safetensors", "a");
        shard("b.safetensors", "b");

        assertRefused(
                index("{\"weight_map\":{\"a\":\"b.safetensors\",\"b\":\"b.safetensors\"}}"),
                Rule.TENSOR_NOT_FOUND,
                "tensor a: is not in its shard: b.safetensors");
    }

    @Test
    void open_tensorInTwoShards_isRefused() throws IOException {
        shard("a.safetensors", "a", "b");
        shard("b.safetensors", "b");

        assertRefused(
                index("{\"weight_map\":{\"a\":\"a.safetensors\",\"b\":\"b.safetensors\"}}"),
                Rule.DUPLICATE_NAME,
                "tensor b: lies in two shards: a.safetensors and b.safetensors");
    }

    @Test
    void open_malformedShard_isRefusedUnderItsName() throws IOException {
        Files.write(folder.resolve("a.safetensors"), new byte[5]);

        assertThatThrownBy(() -> ShardedCheckpoint.open(index("{\"weight_map\":{\"a\":\"a.safetensors\"}}")))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageStartingWith("a.safetensors: file ends inside the 8 bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "/etc/passwd", "../a", "a/b", "a/", "a\\\\b", "C:a", "a\\u0000b", "a\\nb"})
    void open_fileNameThatLeavesTheFolder_isRefused(String file) throws IOException {
        Path index = index("{\"weight_map\":{\"t\":\"" + file + "\"}}");

        assertThatThrownBy(() -> ShardedCheckpoint.open(index))
                .isInstanceOfSatisfying(
                        MalformedCheckpointException.class,
                        e -> assertThat(e.rule()).contains(Rule.INVALID_INDEX))
                .hasMessageStartingWith(INDEX + ": weight_map: t: expected a file name without a folder, got ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[]|index: expected an object, got an array",
                "{}|weight_map is missing",
                "{\"weight_map\":[]}|weight_map: expected an object, got an array",
                "{\"weight_map\":{\"a\":1}}|weight_map: a: expected a file name, got an integer",
                "{\"weight_map\":{}} 1|expected only white space behind the object, got an integer"
            })
    void open_otherJson_isRefused(String json, String message) throws IOException {
        assertRefused(index(json), Rule.INVALID_INDEX, message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{\"weight_map\":{\"a\"", "{\"weight_map\":{},}", "\ufeff{\"weight_map\":{}}"})
    void open_brokenJson_isRefused(String json) throws IOException {
        Path index = index(json);

        assertThatThrownBy(() -> ShardedCheckpoint.open(index))
                .isInstanceOfSatisfying(
                        MalformedCheckpointException.class,
                        e -> assertThat(e.rule()).contains(Rule.INVALID_INDEX))
                .hasMessageStartingWith(INDEX + ": ");
    }

    @Test
    void open_deepOrNotUtf8_isRefused() throws IOException {
        Path deep = index("{\"metadata\":" + "[".repeat(100_000));
        assertThatThrownBy(() -> ShardedCheckpoint.open(deep)).isInstanceOf(MalformedCheckpointException.class);

        Path notUtf8 = Files.write(folder.resolve(INDEX), new byte[] {'{', (byte) 0xff});
        assertRefused(notUtf8, Rule.INVALID_INDEX, "is not UTF-8: at byte 1");
    }

    @Test
    void open_duplicates_areRefused() throws IOException {
        assertRefused(
                index("{\"weight_map\":{\"a\":\"x\",\"a\":\"x\"}}"), Rule.DUPLICATE_NAME, "weight_map: a: given twice");
        assertRefused(index("{\"weight_map\":{},\"weight_map\":{}}"), Rule.DUPLICATE_NAME, "weight_map: given twice");
    }

    @Test
    void open_fixtureOfThreeShards_readsEveryTensor() throws IOException {
        Path variants = SharedFolder.require("fixtures/tiny-distilbert-variants");
        Path sharded;
        try (var files = Files.walk(variants)) {
            sharded = files.filter(path -> path.endsWith(INDEX)).findFirst().orElseThrow();
        }
        try (ShardedCheckpoint checkpoint = ShardedCheckpoint.open(sharded)) {
            assertThat(checkpoint.unmappedNames()).isEmpty();
            assertThat(checkpoint.tensors()).hasSizeGreaterThan(30);
            for (TensorEntry tensor : checkpoint.tensors()) {
                assertThat(checkpoint.firstNonFinite(tensor)).isEmpty();
            }
        }
    }
}
