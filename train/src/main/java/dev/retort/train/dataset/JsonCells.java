package dev.retort.train.dataset;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Fields of a JSON object: strings, and numbers and booleans as they are spelled. */
record JsonCells(List<String> wanted) implements Cells {

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private interface FieldReader {
        void read(String field, JsonParser value) throws IOException;
    }

    /** The fields that can be cells: those with a single value. */
    static List<String> fields(String row, String place) throws MalformedDatasetException {
        List<String> fields = new ArrayList<>();
        parse(row, place, (field, value) -> {
            if (value.currentToken().isScalarValue()) {
                fields.add(field);
            }
        });
        return fields;
    }

    @Override
    public @Nullable String[] of(String row, String place) throws MalformedDatasetException {
        @Nullable String[] cells = new String[wanted.size()];
        parse(row, place, (field, value) -> {
            int i = wanted.indexOf(field);
            if (i < 0) {
                return;
            }
            if (!value.currentToken().isScalarValue()) {
                throw new MalformedDatasetException(place + ": field " + field + ": expected a string, got "
                        + (value.currentToken() == JsonToken.START_ARRAY ? "an array" : "an object"));
            }
            cells[i] = value.currentToken() == JsonToken.VALUE_NULL ? null : value.getText();
        });
        return cells;
    }

    private static void parse(String row, String place, FieldReader reader) throws MalformedDatasetException {
        try (JsonParser parser = JSON.createParser(row)) {
            JsonToken first = parser.nextToken();
            if (first != JsonToken.START_OBJECT) {
                throw new MalformedDatasetException(place + ": expected a JSON object on each line, got "
                        + (first == null ? "nothing" : first.name().toLowerCase(Locale.ROOT)));
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                parser.nextToken();
                reader.read(field, parser);
                parser.skipChildren();
            }
            if (parser.nextToken() != null) {
                throw new MalformedDatasetException(
                        place + ": more than one JSON value: expected an object on each line");
            }
        } catch (JsonProcessingException e) {
            throw new MalformedDatasetException(
                    place + ": not JSON: " + e.getOriginalMessage() + ": expected an object on each line", e);
        } catch (MalformedDatasetException e) {
            throw e;
        } catch (IOException e) {
            throw new UncheckedIOException(e); // reading from a string does not fail
        }
    }
}
