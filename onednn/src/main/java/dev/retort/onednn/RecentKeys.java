package dev.retort.onednn;

import org.jspecify.annotations.Nullable;

/**
 * Keys of plans that were asked for lately: a step asks for the same few again and again, and a new key each time would be most of its
 * garbage. Whoever looks one up compares it, part by part, with what is wanted (to make a key for comparing would be that garbage again);
 * two keys of one place take turns.
 */
final class RecentKeys<K> {

    private static final int PLACES = 64; // a power of two

    private final Object[] keys = new Object[PLACES];

    /** What was put last at the place of {@code hash}: perhaps another key. */
    @SuppressWarnings("unchecked") // put puts nothing else
    @Nullable
    K near(int hash) {
        return (K) keys[place(hash)];
    }

    K put(int hash, K key) {
        keys[place(hash)] = key;
        return key;
    }

    private static int place(int hash) {
        return (hash ^ hash >>> 6 ^ hash >>> 12 ^ hash >>> 18) & PLACES - 1;
    }
}
