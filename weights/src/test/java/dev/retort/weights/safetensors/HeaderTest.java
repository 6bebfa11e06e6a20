package dev.retort.weights.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.retort.weights.safetensors.MalformedCheckpointException.Rule;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderTest {

    private static Header read(byte[] file) throws IOException {
        return Header.read("m.safetensors", Channels.newChannel(new ByteArrayInputStream(file)), file.length);
    }

    private static Header read(String header, int bodyBytes) throws IOException {
        return read(RawFile.bytes(header, new byte[bodyBytes]));
    }

    private static void assertRefused(byte[] file, Rule rule, String message) {
        MalformedCheckpointException refusal =
                catchThrowableOfType(MalformedCheckpointException.class, () -> read(file));
        assertThat(refusal).as("nothing refused").isNotNull();
        assertThat(refusal.rule()).isEqualTo(Optional.of(rule));
        assertThat(refusal).hasMessage("m.safetensors: " + message);
    }

    private static void assertRefused(String header, int bodyBytes, Rule rule, String message) {
        assertRefused(RawFile.bytes(header, new byte[bodyBytes]), rule, message);
    }

    private static byte[] prefix(long headerBytes, int following) {
        return ByteBuffer.allocate(8 + following)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(headerBytes)
                .array();
    }

    @Test
    void read_tensorsInAnyOrder_sortsThemByOffset() throws IOException {
        Header header = read("""
                {"b":{"dtype":"F32","shape":[2,3],"data_offsets":[4,28]},
                 "__metadata__":{"format":"pt","b":"2","a":"1"},
                 "a":{"data_offsets":[0,4],"shape":[2],"dtype":"F16"}}""", 28);

        assertThat(header.tensors())
                .containsExactly(
                        new TensorEntry("a", DType.F16, new long[] {2}, 0, 4),
                        new TensorEntry("b", DType.F32, new long[] {2, 3}, 4, 28));
        assertThat(header.metadata()).isEqualTo(Map.of("format", "pt", "a", "1", "b", "2"));
        assertThat(header.metadata().keySet()).containsExactly("format", "b", "a");
    }

    @Test
    void read_bufferBegin_isBehindPrefixAndHeader() throws IOException {
        assertThat(read("{}      ", 0).bufferBegin()).isEqualTo(16);
    }

    @Test
    void read_emptyAndScalarTensors_areAllowed() throws IOException {
        Header header = read("""
                {"z":{"dtype":"F32","shape":[0,5],"data_offsets":[0,0]},
                 "s":{"dtype":"F64","shape":[],"data_offsets":[0,8]},
                 "e":{"dtype":"I8","shape":[3,0],"data_offsets":[8,8]}}""", 8);

        assertThat(header.tensors()).extracting(TensorEntry::name).containsExactly("z", "s", "e");
        assertThat(header.tensors()).extracting(TensorEntry::elementCount).containsExactly(0L, 1L, 0L);
    }

    @Test
    void read_noTensors_isAllowed() throws IOException {
        assertThat(read("{}", 0).tensors()).isEmpty();
        assertThat(read("{\"__metadata__\":{}}", 0).metadata()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "\t", "\n", "\r", " \n\t\r "})
    void read_whiteSpaceAround_isAllowed(String space) throws IOException {
        Header header = read(space + "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}" + space, 1);

        assertThat(header.tensors()).hasSize(1);
    }

    @Test
    void read_namesOfAnyText_areKept() throws IOException {
        String long60k = "n".repeat(60_000); // more than a JSON parser allows a name by default
        Header header = read("""
                {"":{"dtype":"U8","shape":[],"data_offsets":[0,1]},
                 "\\u00e9\\ud83d\\ude00\\n":{"dtype":"U8","shape":[],"data_offsets":[1,2]},
                 "😀":{"dtype":"U8","shape":[],"data_offsets":[2,3]},
                 "%s":{"dtype":"U8","shape":[],"data_offsets":[3,4]}}""".formatted(long60k), 4);

        assertThat(header.tensors()).extracting(TensorEntry::name).containsExactly("", "é😀\n", "😀", long60k);
    }

    @ParameterizedTest
    @CsvSource({
        "BOOL,8,1", "F4,2,1", "F6_E2M3,4,3", "F6_E3M2,8,6", "U8,3,3", "I8,3,3", "F8_E5M2,3,3", "F8_E4M3,3,3",
        "F8_E8M0,3,3", "F8_E4M3FNUZ,3,3", "F8_E5M2FNUZ,3,3", "I16,3,6", "U16,3,6", "F16,3,6", "BF16,3,6", "I32,3,12",
        "U32,3,12", "F32,3,12", "C64,3,24", "F64,3,24", "I64,3,24", "U64,3,24"
    })
    void read_everyType_hasItsSize(DType dtype, int elements, int bytes) throws IOException {
        int count = dtype == DType.BOOL ? 1 : elements;
        Header header = read(
                "{\"a\":{\"dtype\":\"%s\",\"shape\":[%d],\"data_offsets\":[0,%d]}}".formatted(dtype, count, bytes),
                bytes);

        assertThat(header.tensors()).containsExactly(new TensorEntry("a", dtype, new long[] {count}, 0, bytes));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7})
    void read_lessThanThePrefix_isRefused(int length) {
        assertRefused(
                new byte[length],
                Rule.HEADER_TOO_SMALL,
                "file ends inside the 8 bytes of the header's length: " + length + " bytes");
    }

    @Test
    void read_gitLfsPointer_saysHowToFetchTheFile() {
        assertRefused(
                "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 133\n"
                        .getBytes(StandardCharsets.UTF_8),
                Rule.HEADER_TOO_LARGE,
                "header is longer than 100000000 bytes: 2336927755350992246: this is a Git LFS pointer instead of the"
                        + " file: fetch it with git lfs pull");
    }

    @Test
    void read_headerOverTheLimit_isRefused() {
        assertRefused(
                prefix(100_000_001, 8), Rule.HEADER_TOO_LARGE, "header is longer than 100000000 bytes: 100000001");
        assertRefused(
                prefix(-1, 8), Rule.HEADER_TOO_LARGE, "header is longer than 100000000 bytes: 18446744073709551615");
    }

    @Test
    void read_headerBehindTheFile_isRefusedWithoutRoomForIt() {
        assertRefused(
                prefix(100_000_000, 8),
                Rule.INVALID_HEADER_LENGTH,
                "header ends behind the file: header of 100000000 bytes, file of 16 bytes");
        assertRefused(
                prefix(9, 8),
                Rule.INVALID_HEADER_LENGTH,
                "header ends behind the file: header of 9 bytes, file of 16 bytes");
    }

    @Test
    void read_channelShorterThanPromised_isRefused() {
        byte[] file = RawFile.bytes("{}");
        MalformedCheckpointException refusal = catchThrowableOfType(
                MalformedCheckpointException.class,
                () -> Header.read("m", Channels.newChannel(new ByteArrayInputStream(file, 0, 9)), file.length));

        assertThat(refusal).hasMessage("m: file became shorter while it was read: 1 bytes of the header are missing");
    }

    @Test
    void read_notUtf8_isRefused() {
        byte[] header = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);
        header[2] = (byte) 0xff;
        assertRefused(RawFile.bytes(header), Rule.INVALID_HEADER, "header is not UTF-8: at byte 2 of the header");

        byte[] cut = "{}é".getBytes(StandardCharsets.UTF_8);
        assertRefused(
                RawFile.bytes(Arrays.copyOf(cut, 3)),
                Rule.INVALID_HEADER,
                "header is not UTF-8: at byte 2 of the header");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "}",
                "{}{}",
                "{},",
                "{}\0",
                "\ufeff{}",
                "{\"a\"}",
                "{\"a\":}",
                "{'a':1}",
                "{a:1}",
                "{}//c",
                "/**/{}",
                "{\"__metadata__\":{\"a\":\"b\",}}",
                "{\"__metadata__\":{\"a\":\"\u0001\"}}",
                "{\"__metadata__\":{\"a\":\"\\x\"}}",
                "{\"\\ud800\":1}",
                "{\"__metadata__\":{\"a\":\"\\udc00\"}}",
                "[]",
                "null",
                "1",
                "\"a\"",
                "NaN",
                "\u00a0{}",
                "\f{}"
            })
    void read_notAJsonObject_isRefused(String header) {
        MalformedCheckpointException refusal =
                catchThrowableOfType(MalformedCheckpointException.class, () -> read(header, 0));

        assertThat(refusal).as(header).isNotNull();
        assertThat(refusal.rule()).isEqualTo(Optional.of(Rule.INVALID_HEADER_DESERIALIZATION));
        assertThat(refusal.getMessage().lines()).hasSize(1);
    }

    @Test
    void read_utf16_isNotGuessed() {
        byte[] header = "{}".getBytes(StandardCharsets.UTF_16LE);

        MalformedCheckpointException refusal =
                catchThrowableOfType(MalformedCheckpointException.class, () -> read(RawFile.bytes(header)));

        assertThat(refusal.rule()).isEqualTo(Optional.of(Rule.INVALID_HEADER_DESERIALIZATION));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[]|header: expected an object, got an array",
                "{} 1|header: expected only white space behind the object, got an integer",
                "{\"__metadata__\":null}|__metadata__: expected an object, got null",
                "{\"__metadata__\":{\"a\":1}}|__metadata__: a: expected a text, got an integer",
                "{\"__metadata__\":{\"a\":{}}}|__metadata__: a: expected a text, got an object",
                "{\"a\":[\"U8\",[],[0,0]]}|tensor a: expected an object, got an array",
                "{\"a\":{}}|tensor a: dtype is missing",
                "{\"a\":{\"dtype\":\"U8\"}}|tensor a: shape is missing",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[]}}|tensor a: data_offsets is missing",
                "{\"a\":{\"dtype\":\"U8\",\"strides\":[]}}|tensor a: expected dtype, shape and data_offsets, got strides",
                "{\"a\":{\"dtype\":8}}|tensor a: dtype: expected a text, got an integer",
                "{\"a\":{\"shape\":3}}|tensor a: shape: expected an array, got an integer",
                "{\"a\":{\"shape\":[1.0]}}|tensor a: shape: expected integers, got a number with a fraction or exponent",
                "{\"a\":{\"shape\":[1e0]}}|tensor a: shape: expected integers, got a number with a fraction or exponent",
                "{\"a\":{\"shape\":[\"1\"]}}|tensor a: shape: expected integers, got a text",
                "{\"a\":{\"shape\":[true]}}|tensor a: shape: expected integers, got a truth value",
                "{\"a\":{\"shape\":[[1]]}}|tensor a: shape: expected integers, got an array",
                "{\"a\":{\"shape\":[-1]}}|tensor a: shape: expected integers from 0, got -1",
                "{\"a\":{\"shape\":[-0]}}|tensor a: shape: expected integers from 0, got -0",
                "{\"a\":{\"data_offsets\":[0,-4]}}|tensor a: data_offsets: expected integers from 0, got -4",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0]}}"
                        + "|tensor a: data_offsets: expected [begin, end], got [0]",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1,1]}}"
                        + "|tensor a: data_offsets: expected [begin, end], got [0, 1, 1]"
            })
    void read_wrongMembers_areRefusedWithTheirPlace(String header, String message) {
        assertRefused(header, 0, Rule.INVALID_HEADER_DESERIALIZATION, message);
    }

    @Test
    void read_unknownType_isRefusedWithTheKnownOnes() {
        assertRefused(
                "{\"a\":{\"dtype\":\"f32\"}}",
                0,
                Rule.INVALID_HEADER_DESERIALIZATION,
                "tensor a: dtype is unknown: f32, known are " + List.of(DType.values()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]},"
                        + "\"\\u0061\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}|tensor a: given twice",
                "{\"__metadata__\":{},\"__metadata__\":{}}|__metadata__: given twice",
                "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}|__metadata__: k: given twice",
                "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}|tensor a: dtype: given twice",
                "{\"a\":{\"shape\":[],\"shape\":[]}}|tensor a: shape: given twice",
                "{\"a\":{\"data_offsets\":[0,1],\"data_offsets\":[0,1]}}|tensor a: data_offsets: given twice"
            })
    void read_duplicateNames_areRefused(String header, String message) {
        assertRefused(header, 1, Rule.DUPLICATE_NAME, message);
    }

    @Test
    void read_hole_isRefused() {
        assertRefused(
                """
                {"a":{"dtype":"U8","shape":[64],"data_offsets":[0,64]},
                 "embeddings.x":{"dtype":"U8","shape":[8],"data_offsets":[72,80]}}""",
                80,
                Rule.INVALID_OFFSET,
                "tensor embeddings.x: data_offsets leave a hole: previous end 64, begin 72");
        assertRefused(
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[1,9]}}",
                9,
                Rule.INVALID_OFFSET,
                "tensor a: data_offsets leave a hole: previous end 0, begin 1");
    }

    @Test
    void read_overlap_isRefused() {
        assertRefused("""
                {"b":{"dtype":"U8","shape":[8],"data_offsets":[7,15]},
                 "a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}""", 15, Rule.INVALID_OFFSET, "tensor b: data_offsets overlap: previous end 8, begin 7");
        assertRefused("""
                {"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},
                 "b":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}""", 8, Rule.INVALID_OFFSET, "tensor b: data_offsets overlap: previous end 8, begin 0");
    }

    @Test
    void read_endBeforeBegin_isRefused() {
        assertRefused(
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[8,0]}}",
                8,
                Rule.INVALID_OFFSET,
                "tensor a: data_offsets end before they begin: begin 8, end 0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[4294967296,4294967296]|size overflows: F32 [4294967296, 4294967296]",
                "[2305843009213693952]|size overflows: F32 [2305843009213693952]",
                "[9223372036854775808]|shape: expected integers up to 9223372036854775807, got 9223372036854775808",
                "[4294967296,4294967296,0]|size overflows: F32 [4294967296, 4294967296, 0]"
            })
    void read_sizeBeyondALong_isRefused(String shape, String message) {
        assertRefused(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[0,0]}}".formatted(shape),
                0,
                Rule.VALIDATION_OVERFLOW,
                "tensor a: " + message);
    }

    @Test
    void read_numberOfManyDigits_isRefused() {
        MalformedCheckpointException refusal = catchThrowableOfType(
                MalformedCheckpointException.class,
                () -> read("{\"a\":{\"shape\":[1" + "0".repeat(100_000) + "]}}", 0));

        assertThat(refusal).isNotNull();
    }

    @Test
    void read_partOfAByte_isRefused() {
        assertRefused(
                "{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,2]}}",
                2,
                Rule.MISALIGNED_SLICE,
                "tensor a: does not fill its last byte: F4 [3], 12 bits");
    }

    @Test
    void read_sizeOtherThanShapeAndType_isRefused() {
        assertRefused(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,23]}}",
                23,
                Rule.TENSOR_INVALID_INFO,
                "tensor a: size differs from data_offsets: F32 [2, 3] takes 24 bytes, [0, 23) has 23");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 5})
    void read_fileOtherThanTheTensorsEnd_isRefused(int bodyBytes) {
        assertRefused(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}",
                bodyBytes,
                Rule.METADATA_INCOMPLETE_BUFFER,
                "tensors do not fill the file: they end at 4 of " + bodyBytes + " bytes after the header");
    }

    /** 97·33 + 120 = 98·33 + 87: under the multiplier of many a table of names all of these are one. */
    @Test
    void read_namesOfOneHash_areNoFault() throws IOException {
        StringBuilder json = new StringBuilder("{");
        for (int i = 0; i < 1024; i++) {
            StringBuilder name = new StringBuilder();
            for (int bit = 0; bit < 10; bit++) {
                name.append((i >> bit & 1) == 0 ? "ax" : "bW");
            }
            json.append(i == 0 ? "" : ",")
                    .append("\"%s\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}".formatted(name));
        }

        assertThat(read(json.append("}").toString(), 0).tensors()).hasSize(1024);
    }

    @Test
    void read_deepNesting_isRefusedWithoutRecursion() {
        MalformedCheckpointException refusal = catchThrowableOfType(
                MalformedCheckpointException.class, () -> read("{\"a\":" + "[".repeat(1_000_000), 0));

        assertThat(refusal).hasMessage("m.safetensors: tensor a: expected an object, got an array");
    }
}
