package dev.retort.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object of a model folder, read key by key. Every complaint names the file and the key:
 * {@code config.json: dim: expected an integer, got "wide"}.
 *
 * <p>A key that is null counts as absent, as in Python's {@code config.get(key)}. Where several keys are given, they are other names of
 * one setting and the first that is present counts.
 */
public final class JsonFile {

    /** Far above any file of settings; a larger one is not one. */
    private static final long MAX_BYTES = 64L << 20;

    private final String name;
    private final JsonNode object;

    private JsonFile(String name, JsonNode object) {
        this.name = name;
        this.object = object;
    }

    /**
     * Reads a file.
     *
     * @param name what messages call it: the path from the model folder
     * @throws MalformedCheckpointException if it is not one JSON object, with line and column
     * @throws IOException if it is absent or cannot be read
     */
    public static JsonFile read(Path file, String name) throws IOException {
        return of(name, parse(name, bytes(file, name)));
    }

    /** As {@link #read}, for a file whose outermost value is an array of objects. */
    public static List<JsonFile> readArray(Path file, String name) throws IOException {
        JsonNode array = parse(name, bytes(file, name));
        if (!array.isArray()) {
            throw new MalformedCheckpointException(name, "expected a JSON array, got " + describe(array));
        }
        List<JsonFile> elements = new ArrayList<>();
        for (JsonNode element : array) {
            elements.add(of(name + ": entry " + elements.size(), element));
        }
        return List.copyOf(elements);
    }

    /** As {@link #read}, from memory. */
    public static JsonFile parse(byte[] json, String name) throws MalformedCheckpointException {
        return of(name, parse(name, json));
    }

    private static JsonFile of(String name, JsonNode value) throws MalformedCheckpointException {
        if (!value.isObject()) {
            throw new MalformedCheckpointException(name, "expected a JSON object, got " + describe(value));
        }
        return new JsonFile(name, value);
    }

    private static byte[] bytes(Path file, String name) throws IOException {
        try {
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw new MalformedCheckpointException(
                        name, "too large for a file of settings: " + size + " bytes, at most " + MAX_BYTES);
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new IOException(name + ": no such file: " + file, e);
        } catch (AccessDeniedException e) {
            throw new IOException(name + ": cannot be read, permission denied: " + file, e);
        }
    }

    private static JsonNode parse(String name, byte[] json) throws MalformedCheckpointException {
        try {
            return JsonTree.read(json);
        } catch (JsonProcessingException e) {
            String place = e.getLocation() == null
                    ? ""
                    : ": line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr();
            String problem = e.getOriginalMessage().lines().findFirst().orElse("");
            throw new MalformedCheckpointException(name, "not valid JSON" + place + ": " + problem);
        } catch (IOException e) {
            throw new MalformedCheckpointException(name, "not valid JSON: " + e.getMessage());
        }
    }

    /** What messages call it. */
    public String name() {
        return name;
    }

    /** All keys, in the file's order. */
    public Set<String> keys() {
        Set<String> keys = new LinkedHashSet<>();
        object.fieldNames().forEachRemaining(keys::add);
        return keys;
    }

    /** Whether the key is there and not null. */
    public boolean has(String key) {
        return object.hasNonNull(key);
    }

    /** The integer under the first of these names that is present. */
    public int requireInt(String... keys) throws MalformedCheckpointException {
        String key = present(keys);
        return toInt(key, require(key, keys));
    }

    /** The positive integer under the first of these names that is present. */
    public int requireSize(String... keys) throws MalformedCheckpointException {
        String key = present(keys);
        int size = requireInt(keys);
        if (size < 1) {
            throw new MalformedCheckpointException(name, key + ": expected a positive integer, got " + size);
        }
        return size;
    }

    /** The integer under the key, or null. */
    public @Nullable Integer findInt(String key) throws MalformedCheckpointException {
        JsonNode value = find(key);
        return value == null ? null : Integer.valueOf(toInt(key, value));
    }

    /**
     * The number under the key as an integer, or null; one beyond the range of int becomes {@link Integer#MAX_VALUE}. For limits, where
     * transformers writes 10³⁰ for "none".
     */
    public @Nullable Integer findLimit(String key) throws MalformedCheckpointException {
        JsonNode value = find(key);
        if (value != null && value.isNumber() && value.doubleValue() > Integer.MAX_VALUE) {
            return Integer.MAX_VALUE;
        }
        return value == null ? null : Integer.valueOf(toInt(key, value));
    }

