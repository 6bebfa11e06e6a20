package dev.retort.cli.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import dev.retort.inference.Classification;
import dev.retort.inference.Prediction;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/** Writes a row for each text's answers. */
public interface ClassificationWriter {

    /**
     * @param index of the text, from 0
     * @param answers to all tasks
     * @throws IOException if a probability is no number, which JSON cannot say
     */
    void write(long index, Classification answers) throws IOException;

    /** Hands on what was written. */
    void flush() throws IOException;

    /**
     * A writer.
     *
     * @param labels the classes of each task, in order
     */
    static ClassificationWriter of(ClassificationFormat format, OutputStream out, Map<String, List<String>> labels)
            throws IOException {
        return format == ClassificationFormat.JSONL ? new JsonAnswers(out) : new CsvAnswers(out, labels);
    }

    /** A JSON object a line. */
    final class JsonAnswers implements ClassificationWriter {

        private final JsonGenerator json;

        private JsonAnswers(OutputStream out) throws IOException {
            this.json = new JsonFactory().createGenerator(new OutputStreamWriter(out, StandardCharsets.UTF_8));
            this.json.setPrettyPrinter(new MinimalPrettyPrinter(""));
        }

        @Override
        public void write(long index, Classification answers) throws IOException {
            for (Map.Entry<String, Prediction> task : answers.predictions().entrySet()) {
                if (!Double.isFinite(task.getValue().probability())) {
                    throw new IOException("text " + index + ": " + task.getKey() + ": its probability is "
                            + task.getValue().probability()
                            + ": look at the model's weights with retort inspect");
                }
            }
            json.writeStartObject();
            json.writeNumberField("index", index);
            for (Map.Entry<String, Prediction> task : answers.predictions().entrySet()) {
                json.writeObjectFieldStart(task.getKey());
                json.writeStringField("label", task.getValue().label());
                json.writeObjectFieldStart("probabilities");
                for (Map.Entry<String, Double> label :
                        task.getValue().probabilities().entrySet()) {
                    json.writeNumberField(label.getKey(), label.getValue().floatValue());
                }
                json.writeEndObject();
                json.writeEndObject();
            }
            json.writeEndObject();
            json.writeRaw('\n');
        }

        @Override
        public void flush() throws IOException {
            json.flush();
        }
    }

    /** RFC 4180. */
    final class CsvAnswers implements ClassificationWriter {

        private final CSVPrinter rows;

        private CsvAnswers(OutputStream out, Map<String, List<String>> labels) throws IOException {
            this.rows = new CSVPrinter(
                    new OutputStreamWriter(out, StandardCharsets.UTF_8),
                    CSVFormat.RFC4180.builder().setRecordSeparator('\n').get());
            List<String> header = new ArrayList<>();
            header.add("index");
            labels.forEach((task, names) -> {
                header.add(task);
                names.forEach(name -> header.add(task + ":" + name));
            });
            rows.printRecord(header);
        }

        @Override
        public void write(long index, Classification answers) throws IOException {
            List<Object> cells = new ArrayList<>();
            cells.add(index);
            for (Prediction task : answers.predictions().values()) {
                cells.add(task.label());
                task.probabilities().values().forEach(probability -> cells.add(probability.floatValue()));
            }
            rows.printRecord(cells);
        }

        @Override
        public void flush() throws IOException {
            rows.flush();
        }
    }
}
