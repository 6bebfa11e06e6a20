package dev.retort.weights.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileContentTest {

    private static final int PIECE = 1 << 22;

    private final byte[] bytes = new byte[2 * PIECE + 1234];

    @BeforeEach
    void fill() {
        new Random(3).nextBytes(bytes);
    }

    @Test
    void read_severalPieces_givesTheSameBytes() throws IOException {
        FileContent content = FileContent.read(new ByteArrayInputStream(bytes));

        assertThat(content.length()).isEqualTo(bytes.length);
        try (InputStream stream = content.stream()) {
            assertThat(stream.readAllBytes()).isEqualTo(bytes);
        }
    }

    @Test
    void copyFloats_acrossPiecesAndUnaligned_givesTheSameFloats(@TempDir Path folder) throws IOException {
        FileContent inPieces = FileContent.read(new ByteArrayInputStream(bytes));
        FileContent mapped = FileContent.map(Files.write(folder.resolve("bytes"), bytes));
        ByteBuffer expected = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int count = 9000; // more than fit the scratch buffer
        for (int position = PIECE - 17; position < PIECE - 10; position++) {
            float[] ofPieces = new float[count + 1];
            float[] ofMap = new float[count + 1];
            inPieces.copyFloats(position, ofPieces, 1, count);
            mapped.copyFloats(position, ofMap, 1, count);
            for (int i = 0; i < count; i++) {
                int bits = expected.getInt(position + 4 * i);
                assertThat(Float.floatToRawIntBits(ofPieces[1 + i])).isEqualTo(bits);
                assertThat(Float.floatToRawIntBits(ofMap[1 + i])).isEqualTo(bits);
            }
        }
    }

    @Test
    void stream_skipAndRead_standWhereTheyShould() throws IOException {
        try (InputStream stream = FileContent.read(new ByteArrayInputStream(bytes)).stream()) {
            assertThat(stream.skip(PIECE - 1)).isEqualTo(PIECE - 1);
            assertThat(stream.read()).isEqualTo(bytes[PIECE - 1] & 0xFF);
            assertThat(stream.read()).isEqualTo(bytes[PIECE] & 0xFF);
            assertThat(stream.available()).isEqualTo(bytes.length - PIECE - 1);
            assertThat(stream.skip(Long.MAX_VALUE)).isEqualTo(bytes.length - PIECE - 1);
            assertThat(stream.read()).isEqualTo(-1);
            assertThat(stream.read(new byte[2], 0, 2)).isEqualTo(-1);
        }
    }
}
