package dev.retort.architecture;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Which module may use which: {@code docs/decisions/0001-modules.md} in one table. A new module is entered here or the build fails. */
final class Arrows {

    /** What a module names itself; it may also use whatever those may use. */
    private static final Map<String, Set<String>> NEAREST = Map.ofEntries(
            Map.entry("core", Set.of()),
            Map.entry("autograd", Set.of("core")),
            Map.entry("onednn", Set.of("autograd")),
            Map.entry("model", Set.of("autograd")),
            Map.entry("weights", Set.of("model")),
            Map.entry("text", Set.of("core")),
            Map.entry("inference", Set.of("weights", "text")),
            Map.entry("minilm", Set.of("inference")),
            Map.entry("train", Set.of("inference")),
            Map.entry("cli", Set.of("train", "benchmarks")),
            Map.entry("examples", Set.of("train")),
            Map.entry("benchmarks", Set.of("train")));

    private Arrows() {}

    /** Each module with every other one that it may use. */
    static Map<String, Set<String>> permitted() {
        Map<String, Set<String>> permitted = new TreeMap<>();
        for (String module : NEAREST.keySet()) {
            Set<String> reachable = new TreeSet<>();
            collect(module, reachable);
            permitted.put(module, reachable);
        }
        return permitted;
    }

    private static void collect(String module, Set<String> reachable) {
        for (String next : NEAREST.get(module)) {
            if (reachable.add(next)) {
                collect(next, reachable);
            }
        }
    }
}
