package dev.retort.text;

/** What becomes of a text with more tokens than the model takes. */
public enum TruncationPolicy {

    /**
     * The first word pieces are kept, the rest is dropped: {@code truncation=True} of Hugging Face (longest first, right side). A
     * word may be cut in two. {@link Encoding#truncated()} tells.
     */
    TRUNCATE,

    /** {@link TextTooLongException}. */
    ERROR,

    /**
     * The text is cut into parts of nearly equal length, between words where possible; the vectors of the parts are averaged by
     * whoever computes them. Nothing is dropped. See {@link Tokenizer#encode(String, java.util.List, int, TruncationPolicy)}.
     */
    SPLIT_AVERAGE
}
