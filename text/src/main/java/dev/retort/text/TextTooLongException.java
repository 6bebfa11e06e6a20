package dev.retort.text;

/** A text has more tokens than the limit, and {@link TruncationPolicy#ERROR} is in force. */
public final class TextTooLongException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int textNumber;
    private final int tokenCount;
    private final int maxSequenceLength;

    TextTooLongException(int textNumber, int tokenCount, int maxSequenceLength) {
        super("text " + textNumber + ": too long: " + tokenCount + " tokens with the two special ones, limit "
                + maxSequenceLength + ": shorten the text, or choose TRUNCATE or SPLIT_AVERAGE instead of ERROR");
        this.textNumber = textNumber;
        this.tokenCount = tokenCount;
        this.maxSequenceLength = maxSequenceLength;
    }

    /** The text's place among the texts of the call, from 0. */
    public int textNumber() {
        return textNumber;
    }

    /** The tokens of the whole text, the two special ones included. */
    public int tokenCount() {
        return tokenCount;
    }

    /** The limit it exceeds, the two special tokens included. */
    public int maxSequenceLength() {
        return maxSequenceLength;
    }
}
