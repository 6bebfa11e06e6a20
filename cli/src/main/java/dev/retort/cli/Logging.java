package dev.retort.cli;

import java.util.List;

/** Sets up the libraries' logging before the first logger is made: warnings as lines like any other message, and no greetings. */
final class Logging {

    private static final String SIMPLE_LOGGER = "org.slf4j.simpleLogger.";

    private Logging() {}

    static void configure(boolean verbose) {
        setUnlessGiven(SIMPLE_LOGGER + "defaultLogLevel", verbose ? "info" : "warn");
        setUnlessGiven(SIMPLE_LOGGER + "showThreadName", "false");
        setUnlessGiven(SIMPLE_LOGGER + "showLogName", "false");
    }

    private static void setUnlessGiven(String property, String value) {
        System.getProperties().putIfAbsent(property, value);
    }

    /** Whether the options, as opposed to texts after {@code --}, ask for it. */
    static boolean isVerbose(String... arguments) {
        List<String> all = List.of(arguments);
        int texts = all.indexOf("--");
        return (texts < 0 ? all : all.subList(0, texts)).contains("--verbose");
    }
}
