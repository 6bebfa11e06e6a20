package dev.retort.cli.input;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A column of a table. */
final class ColumnTexts implements TextSource {

    private final RowSource rows;
    private final int column;

    ColumnTexts(RowSource rows, int column) {
        this.rows = rows;
        this.column = column;
    }

    @Override
    public @Nullable PlacedText next() throws IOException {
        RowSource.Row row = rows.next();
        return row == null ? null : new PlacedText(row.cells().get(column), row.place());
    }

    @Override
    public boolean ready() throws IOException {
        return rows.ready();
    }

    @Override
    public long position() {
        return rows.position();
    }

    @Override
    public void close() throws IOException {
        rows.close();
    }
}
