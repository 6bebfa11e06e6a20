package dev.retort.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/**
 * A matrix of each text against each. Texts stand at the end of their rows, where the width of their characters shifts nothing; columns
 * that do not fit the terminal follow in further blocks.
 */
final class MatrixTable {

    private static final int LEAST_TEXT_COLUMNS = 16;

    private MatrixTable() {}

    /** @param width columns of the terminal */
    static void print(PrintStream out, List<String> texts, double[][] matrix, int width) {
        int count = texts.size();
        int numberWidth = Integer.toString(count).length();
        int cellWidth = 0;
        for (double[] row : matrix) {
            for (double value : row) {
                cellWidth = Math.max(cellWidth, cell(value).length() + 2);
            }
        }
        int fitting = Math.min(count, Math.max(1, (width - numberWidth - 2 - LEAST_TEXT_COLUMNS) / cellWidth));
        for (int begin = 0; begin < count; begin += fitting) {
            int end = Math.min(count, begin + fitting);
            if (begin > 0) {
                out.println();
            }
            StringBuilder line = new StringBuilder(" ".repeat(numberWidth));
            for (int j = begin; j < end; j++) {
                line.append(right(Integer.toString(j + 1), cellWidth));
            }
            out.println(line);
            for (int i = 0; i < count; i++) {
                line.setLength(0);
                line.append(right(Integer.toString(i + 1), numberWidth));
                for (int j = begin; j < end; j++) {
                    line.append(right(cell(matrix[i][j]), cellWidth));
                }
                line.append("  ");
                out.println(line.append(OneLine.of(texts.get(i), width - line.length()))
                        .toString()
                        .stripTrailing());
            }
        }
    }

    private static String cell(double value) {
        String cell = String.format(Locale.ROOT, "%.4f", value);
        return cell.equals("-0.0000") ? "0.0000" : cell;
    }

    private static String right(String text, int width) {
        return " ".repeat(width - text.length()) + text;
    }
}
