package dev.retort.cli.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpyArrayTest {

    @TempDir
    private Path folder;

    private Path file(int version, String dictionary, float... values) throws IOException {
        byte[] header = (dictionary + "\n").getBytes(StandardCharsets.US_ASCII);
        ByteBuffer bytes = ByteBuffer.allocate(16 + header.length + 4 * values.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
        if (version == 1) {
            bytes.putShort((short) header.length);
        } else {
            bytes.putInt(header.length);
        }
        bytes.put(header);
        for (float value : values) {
            bytes.putFloat(value);
        }
        byte[] content = new byte[bytes.position()];
        bytes.flip().get(content);
        return Files.write(folder.resolve("a.npy"), content);
    }

    @Test
    void read_versions1And2_giveRows() throws IOException {
        String dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
        for (int version = 1; version <= 2; version++) {
            assertThat(NpyArray.read(file(version, dictionary, 1, 2, 3, 4, 5, 6)))
                    .isDeepEqualTo(new float[][] {{1, 2, 3}, {4, 5, 6}});
        }
    }

    @Test
    void read_otherTypesAndShapes_areRefused() throws IOException {
        for (String dictionary : new String[] {
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), }",
            "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
        }) {
            Path file = file(1, dictionary, 1, 2);
            assertThatThrownBy(() -> NpyArray.read(file))
                    .isInstanceOf(MalformedTextException.class)
                    .hasMessageStartingWith(file + ": expected float32 (<f4) with two axes in C order, got <f");
        }
    }

    @Test
    void read_fewerNumbersThanTheShape_isRefused() throws IOException {
        Path file = file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (999999999, 999999999), }", 1, 2);
        assertThatThrownBy(() -> NpyArray.read(file))
                .hasMessageContaining("needs 3999999992000000004 bytes, the file has 8");
    }

    @Test
    void read_somethingElse_isRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("a.npy"), "no array");
        assertThatThrownBy(() -> NpyArray.read(file)).hasMessageStartingWith(file + ": not a NumPy file:");
        Path cut = Files.write(
                folder.resolve("b.npy"), new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 99, 0, 1, 2});
        assertThatThrownBy(() -> NpyArray.read(cut)).hasMessage(cut + ": header cut short: 12 bytes");
    }
}
