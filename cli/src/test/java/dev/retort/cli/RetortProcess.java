package dev.retort.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The command line in a process of its own. */
final class RetortProcess {

    private RetortProcess() {}

    /**
     * A process that is not started yet, on the class path of the tests.
     *
     * @param options of the virtual machine
     */
    static ProcessBuilder of(List<String> options, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx1g");
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.retort.cli.Main"));
        command.addAll(Arrays.asList(arguments));
        return new ProcessBuilder(command);
    }
}
