package dev.retort.model.encoder;

/** The numbers of the encoder's dropout sites. */
final class DropoutSite {

    static final long EMBEDDINGS = 0;

    private static final long SITES_PER_LAYER = 2;

    private DropoutSite() {}

    static long attentionWeights(int layer) {
        return 1 + SITES_PER_LAYER * layer;
    }

    static long feedForward(int layer) {
        return 2 + SITES_PER_LAYER * layer;
    }
}
