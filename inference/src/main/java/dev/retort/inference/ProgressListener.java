package dev.retort.inference;

/** Is told how far a call has come. Called on the thread that called {@code encode}; keep it short. */
@FunctionalInterface
public interface ProgressListener {

    /**
     * @param texts embedded so far, of this call
     * @param tokens embedded so far, of this call
     */
    void embedded(long texts, long tokens);
}
