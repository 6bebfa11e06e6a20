package dev.retort.weights.safetensors;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.retort.weights.safetensors.MalformedCheckpointException.Rule;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The checked header of a safetensors file.
 *
 * <pre>
 *   8 bytes   N, unsigned, little-endian
 *   N bytes   JSON: {"__metadata__": {text: text, ...}, name: {"dtype": ..., "shape": [...], "data_offsets": [begin, end]}, ...}
 *   the rest  the tensors, without a hole and without overlap
 * </pre>
 *
 * <p>Rules and their order: {@code SafeTensors::read_metadata} and {@code Metadata::validate} of
 * {@code safetensors/src/tensor.rs}. Stricter than those: a tensor name given twice, an unknown member of an entry, an entry written as
 * an array, a null {@code __metadata__} and a number of elements or bits beyond 2⁶³ - 1 are refused.
 *
 * @param tensors by offset; of empty ones at the same offset, by their place in the header
 * @param metadata the {@code __metadata__}, in the order of the header; empty where there is none
 * @param bufferBegin where in the file the first tensor begins
 */
record Header(List<TensorEntry> tensors, Map<String, String> metadata, long bufferBegin) {

    /** The bytes in which the header's length is written. */
    static final int PREFIX_BYTES = 8;

    private static final long GIT_LFS_POINTER = 0x206E6F6973726576L; // the text "version " where a length should be

    /** {@code MAX_HEADER_SIZE} of the Rust library. */
    static final int MAX_BYTES = 100_000_000;

    static final String METADATA = "__metadata__";

    /**
     * Reads and checks a header.
     *
     * @param file the file's name, for messages
     * @param channel at the file's first byte
     * @param fileBytes the file's length
     */
    static Header read(String file, ReadableByteChannel channel, long fileBytes) throws IOException {
        if (fileBytes < PREFIX_BYTES) {
            throw new MalformedCheckpointException(
                    file,
                    Rule.HEADER_TOO_SMALL,
                    "file ends inside the 8 bytes of the header's length: " + fileBytes + " bytes");
        }
        ByteBuffer prefix = ByteBuffer.allocate(PREFIX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        fill(file, channel, prefix);
        long headerBytes = prefix.getLong(0);
        if (Long.compareUnsigned(headerBytes, MAX_BYTES) > 0) {
            throw new MalformedCheckpointException(
                    file,
                    Rule.HEADER_TOO_LARGE,
                    "header is longer than " + MAX_BYTES + " bytes: " + Long.toUnsignedString(headerBytes)
                            + (headerBytes == GIT_LFS_POINTER
                                    ? ": this is a Git LFS pointer instead of the file: fetch it with git lfs pull"
                                    : ""));
        }
        if (headerBytes > fileBytes - PREFIX_BYTES) {
            throw new MalformedCheckpointException(
                    file,
                    Rule.INVALID_HEADER_LENGTH,
                    "header ends behind the file: header of " + headerBytes + " bytes, file of " + fileBytes
                            + " bytes");
        }
        byte[] json = new byte[(int) headerBytes];
        fill(file, channel, ByteBuffer.wrap(json));
        return new Parser(file, json).parse(fileBytes);
    }

    private static void fill(String file, ReadableByteChannel channel, ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            if (channel.read(target) < 0) {
                throw new MalformedCheckpointException(
                        file,
                        Rule.INVALID_HEADER_LENGTH,
                        "file became shorter while it was read: " + target.remaining()
                                + " bytes of the header are missing");
            }
        }
    }

    /** Whether a text holds half a surrogate pair, which UTF-8 cannot express. */
    static boolean hasLoneSurrogate(String text) {
        return text.codePoints()
                .anyMatch(point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE);
    }

    private static final class Parser {

        private final String file;
        private final byte[] json;

        Parser(String file, byte[] json) {
            this.file = file;
            this.json = json;
        }

