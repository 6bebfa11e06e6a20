package dev.retort.cli.input;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/** RFC 4180; blank lines are skipped. */
final class CsvRows implements RowSource {

    private final Utf8Reader reader;
    private final CSVParser parser;
    private final Iterator<CSVRecord> records;
    private final String name;
    private final List<String> header;

    CsvRows(Utf8Reader reader, String name) throws IOException {
        this.reader = reader;
        this.name = name;
        this.parser = CSVParser.builder()
                .setReader(reader)
                .setFormat(CSVFormat.RFC4180.builder().setIgnoreEmptyLines(true).get())
                .get();
        this.records = parser.iterator();
        CSVRecord first = nextRecord();
        if (first == null) {
            throw new MalformedTextException(name + ": no header: the file is empty");
        }
        this.header = List.of(first.values());
    }

    private @Nullable CSVRecord nextRecord() throws IOException {
        try {
            return records.hasNext() ? records.next() : null;
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof MalformedTextException malformed) {
                throw malformed;
            }
            throw new MalformedTextException(
                    name + ":" + parser.getCurrentLineNumber() + ": not CSV: " + e.getMessage()
                            + ": a quoted text ends with a quotation mark, one within it is doubled",
                    e);
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<String> header() {
        return header;
    }

    @Override
    public @Nullable Row next() throws IOException {
        String place = name + ":" + (parser.getCurrentLineNumber() + 1);
        CSVRecord csvRecord = nextRecord();
        if (csvRecord == null) {
            return null;
        }
        if (csvRecord.size() != header.size()) {
            throw new MalformedTextException(
                    place + ": expected " + header.size() + " columns, found " + csvRecord.size());
        }
        return new Row(List.of(csvRecord.values()), place);
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
        parser.close();
    }
}
