package dev.retort.cli;

import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which standard streams are terminals. {@link System#console} does not tell: it looks at input and output together. */
interface Terminals {

    /** Columns where nothing says how many. */
    int DEFAULT_WIDTH = 80;

    /** Whether standard input is a terminal. */
    boolean in();

    /** Whether standard output is a terminal. */
    boolean out();

    /** Whether standard error is a terminal. */
    boolean err();

    /** The terminal's columns. */
    int width();

    /** No terminal anywhere. */
    static Terminals none() {
        return new Terminals() {
            @Override
            public boolean in() {
                return false;
            }

            @Override
            public boolean out() {
                return false;
            }

            @Override
            public boolean err() {
                return false;
            }

            @Override
            public int width() {
                return DEFAULT_WIDTH;
            }
        };
    }

    /** This process's own, found out when asked. */
    static Terminals ofProcess() {
        return new Terminals() {
            @Override
            public boolean in() {
                return isTerminal(0);
            }

            @Override
            public boolean out() {
                return isTerminal(1);
            }

            @Override
            public boolean err() {
                return isTerminal(2);
            }

            @Override
            public int width() {
                return columns();
            }
        };
    }

    private static boolean isTerminal(int descriptor) {
        if (File.separatorChar == '\\') {
            return isInteractive();
        }
        Path link = Path.of("/proc/self/fd", Integer.toString(descriptor)); // Linux
        if (Files.isSymbolicLink(link)) {
            try {
                String target = Files.readSymbolicLink(link).toString();
                return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
            } catch (IOException e) {
                return false;
            }
        }
        return succeeds(new ProcessBuilder("sh", "-c", "test -t " + descriptor).inheritIO());
    }

    /** All three together, on Windows. Java 17 has a console only where they are terminals; from 22 on there is one always, which can tell. */
    @SuppressWarnings("SystemConsoleNull") // asked further below
    private static boolean isInteractive() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException before22) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }

    private static boolean succeeds(ProcessBuilder command) {
        try {
            Process process = command.start();
            return process.waitFor(2, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static int columns() {
        File terminal = new File("/dev/tty");
        if (!terminal.exists()) {
            return DEFAULT_WIDTH;
        }
        try {
            Process process = new ProcessBuilder("stty", "size")
                    .redirectInput(terminal)
                    .redirectError(Redirect.DISCARD)
                    .start();
            String size = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            Matcher rowsAndColumns = Pattern.compile("\\d+ ([1-9]\\d{0,4})").matcher(size.strip());
            return rowsAndColumns.matches() ? Integer.parseInt(rowsAndColumns.group(1)) : DEFAULT_WIDTH;
        } catch (IOException e) {
            return DEFAULT_WIDTH;
        }
    }
}
