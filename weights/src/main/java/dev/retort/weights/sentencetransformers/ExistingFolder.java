package dev.retort.weights.sentencetransformers;

/** What to do with a folder that is already where one is to be written. An empty one never matters. */
public enum ExistingFolder {
    /** Leave it and fail. */
    REFUSE,
    /** Replace it, if it is a model folder. */
    REPLACE
}
