package dev.retort.train;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Copies of collections that keep their order. */
final class Copies {

    private Copies() {}

    static <K, V> Map<K, V> inOrder(Map<K, V> map) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }
}
