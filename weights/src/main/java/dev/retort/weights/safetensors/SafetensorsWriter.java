package dev.retort.weights.safetensors;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.ListIterator;
import java.util.Map;
import java.util.Set;

/**
 * Writes a safetensors file, byte for byte what the reference library writes for the same tensors and one metadata entry.
 *
 * <p>Tensors lie in the order of falling alignment, then by name (code points), after a header that starts with an opening brace and
 * is padded with spaces to a multiple of 8 bytes; so every tensor is aligned. {@code __metadata__} says {@code {"format": "pt"}} unless
 * {@link #metadata} says something else of {@code format}: some readers refuse a file without it.
 *
 * <p>Not safe for use by several threads.
 */
public final class SafetensorsWriter {

    private static final int FLOATS_A_WRITE = 16 * 1024;

    private static final Comparator<TensorEntry> LAYOUT = Comparator.comparing(TensorEntry::dtype)
            .reversed()
            .thenComparing(entry -> entry.name().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

    private final Map<String, String> metadata = new LinkedHashMap<>(Map.of("format", "pt"));
    private final Set<String> names = new HashSet<>();
    private final List<Addition> additions = new ArrayList<>();

    /** @param entry its offsets count from 0 until the tensors are laid out */
    private record Addition(TensorEntry entry, ByteSource source) {}

    /** Adds a text to {@code __metadata__}, or replaces it. */
    public SafetensorsWriter metadata(String key, String value) {
        metadata.put(requireText("metadata key", key), requireText("metadata " + key, value));
        return this;
    }

    /**
     * Adds a tensor.
     *
     * @param name any text but {@code __metadata__}, not given before
     * @param dtype the type of its elements
     * @param shape its extents, slowest first; empty for a scalar
     * @param source writes the elements, little-endian and row-major; is called at each {@link #write}, once
     */
    public SafetensorsWriter tensor(String name, DType dtype, long[] shape, ByteSource source) {
        requireText("tensor name", name);
        if (name.equals(Header.METADATA)) {
            throw new IllegalArgumentException("tensor name: is reserved: " + name);
        }
        TensorEntry entry = new TensorEntry(name, dtype, shape, 0, byteCount(name, dtype, shape));
        if (!names.add(name)) {
            throw new IllegalArgumentException("tensor " + name + ": given twice");
        }
        additions.add(new Addition(entry, source));
        return this;
    }

    /**
     * Adds an F32 tensor.
     *
     * @param values its elements, row-major; not copied, so not to be changed before {@link #write}
     */
    public SafetensorsWriter floats(String name, float[] values, long... shape) {
        long expected = byteCount(name, DType.F32, shape) / Float.BYTES;
        if (values.length != expected) {
            throw new IllegalArgumentException("tensor " + name + ": expected " + expected + " values for "
                    + Arrays.toString(shape) + ", got " + values.length);
        }
        return tensor(name, DType.F32, shape, channel -> writeFloats(values, channel));
    }

    /**
     * Writes the file through {@link AtomicFile}: whatever fails, a file that was there before is untouched.
     *
     * @throws IllegalArgumentException if the header would exceed what readers take, or a source writes more or fewer bytes than its
     *     tensor has
     * @throws IOException if a source or the disk fails
     */
    public void write(Path target) throws IOException {
        List<Addition> layout = layout();
        byte[] header = header(layout);
        AtomicFile.write(target, channel -> {
            channel.write(ByteBuffer.allocate(Header.PREFIX_BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(0, header.length));
            channel.write(ByteBuffer.wrap(header));
            for (Addition tensor : layout) {
                writeTensor(tensor.entry(), tensor.source(), channel);
            }
        });
    }

    private List<Addition> layout() {
        List<Addition> layout = new ArrayList<>(additions);
        layout.sort(Comparator.comparing(Addition::entry, LAYOUT));
        long end = 0;
        for (ListIterator<Addition> each = layout.listIterator(); each.hasNext(); ) {
            Addition addition = each.next();
            TensorEntry entry = addition.entry();
            long begin = end;
            try {
                end = Math.addExact(begin, entry.byteCount());
            } catch (ArithmeticException e) {
                throw new IllegalArgumentException(
                        "tensor " + entry.name() + ": end overflows: begin=" + begin + " byteCount="
                                + entry.byteCount(),
                        e);
            }
            each.set(new Addition(
                    new TensorEntry(entry.name(), entry.dtype(), entry.shape(), begin, end), addition.source()));
        }
        return layout;
    }

    private byte[] header(List<Addition> layout) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = StrictJson.FACTORY.createGenerator(text)) {
            json.writeStartObject();
            json.writeObjectFieldStart(Header.METADATA);
            for (Map.Entry<String, String> entry : metadata.entrySet()) {
                json.writeStringField(entry.getKey(), entry.getValue());
            }
            json.writeEndObject();
            for (Addition addition : layout) {
                TensorEntry tensor = addition.entry();
                json.writeObjectFieldStart(tensor.name());
                json.writeStringField("dtype", tensor.dtype().name());
                json.writeFieldName("shape");
                long[] shape = tensor.shape();
                json.writeArray(shape, 0, shape.length);
                json.writeFieldName("data_offsets");
                json.writeArray(new long[] {tensor.begin(), tensor.end()}, 0, 2);
                json.writeEndObject();
            }
            json.writeEndObject();
        }
        byte[] unpadded = text.toString().getBytes(StandardCharsets.UTF_8);
        byte[] header = Arrays.copyOf(unpadded, (unpadded.length + 7) / 8 * 8);
        Arrays.fill(header, unpadded.length, header.length, (byte) ' ');
        if (header.length > Header.MAX_BYTES) {
            throw new IllegalArgumentException(
                    "header: longer than " + Header.MAX_BYTES + " bytes, which readers refuse: " + header.length);
        }
        return header;
    }

