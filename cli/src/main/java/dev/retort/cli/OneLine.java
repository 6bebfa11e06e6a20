package dev.retort.cli;

/** A text as one line. */
final class OneLine {

    private static final int FIRST_WIDE = 0x1100; // from Hangul on, characters may take two columns

    private OneLine() {}

    /** The whole text, its lines joined by blanks, other control characters, which might command a terminal, spelled out. */
    static String escaped(String text) {
        StringBuilder line = new StringBuilder();
        text.strip().replaceAll("\\s*\\R\\s*", " ").codePoints().forEach(character -> {
            if (character == '\t') {
                line.append("\\t");
            } else if (Character.isISOControl(character)) {
                line.append(String.format("\\u%04x", character));
            } else {
                line.appendCodePoint(character);
            }
        });
        return line.toString();
    }

    /**
     * Line ends and other control characters as spaces, and as much of it as fits.
     *
     * @param columns of the terminal; a character takes two where that is not sure
     */
    static String of(String text, int columns) {
        StringBuilder line = new StringBuilder();
        int used = 0;
        for (int i = 0; i < text.length(); ) {
            int character = text.codePointAt(i);
            i += Character.charCount(character);
            used += character < FIRST_WIDE ? 1 : 2;
            if (used > columns - (i < text.length() ? 1 : 0)) {
                return columns < 1 ? "" : line.append('…').toString();
            }
            line.appendCodePoint(Character.isISOControl(character) ? ' ' : character);
        }
        return line.toString();
    }
}
