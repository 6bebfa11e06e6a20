package dev.retort.weights.bundled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CacheRootTest {

    private static final Map<String, String> LINUX = Map.of("os.name", "Linux", "user.home", "/home/ada");

    @Test
    void folder_linux_followsXdg() throws NoSuchFileException {
        assertThat(folder(LINUX, Map.of())).isEqualTo(Path.of("/home/ada/.cache/retort"));
        assertThat(folder(LINUX, Map.of("XDG_CACHE_HOME", "/var/tmp/x"))).isEqualTo(Path.of("/var/tmp/x/retort"));
        assertThat(folder(LINUX, Map.of("XDG_CACHE_HOME", "relative"))).isEqualTo(Path.of("/home/ada/.cache/retort"));
        assertThat(folder(LINUX, Map.of("XDG_CACHE_HOME", ""))).isEqualTo(Path.of("/home/ada/.cache/retort"));
    }

    @Test
    void folder_macOs_isInLibrary() throws NoSuchFileException {
        Map<String, String> mac = Map.of("os.name", "Mac OS X", "user.home", "/Users/ada");
        assertThat(folder(mac, Map.of("XDG_CACHE_HOME", "/x"))).isEqualTo(Path.of("/Users/ada/Library/Caches/retort"));
    }

    @Test
    void folder_windows_isLocal() throws NoSuchFileException {
        Map<String, String> windows = Map.of("os.name", "Windows 11", "user.home", "/Users/ada");
        assertThat(folder(windows, Map.of("LOCALAPPDATA", "/local"))).isEqualTo(Path.of("/local/retort"));
        assertThat(folder(windows, Map.of())).isEqualTo(Path.of("/Users/ada/AppData/Local/retort"));
    }

    @Test
    void folder_named_isThat() throws NoSuchFileException {
        Map<String, String> property = Map.of("os.name", "Linux", "user.home", "/home/ada", "retort.cache", "/p");
        assertThat(folder(LINUX, Map.of("RETORT_CACHE", "/v", "XDG_CACHE_HOME", "/x")))
                .isEqualTo(Path.of("/v"));
        assertThat(folder(property, Map.of("RETORT_CACHE", "/v"))).isEqualTo(Path.of("/p"));
    }

    @Test
    void folder_none_isEmpty() throws NoSuchFileException {
        assertThat(new CacheRoot(LINUX::get, Map.of("RETORT_CACHE", "none")::get).folder())
                .isEmpty();
    }

    @Test
    void folder_userWithoutHome_isNotTheWorkingFolder() {
        for (String home : List.of("?", "", "relative")) {
            Map<String, String> unknown = Map.of("os.name", "Linux", "user.home", home);
            assertThatThrownBy(() -> folder(unknown, Map.of()))
                    .isInstanceOf(NoSuchFileException.class)
                    .hasMessage("user.home: no home folder: '" + home + "'");
        }
    }

    @Test
    void folder_userWithoutHome_mayNameOne() throws NoSuchFileException {
        Map<String, String> unknown = Map.of("os.name", "Linux", "user.home", "?");
        assertThat(folder(unknown, Map.of("XDG_CACHE_HOME", "/x"))).isEqualTo(Path.of("/x/retort"));
        assertThat(folder(unknown, Map.of("RETORT_CACHE", "/v"))).isEqualTo(Path.of("/v"));
    }

    private static Path folder(Map<String, String> properties, Map<String, String> environment)
            throws NoSuchFileException {
        return new CacheRoot(properties::get, environment::get).folder().orElseThrow();
    }
}
