package dev.retort.cli;

import java.util.List;
import java.util.Map;

/** Sets up the libraries' logging before the first logger is made: warnings as lines like any other message, and no greetings. */
final class Logging {

    private static final String SIMPLE_LOGGER = "org.slf4j.simpleLogger.";

    private Logging() {}

    static void configure(boolean verbose) {
        Map<String, String> properties = Map.of(
                SIMPLE_LOGGER + "defaultLogLevel",
                verbose ? "info" : "warn",
                SIMPLE_LOGGER + "showThreadName",
                "false",
                SIMPLE_LOGGER + "showLogName",
                "false",
                SIMPLE_LOGGER + "infoLevelString",
                "retort: info:",
                SIMPLE_LOGGER + "warnLevelString",
                "retort: warning:",
                SIMPLE_LOGGER + "errorLevelString",
                "retort: error:",
                "org.nd4j.log.initialization",
                Boolean.toString(verbose));
        properties.forEach((name, value) -> System.getProperties().putIfAbsent(name, value));
    }

    /** Whether the options, as opposed to texts after {@code --}, ask for it. */
    static boolean isVerbose(String... arguments) {
        List<String> all = List.of(arguments);
        int texts = all.indexOf("--");
        return (texts < 0 ? all : all.subList(0, texts)).contains("--verbose");
    }
}
