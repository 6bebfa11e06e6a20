package dev.retort.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows with a name and columns of numbers, in groups that belong together. Groups that do not fit the terminal follow in further blocks,
 * each with the names.
 */
final class ColumnTable {

    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();
    private final List<Integer> groups = new ArrayList<>(); // the last column of each

    /** @param names the heading of the names */
    ColumnTable(String names) {
        rows.add(new ArrayList<>(List.of(names)));
    }

    /** Adds columns that stay together, before any row. */
    void group(String... headings) {
        rows.get(0).addAll(List.of(headings));
        groups.add(rows.get(0).size() - 1);
    }

    /** @param cells the name, and a number for each column */
    void row(List<String> cells) {
        if (cells.size() != rows.get(0).size()) {
            throw new IllegalArgumentException("cells: expected " + rows.get(0) + ", got " + cells);
        }
        rows.add(List.copyOf(cells));
    }

    /** @param width columns of the terminal, or {@link Integer#MAX_VALUE} to have it in one block */
    void print(PrintStream out, int width) {
        int[] widths = new int[rows.get(0).size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        int begin = 1;
        int group = 0;
        while (group < groups.size()) {
            int end = begin;
            int used = widths[0];
            while (group < groups.size()) {
                int more = 0;
                for (int i = end; i <= groups.get(group); i++) {
                    more += GAP.length() + widths[i];
                }
                if (end > begin && used + more > width) {
                    break;
                }
                used += more;
                end = groups.get(group) + 1;
                group++;
            }
            if (begin > 1) {
                out.println();
            }
            print(out, widths, begin, end);
            begin = end;
        }
    }

    private void print(PrintStream out, int[] widths, int begin, int end) {
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder(row.get(0))
                    .append(" ".repeat(widths[0] - row.get(0).length()));
            for (int i = begin; i < end; i++) {
                line.append(GAP)
                        .append(" ".repeat(widths[i] - row.get(i).length()))
                        .append(row.get(i));
            }
            out.println(line);
        }
    }
}