    /** The number under the first of these names that is present, or {@code otherwise}. */
    public double findDouble(double otherwise, String... keys) throws MalformedCheckpointException {
        String key = present(keys);
        JsonNode value = find(key);
        if (value == null) {
            return otherwise;
        }
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            throw wrong(key, "expected a finite number", value);
        }
        return value.doubleValue();
    }

    /** The truth value under the key, or {@code otherwise}. */
    public boolean findBoolean(String key, boolean otherwise) throws MalformedCheckpointException {
        JsonNode value = find(key);
        if (value == null) {
            return otherwise;
        }
        if (!value.isBoolean()) {
            throw wrong(key, "expected true or false", value);
        }
        return value.booleanValue();
    }

    /** The text under the first of these names that is present. */
    public String requireText(String... keys) throws MalformedCheckpointException {
        String key = present(keys);
        return toText(key, require(key, keys));
    }

    /** The text under the key, or null. */
    public @Nullable String findText(String key) throws MalformedCheckpointException {
        JsonNode value = find(key);
        return value == null ? null : toText(key, value);
    }

    /** The text under the key as a list of one, or the list of texts, or null. */
    public @Nullable List<String> findTexts(String key) throws MalformedCheckpointException {
        JsonNode value = find(key);
        if (value == null) {
            return null;
        }
        if (!value.isArray()) {
            return List.of(toText(key, value));
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode element : value) {
            texts.add(toText(key, element));
        }
        return List.copyOf(texts);
    }

    /** The texts of the object under the key, in its order; empty if absent. */
    public Map<String, String> findTextMap(String key) throws MalformedCheckpointException {
        Map<String, String> texts = new LinkedHashMap<>();
        JsonFile inner = findObject(key);
        if (inner != null) {
            for (Map.Entry<String, JsonNode> property : inner.object.properties()) {
                texts.put(property.getKey(), inner.toText(property.getKey(), property.getValue()));
            }
        }
        return texts;
    }

    /** The object under the key, or null. */
    public @Nullable JsonFile findObject(String key) throws MalformedCheckpointException {
        JsonNode value = find(key);
        if (value == null) {
            return null;
        }
        if (!value.isObject()) {
            throw wrong(key, "expected an object", value);
        }
        return new JsonFile(name + ": " + key, value);
    }

    /** The objects of the array under the key. */
    public List<JsonFile> requireObjects(String key) throws MalformedCheckpointException {
        JsonNode value = require(key, key);
        if (!value.isArray()) {
            throw wrong(key, "expected an array of objects", value);
        }
        List<JsonFile> elements = new ArrayList<>();
        for (JsonNode element : value) {
            elements.add(of(name + ": " + key + " " + elements.size(), element));
        }
        return List.copyOf(elements);
    }

    /** Refuses a key that is not one of these: of a format that is ours, a key that is not known means something. */
    public void requireNoOthers(Set<String> known) throws MalformedCheckpointException {
        List<String> others =
                keys().stream().filter(key -> !known.contains(key)).toList();
        if (!others.isEmpty()) {
            throw new MalformedCheckpointException(
                    name, "unknown keys: " + others + ", known are " + new TreeSet<>(known));
        }
    }

    private String present(String... keys) {
        for (String key : keys) {
            if (has(key)) {
                return key;
            }
        }
        return keys[0];
    }

    private @Nullable JsonNode find(String key) {
        return has(key) ? object.get(key) : null;
    }

    private JsonNode require(String key, String... keys) throws MalformedCheckpointException {
        JsonNode value = find(key);
        if (value == null) {
            String others = keys.length == 1
                    ? ""
                    : ", also known as " + String.join(", ", List.of(keys).subList(1, keys.length));
            throw new MalformedCheckpointException(name, key + ": missing" + others);
        }
        return value;
    }

    private int toInt(String key, JsonNode value) throws MalformedCheckpointException {
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw wrong(key, "expected an integer", value);
        }
        return value.intValue();
    }

    private String toText(String key, JsonNode value) throws MalformedCheckpointException {
        if (!value.isTextual()) {
            throw wrong(key, "expected a text", value);
        }
        return value.textValue();
    }

    private MalformedCheckpointException wrong(String key, String expected, JsonNode value) {
        return new MalformedCheckpointException(name, key + ": " + expected + ", got " + describe(value));
    }

    private static String describe(JsonNode value) {
        if (value.isMissingNode()) {
            return "nothing";
        }
        String text = value.toString();
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }
}
