package dev.retort.weights.bundled;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CacheRootTest {

    private static final Map<String, String> LINUX = Map.of("os.name", "Linux", "user.home", "/home/ada");

    @Test
    void folder_linux_followsXdg() {
        assertThat(folder(LINUX, Map.of())).isEqualTo(Path.of("/home/ada/.cache/retort"));
        assertThat(folder(LINUX, Map.of("XDG_CACHE_HOME", "/var/tmp/x"))).isEqualTo(Path.of("/var/tmp/x/retort"));
        assertThat(folder(LINUX, Map.of("XDG_CACHE_HOME", "relative"))).isEqualTo(Path.of("/home/ada/.cache/retort"));
        assertThat(folder(LINUX, Map.of("XDG_CACHE_HOME", ""))).isEqualTo(Path.of("/home/ada/.cache/retort"));
    }

    @Test
    void folder_macOs_isInLibrary() {
        Map<String, String> mac = Map.of("os.name", "Mac OS X", "user.home", "/Users/ada");
        assertThat(folder(mac, Map.of("XDG_CACHE_HOME", "/x"))).isEqualTo(Path.of("/Users/ada/Library/Caches/retort"));
    }

    @Test
    void folder_windows_isLocal() {
        Map<String, String> windows = Map.of("os.name", "Windows 11", "user.home", "/Users/ada");
        assertThat(folder(windows, Map.of("LOCALAPPDATA", "/local"))).isEqualTo(Path.of("/local/retort"));
        assertThat(folder(windows, Map.of())).isEqualTo(Path.of("/Users/ada/AppData/Local/retort"));
    }

    @Test
    void folder_named_isThat() {
        Map<String, String> property = Map.of("os.name", "Linux", "user.home", "/home/ada", "retort.cache", "/p");
        assertThat(folder(LINUX, Map.of("RETORT_CACHE", "/v", "XDG_CACHE_HOME", "/x")))
                .isEqualTo(Path.of("/v"));
        assertThat(folder(property, Map.of("RETORT_CACHE", "/v"))).isEqualTo(Path.of("/p"));
    }

    @Test
    void folder_none_isEmpty() {
        assertThat(new CacheRoot(LINUX::get, Map.of("RETORT_CACHE", "none")::get).folder())
                .isEmpty();
    }

    private static Path folder(Map<String, String> properties, Map<String, String> environment) {
        return new CacheRoot(properties::get, environment::get).folder().orElseThrow();
    }
}
