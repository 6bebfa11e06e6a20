package dev.retort.cli;

import dev.retort.train.dataset.TaskColumn;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * The options that a run depends on, with their values as they would be spelled; files by their whole paths, so that a run goes on from
 * wherever it is resumed.
 *
 * @param values by the option's name; none for one that has no value
 */
record StoredOptions(Map<String, List<String>> values) {

    private static final Set<String> OF_NO_CONSEQUENCE =
            Set.of("--out", "--resume", "--report", "--progress", "--help", "--version", "--verbose");

    /** Every option, given or not. */
    static StoredOptions all(CommandSpec command) {
        return of(command.options());
    }

    /** Those on the command line. */
    static StoredOptions given(CommandSpec command) {
        return of(command.commandLine().getParseResult().matchedOptions());
    }

    private static StoredOptions of(List<OptionSpec> options) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (OptionSpec option : options) {
            if (!OF_NO_CONSEQUENCE.contains(option.longestName())) {
                values.put(option.longestName(), spelled(option.longestName(), option.getValue()));
            }
        }
        return new StoredOptions(values);
    }

    private static List<String> spelled(String name, @Nullable Object value) {
        List<String> all = new ArrayList<>();
        if (value instanceof Collection<?> several) {
            several.forEach(one -> all.addAll(spelled(name, one)));
        } else if (value instanceof Map<?, ?> map) {
            map.forEach((key, one) -> all.add(key + "=" + one));
        } else if (value instanceof Path path) {
            all.add(path.toAbsolutePath().normalize().toString());
        } else if (value instanceof TaskColumn task) {
            all.add(task.task() + "=" + task.column());
        } else if (name.equals("--model") && value != null && !value.equals(ModelOptions.DEFAULT)) {
            all.add(Path.of(value.toString()).toAbsolutePath().normalize().toString());
        } else if (value != null) {
            all.add(value.toString());
        }
        return all;
    }

    /** The options whose values are not those of a run, with both. */
    List<String> differencesFrom(StoredOptions run) {
        List<String> different = new ArrayList<>();
        values.forEach((name, value) -> {
            List<String> stored = run.values.getOrDefault(name, List.of());
            if (!stored.equals(value)) {
                different.add(name + " is " + (stored.isEmpty() ? "not given" : String.join(",", stored)) + ", not "
                        + String.join(",", value));
            }
        });
        return different;
    }

    /** As a command line. */
    List<String> arguments() {
        List<String> arguments = new ArrayList<>();
        values.forEach((name, all) -> {
            for (String value : all) {
                if (!value.equals("false")) {
                    arguments.add(value.equals("true") ? name : name + "=" + value);
                }
            }
        });
        return arguments;
    }

    /** Without some of them. */
    StoredOptions without(Set<String> names) {
        Map<String, List<String>> others = new LinkedHashMap<>(values);
        others.keySet().removeAll(names);
        return new StoredOptions(others);
    }

    /**
     * Gives a command these options.
     *
     * @param run for the message
     * @throws CommandFailedException if they are none of its
     */
    void parseInto(Object command, Path run) throws CommandFailedException {
        try {
            Main.withConverters(new CommandLine(command)).parseArgs(arguments().toArray(String[]::new));
        } catch (ParameterException e) {
            throw new CommandFailedException(run + ": its run.json: " + e.getMessage(), e);
        }
    }
}
