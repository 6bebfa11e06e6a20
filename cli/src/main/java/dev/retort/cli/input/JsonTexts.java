package dev.retort.cli.input;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A field of a JSON object a line, or a JSON string a line. */
final class JsonTexts implements TextSource {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Utf8Reader reader;
    private final Lines lines;
    private final @Nullable String field;

    JsonTexts(InputStream in, String name, @Nullable String field) {
        this.reader = new Utf8Reader(in, name);
        this.lines = new Lines(reader, name);
        this.field = field;
    }

    @Override
    public @Nullable PlacedText next() throws IOException {
        String line = lines.next();
        while (line != null && line.isBlank()) {
            line = lines.next();
        }
        return line == null ? null : new PlacedText(text(parsed(line)), lines.place());
    }

    private JsonNode parsed(String line) throws MalformedTextException {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new MalformedTextException(
                    lines.place() + ": not JSON: " + e.getOriginalMessage() + ": expected a JSON value on each line",
                    e);
        }
    }

    private String text(JsonNode value) throws MalformedTextException {
        if (field == null) {
            if (!value.isTextual()) {
                throw new MalformedTextException(lines.place() + ": expected a JSON string, got " + typeOf(value)
                        + ": choose a field with --field");
            }
            return value.textValue();
        }
        if (!value.isObject()) {
            throw new MalformedTextException(
                    lines.place() + ": expected a JSON object with a field " + field + ", got " + typeOf(value));
        }
        JsonNode text = value.get(field);
        if (text == null) {
            List<String> names = new ArrayList<>();
            value.fieldNames().forEachRemaining(names::add);
            throw new MalformedTextException(
                    lines.place() + ": no field " + field + ": the object has " + String.join(", ", names));
        }
        if (!text.isTextual()) {
            throw new MalformedTextException(
                    lines.place() + ": field " + field + ": expected a string, got " + typeOf(text));
        }
        return text.textValue();
    }

    private static String typeOf(JsonNode value) {
        return value.getNodeType().name().toLowerCase(Locale.ROOT);
    }

    @Override
    public boolean ready() throws IOException {
        return reader.ready();
    }

    @Override
    public long position() {
        return reader.position();
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