        Header parse(long fileBytes) throws IOException {
            int malformed = StrictJson.firstMalformedByte(json);
            if (malformed >= 0) {
                throw new MalformedCheckpointException(
                        file, Rule.INVALID_HEADER, "header is not UTF-8: at byte " + malformed + " of the header");
            }
            List<TensorEntry> tensors = new ArrayList<>();
            Map<String, String> metadata = new LinkedHashMap<>();
            try (JsonParser parser = StrictJson.FACTORY.createParser(StrictJson.reader(json))) {
                readObject(parser, tensors, metadata);
            } catch (JsonProcessingException e) {
                throw malformed("header is not valid JSON: " + StrictJson.describe(e), e);
            }
            tensors.sort(Comparator.comparingLong(TensorEntry::begin).thenComparingLong(TensorEntry::end));
            long bufferBegin = PREFIX_BYTES + (long) json.length;
            checkLayout(tensors, fileBytes - bufferBegin);
            return new Header(List.copyOf(tensors), Collections.unmodifiableMap(metadata), bufferBegin);
        }

        private void readObject(JsonParser parser, List<TensorEntry> tensors, Map<String, String> metadata)
                throws IOException {
            expect(parser.nextToken(), JsonToken.START_OBJECT, "header", "an object");
            Set<String> names = new HashSet<>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = text(parser.currentName(), "header: a name");
                if (!names.add(name)) {
                    throw duplicate(name.equals(METADATA) ? METADATA : "tensor " + name);
                }
                if (name.equals(METADATA)) {
                    readMetadata(parser, metadata);
                } else {
                    tensors.add(readEntry(parser, name));
                }
            }
            JsonToken after = parser.nextToken();
            if (after != null) {
                throw malformed(
                        "header: expected only white space behind the object, got " + StrictJson.describe(after));
            }
        }

