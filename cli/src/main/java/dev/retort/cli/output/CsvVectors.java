package dev.retort.cli.output;

import dev.retort.inference.Embedding;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/** A row a vector, a column a dimension; RFC 4180 but for lines that end in LF. */
final class CsvVectors implements VectorWriter {

    private final CSVPrinter rows;
    private final boolean withText;

    CsvVectors(OutputStream out, boolean withText, int width) throws IOException {
        this.rows = new CSVPrinter(
                new OutputStreamWriter(out, StandardCharsets.UTF_8),
                CSVFormat.RFC4180.builder().setRecordSeparator('\n').get());
        this.withText = withText;
        List<String> header = new ArrayList<>();
        header.add("index");
        if (withText) {
            header.add("text");
        }
        header.add("tokens");
        header.add("truncated");
        for (int e = 0; e < width; e++) {
            header.add("e" + e);
        }
        rows.printRecord(header);
    }

    @Override
    public void write(long index, String text, Embedding embedding) throws IOException {
        List<Object> cells = new ArrayList<>();
        cells.add(index);
        if (withText) {
            cells.add(text);
        }
        cells.add(embedding.tokenCount());
        cells.add(embedding.truncated());
        Collections.addAll(cells, (Object[]) VectorNumbers.of(embedding));
        rows.printRecord(cells);
    }

    @Override
    public void flush() throws IOException {
        rows.flush();
    }

    @Override
    public void finish() throws IOException {
        rows.flush();
    }
}
