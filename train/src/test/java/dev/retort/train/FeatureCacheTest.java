package dev.retort.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FeatureCacheTest {

    private static final int ROWS = 11;
    private static final int WIDTH = 3;
    private static final long ROW_BYTES = WIDTH * Float.BYTES;

    @ParameterizedTest
    @CsvSource({
        "true, 1000, one segment",
        "true, 24, two rows a segment, the last one short",
        "true, 5, a row is more than a segment",
        "false, 1000, one segment",
        "false, 24, two rows a segment, the last one short",
        "false, 5, a row is more than a segment"
    })
    void get_rowsPutInAnyOrder_areThoseThatWerePut(boolean inMemory, long segmentBytes) throws IOException {
        long most = inMemory ? ROWS * ROW_BYTES : ROWS * ROW_BYTES - 1;
        try (FeatureCache cache = FeatureCache.create(ROWS, WIDTH, most, segmentBytes)) {
            for (int i = 0; i < ROWS; i++) {
                int row = i * 4 % ROWS;
                cache.put(row, vector(row));
            }

            assertThat(cache.isMapped()).isEqualTo(!inMemory);
            for (int row = 0; row < ROWS; row++) {
                float[] read = new float[WIDTH];
                cache.get(row, read);
                assertThat(read).as("row " + row).isEqualTo(vector(row));
            }
            assertThat(cache.vectors(10, 0, 3)).isDeepEqualTo(new float[][] {vector(10), vector(0), vector(3)});
        }
    }

    @Test
    void create_mapped_leavesNoFile() throws IOException {
        Set<Path> before = files();
        FeatureCache cache = FeatureCache.create(ROWS, WIDTH, 0, 24);
        Set<Path> own = files();
        own.removeAll(before);
        if (File.separatorChar == '/') { // where a mapped file can be deleted, a killed process leaves none
            assertThat(own).isEmpty();
        }

        cache.close();
        cache.close();

        assertThat(own).noneMatch(Files::exists);
        assertThatThrownBy(() -> cache.put(0, vector(0))).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void get_rowBeyondTheLast_isRefused() throws IOException {
        try (FeatureCache cache = FeatureCache.create(ROWS, WIDTH, Long.MAX_VALUE)) {
            assertThatThrownBy(() -> cache.get(ROWS, new float[WIDTH])).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    private static float[] vector(int row) {
        return new float[] {row, row + 0.25f, -row};
    }

    private static Set<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return all.filter(file -> file.getFileName().toString().startsWith("retort-features-"))
                    .collect(Collectors.toSet());
        }
    }
}
