package dev.retort.train.report;

import dev.retort.inference.Retort;
import java.util.LinkedHashMap;
import java.util.Map;

/** What computes here. */
final class SoftwareVersions {

    private SoftwareVersions() {}

    /** In the order in which they are shown. */
    static Map<String, String> byName() {
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("Retort", Retort.version());
        versions.put("Java", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
        versions.put(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"));
        versions.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        return versions;
    }
}
