package dev.retort.cli.input;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.Test;

class Utf8ReaderTest {

    private static String readAll(InputStream in) throws IOException {
        StringBuilder text = new StringBuilder();
        try (Utf8Reader reader = new Utf8Reader(in, "file.txt")) {
            for (int c = reader.read(); c >= 0; c = reader.read()) {
                text.append((char) c);
            }
        }
        return text.toString();
    }

    private static String readAll(byte... bytes) throws IOException {
        return readAll(new ByteArrayInputStream(bytes));
    }

    /** Hands over one byte at a time, so that every character is cut. */
    private static InputStream dripping(byte[] bytes) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] target, int offset, int length) {
                return super.read(target, offset, Math.min(length, 1));
            }
        };
    }

    @Test
    void read_charactersOfEveryLength_areKept() throws IOException {
        String text = "a é 東 🇫🇷\r\n\u0000\u2028";
        assertThat(readAll(text.getBytes(UTF_8))).isEqualTo(text);
        assertThat(readAll(dripping(text.getBytes(UTF_8)))).isEqualTo(text);
    }

    @Test
    void read_moreThanABuffer_isKept() throws IOException {
        String text = "é".repeat(100_000) + "x" + "東\n".repeat(70_000);
        assertThat(readAll(text.getBytes(UTF_8))).isEqualTo(text);
    }

    @Test
    void read_byteOrderMark_isSkippedAtTheStartOnly() throws IOException {
        assertThat(readAll("\uFEFFa\uFEFFb".getBytes(UTF_8))).isEqualTo("a\uFEFFb");
        assertThat(readAll("\uFEFF".getBytes(UTF_8))).isEmpty();
        assertThat(readAll(dripping("\uFEFFab".getBytes(UTF_8)))).isEqualTo("ab");
    }

    @Test
    void read_nothing_ends() throws IOException {
        assertThat(readAll()).isEmpty();
    }

    @Test
    void read_byteThatIsNotUtf8_saysWhere() {
        byte[] bytes = {'a', '\n', 'b', (byte) 0xC3, (byte) 0xA9, '\n', 'c', (byte) 0xE9, 'd'};
        assertThatThrownBy(() -> readAll(bytes))
                .isInstanceOf(MalformedTextException.class)
                .hasMessage(
                        "file.txt:3: not UTF-8: byte 0xE9 at offset 7: convert the file, for example with iconv -t UTF-8");
    }

    @Test
    void read_characterCutByTheEnd_saysWhere() {
        byte[] bytes = {'a', (byte) 0xE6, (byte) 0x9D};
        assertThatThrownBy(() -> readAll(bytes))
                .hasMessageStartingWith("file.txt:1: not UTF-8: byte 0xE6 at offset 1:");
    }

    @Test
    void read_surrogateInUtf8_isRefused() {
        byte[] bytes = {(byte) 0xED, (byte) 0xA0, (byte) 0x80};
        assertThatThrownBy(() -> readAll(bytes))
                .hasMessageStartingWith("file.txt:1: not UTF-8: byte 0xED at offset 0:");
    }

    @Test
    void read_utf16_isRefusedAtItsMark() {
        byte[] bytes = {(byte) 0xFF, (byte) 0xFE, 'a', 0};
        assertThatThrownBy(() -> readAll(bytes))
                .hasMessageStartingWith("file.txt:1: not UTF-8: byte 0xFF at offset 0:");
    }

    @Test
    void ready_everythingRead_isFalse() throws IOException {
        try (Utf8Reader reader = new Utf8Reader(new ByteArrayInputStream("ab".getBytes(UTF_8)), "file.txt")) {
            assertThat(reader.ready()).isTrue();
            assertThat(reader.read()).isEqualTo('a');
            assertThat(reader.ready()).isTrue();
            assertThat(reader.read()).isEqualTo('b');
            assertThat(reader.ready()).isFalse();
            assertThat(reader.position()).isEqualTo(2);
        }
    }
}