        private void readMetadata(JsonParser parser, Map<String, String> metadata) throws IOException {
            expect(parser.nextToken(), JsonToken.START_OBJECT, METADATA, "an object");
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String key = text(parser.currentName(), METADATA + ": a key");
                expect(parser.nextToken(), JsonToken.VALUE_STRING, METADATA + ": " + key, "a text");
                if (metadata.put(key, text(parser.getText(), METADATA + ": " + key)) != null) {
                    throw duplicate(METADATA + ": " + key);
                }
            }
        }

        private TensorEntry readEntry(JsonParser parser, String name) throws IOException {
            String subject = "tensor " + name;
            expect(parser.nextToken(), JsonToken.START_OBJECT, subject, "an object");
            DType dtype = null;
            long[] shape = null;
            long[] offsets = null;
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String member = parser.currentName();
                boolean given = switch (member) {
                    case "dtype" -> dtype != null;
                    case "shape" -> shape != null;
                    case "data_offsets" -> offsets != null;
                    default -> throw malformed(subject + ": expected dtype, shape and data_offsets, got " + member);
                };
                if (given) {
                    throw duplicate(subject + ": " + member);
                }
                switch (member) {
                    case "dtype" -> dtype = readDType(parser, subject);
                    case "shape" -> shape = readLongs(parser, subject + ": shape");
                    default -> offsets = readLongs(parser, subject + ": data_offsets");
                }
            }
            if (dtype == null || shape == null || offsets == null) {
                String missing = dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets";
                throw malformed(subject + ": " + missing + " is missing");
            }
            if (offsets.length != 2) {
                throw malformed(subject + ": data_offsets: expected [begin, end], got " + Arrays.toString(offsets));
            }
            return new TensorEntry(name, dtype, shape, offsets[0], offsets[1]);
        }

        private DType readDType(JsonParser parser, String subject) throws IOException {
            expect(parser.nextToken(), JsonToken.VALUE_STRING, subject + ": dtype", "a text");
            String text = parser.getText();
            return DType.named(text)
                    .orElseThrow(() -> malformed(subject + ": dtype is unknown: " + text + ", known are "
                            + Arrays.toString(DType.values())));
        }

        /** An array of integers in 0..2⁶³ - 1. */
        private long[] readLongs(JsonParser parser, String subject) throws IOException {
            expect(parser.nextToken(), JsonToken.START_ARRAY, subject, "an array");
            long[] values = new long[4];
            int count = 0;
            for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
                expect(token, JsonToken.VALUE_NUMBER_INT, subject, "integers");
                if (count == values.length) {
                    values = Arrays.copyOf(values, 2 * count);
                }
                values[count++] = readLong(parser.getText(), subject);
            }
            return Arrays.copyOf(values, count);
        }

        private long readLong(String digits, String subject) throws MalformedCheckpointException {
            if (digits.startsWith("-")) { // also -0, which is no unsigned integer
                throw malformed(subject + ": expected integers from 0, got " + digits);
            }
            try {
                return Long.parseLong(digits);
            } catch (NumberFormatException e) {
                throw new MalformedCheckpointException(
                        file,
                        Rule.VALIDATION_OVERFLOW,
                        subject + ": expected integers up to " + Long.MAX_VALUE + ", got " + digits,
                        e);
            }
        }

        /** @param tensors sorted by offsets */
        private void checkLayout(List<TensorEntry> tensors, long bufferBytes) throws MalformedCheckpointException {
            long previousEnd = 0;
            for (TensorEntry tensor : tensors) {
                checkOffsets(tensor, previousEnd);
                checkSize(tensor);
                previousEnd = tensor.end();
            }
            if (previousEnd != bufferBytes) {
                throw new MalformedCheckpointException(
                        file,
                        Rule.METADATA_INCOMPLETE_BUFFER,
                        "tensors do not fill the file: they end at " + previousEnd + " of " + bufferBytes
                                + " bytes after the header");
            }
        }

        private void checkOffsets(TensorEntry tensor, long previousEnd) throws MalformedCheckpointException {
            String problem;
            if (tensor.end() < tensor.begin()) {
                problem = "data_offsets end before they begin: begin " + tensor.begin() + ", end " + tensor.end();
            } else if (tensor.begin() > previousEnd) {
                problem = "data_offsets leave a hole: previous end " + previousEnd + ", begin " + tensor.begin();
            } else if (tensor.begin() < previousEnd) {
                problem = "data_offsets overlap: previous end " + previousEnd + ", begin " + tensor.begin();
            } else {
                return;
            }
            throw new MalformedCheckpointException(
                    file, Rule.INVALID_OFFSET, "tensor " + tensor.name() + ": " + problem);
        }

        private void checkSize(TensorEntry tensor) throws MalformedCheckpointException {
            String values = tensor.dtype() + " " + Arrays.toString(tensor.shape());
            String subject = "tensor " + tensor.name() + ": ";
            long bits;
            try {
                bits = Math.multiplyExact(
                        tensor.elementCount(), (long) tensor.dtype().bits());
            } catch (ArithmeticException e) {
                throw new MalformedCheckpointException(
                        file, Rule.VALIDATION_OVERFLOW, subject + "size overflows: " + values, e);
            }
            if (bits % 8 != 0) {
                throw new MalformedCheckpointException(
                        file,
                        Rule.MISALIGNED_SLICE,
                        subject + "does not fill its last byte: " + values + ", " + bits + " bits");
            }
            if (bits / 8 != tensor.byteCount()) {
                throw new MalformedCheckpointException(
                        file,
                        Rule.TENSOR_INVALID_INFO,
                        subject + "size differs from data_offsets: " + values + " takes " + bits / 8 + " bytes, ["
                                + tensor.begin() + ", " + tensor.end() + ") has " + tensor.byteCount());
            }
        }

        private void expect(@Nullable JsonToken token, JsonToken expected, String subject, String what)
                throws MalformedCheckpointException {
            if (token != expected) {
                throw malformed(subject + ": expected " + what + ", got " + StrictJson.describe(token));
            }
        }

        private String text(String text, String subject) throws MalformedCheckpointException {
            if (hasLoneSurrogate(text)) {
                throw malformed(subject + " holds half a surrogate pair");
            }
            return text;
        }

        private MalformedCheckpointException malformed(String problem) {
            return new MalformedCheckpointException(file, Rule.INVALID_HEADER_DESERIALIZATION, problem);
        }

        private MalformedCheckpointException malformed(String problem, Throwable cause) {
            return new MalformedCheckpointException(file, Rule.INVALID_HEADER_DESERIALIZATION, problem, cause);
        }

        private MalformedCheckpointException duplicate(String subject) {
            return new MalformedCheckpointException(file, Rule.DUPLICATE_NAME, subject + ": given twice");
        }
    }
}
