package dev.retort.text;

/**
 * Half characters, which a Java string can hold and UTF-8 cannot.
 *
 * <p>The native side decodes a string that has one as a whole differently, so that other characters of it would be damaged as well.
 */
final class UnpairedSurrogates {

    private static final int REPLACEMENT_CHARACTER = 0xFFFD;

    private UnpairedSurrogates() {}

    /** The text with U+FFFD for each half character, as UTF-8 decoders have it; the same object if there is none. */
    static String replace(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                return text.codePoints()
                        .map(codePoint -> isSurrogate(codePoint) ? REPLACEMENT_CHARACTER : codePoint)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
            }
        }
        return text;
    }

    private static boolean isSurrogate(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }
}
