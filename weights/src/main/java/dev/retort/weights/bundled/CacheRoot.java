package dev.retort.weights.bundled;

import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where a user's caches are: {@code $XDG_CACHE_HOME/retort} or {@code ~/.cache/retort} (XDG Base Directory Specification 0.8),
 * {@code ~/Library/Caches/retort} on macOS, {@code %LOCALAPPDATA%\retort} on Windows.
 */
final class CacheRoot {

    /** The value that switches the cache off. */
    private static final String NONE = "none";

    private final Function<String, @Nullable String> properties;
    private final Function<String, @Nullable String> environment;

    /** Both give null for a name that is not set. */
    CacheRoot(Function<String, @Nullable String> properties, Function<String, @Nullable String> environment) {
        this.properties = properties;
        this.environment = environment;
    }

    static CacheRoot ofThisProcess() {
        return new CacheRoot(System::getProperty, System::getenv);
    }

    /**
     * The folder, which may not exist; empty where the cache is switched off.
     *
     * @throws NoSuchFileException if nothing says where the user's files are
     */
    Optional<Path> folder() throws NoSuchFileException {
        String chosen = properties.apply(BundledModel.CACHE_PROPERTY);
        if (chosen == null || chosen.isBlank()) {
            chosen = environment.apply(BundledModel.CACHE_VARIABLE);
        }
        if (chosen != null && !chosen.isBlank()) {
            return chosen.equals(NONE) ? Optional.empty() : Optional.of(path(chosen));
        }
        return Optional.of(ofSystem().resolve("retort"));
    }

    private static Path path(String chosen) {
        try {
            return Path.of(chosen);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(
                    BundledModel.CACHE_PROPERTY + " or " + BundledModel.CACHE_VARIABLE + ": not a path: " + chosen, e);
        }
    }

    private Path ofSystem() throws NoSuchFileException {
        String system = or(properties.apply("os.name"), "").toLowerCase(Locale.ROOT);
        if (system.startsWith("windows")) {
            String local = environment.apply("LOCALAPPDATA");
            return local == null || local.isBlank() ? home().resolve("AppData").resolve("Local") : Path.of(local);
        }
        if (system.startsWith("mac")) {
            return home().resolve("Library").resolve("Caches");
        }
        String xdg = environment.apply("XDG_CACHE_HOME");
        // The specification has relative paths ignored.
        return xdg == null || !Path.of(xdg).isAbsolute() ? home().resolve(".cache") : Path.of(xdg);
    }

    /** Java says "?" for a user whom the system does not know, as in containers; the working folder is no place for a cache. */
    private Path home() throws NoSuchFileException {
        String home = or(properties.apply("user.home"), "");
        if (home.isBlank() || !Path.of(home).isAbsolute()) {
            throw new NoSuchFileException("user.home", null, "no home folder: '" + home + "'");
        }
        return Path.of(home);
    }

    private static String or(@Nullable String value, String otherwise) {
        return value == null ? otherwise : value;
    }
}