    private static void writeTensor(TensorEntry tensor, ByteSource source, WritableByteChannel channel)
            throws IOException {
        WholeWrites counted = new WholeWrites(channel);
        source.writeTo(counted);
        if (counted.byteCount() != tensor.byteCount()) {
            throw new IllegalArgumentException("tensor " + tensor.name() + ": expected " + tensor.byteCount()
                    + " bytes for " + tensor.dtype() + " " + Arrays.toString(tensor.shape()) + ", its source wrote "
                    + counted.byteCount());
        }
    }

    private static void writeFloats(float[] values, WritableByteChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(Float.BYTES * Math.min(values.length, FLOATS_A_WRITE))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int done = 0; done < values.length; done += FLOATS_A_WRITE) {
            int count = Math.min(FLOATS_A_WRITE, values.length - done);
            bytes.asFloatBuffer().put(values, done, count);
            channel.write(bytes.limit(Float.BYTES * count).position(0));
            bytes.clear();
        }
    }

    private static long byteCount(String name, DType dtype, long[] shape) {
        String values = dtype + " " + Arrays.toString(shape);
        long bits;
        try {
            long elementCount = 1;
            for (long extent : shape) {
                if (extent < 0) {
                    throw new IllegalArgumentException("tensor " + name + ": an extent is negative: " + values);
                }
                elementCount = Math.multiplyExact(elementCount, extent);
            }
            bits = Math.multiplyExact(elementCount, (long) dtype.bits());
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("tensor " + name + ": size overflows: " + values, e);
        }
        if (bits % 8 != 0) {
            throw new IllegalArgumentException("tensor " + name + ": does not fill its last byte: " + values);
        }
        return bits / 8;
    }

    private static String requireText(String subject, String text) {
        if (Header.hasLoneSurrogate(text)) {
            throw new IllegalArgumentException(subject + ": holds half a surrogate pair, which UTF-8 cannot express");
        }
        return text;
    }
}
