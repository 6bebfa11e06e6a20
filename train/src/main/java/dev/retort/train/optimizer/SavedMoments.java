package dev.retort.train.optimizer;

import dev.retort.autograd.Variable;
import dev.retort.core.Shape;
import dev.retort.weights.safetensors.Checkpoint;
import dev.retort.weights.safetensors.DType;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import dev.retort.weights.safetensors.SafetensorsWriter;
import dev.retort.weights.safetensors.TensorEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The state as tensors of a file:
 *
 * <pre>
 *   optimizer.updates                   I64 ()
 *   optimizer.NAME.updates              I64 ()
 *   optimizer.NAME.firstMoment          F32 or F64, of the parameter's shape
 *   optimizer.NAME.secondMoment         the same
 * </pre>
 *
 * <p>Of a table with rows that never had a gradient only the others are stored: their R numbers, ascending, in
 * {@code optimizer.NAME.rows}, I64 (R), and both moments as (R, H).
 */
final class SavedMoments {

    private static final String PREFIX = "optimizer.";
    private static final String UPDATES = "updates";
    private static final String FIRST = "firstMoment";
    private static final String SECOND = "secondMoment";
    private static final String ROWS = "rows";

    private static final int BYTES_A_WRITE = 1 << 24;
    private static final int ELEMENTS_A_READ = 1 << 16;

    private SavedMoments() {}

    // ---- writing ----

    static void write(long updates, Iterable<Moments> all, SafetensorsWriter writer) {
        writeLongs(writer, PREFIX + UPDATES, new long[] {updates});
        for (Moments moments : all) {
            String prefix = PREFIX + moments.name() + ".";
            DType dtype = dtype(moments.type());
            writeLongs(writer, prefix + UPDATES, new long[] {moments.updates()});
            long[] shape = moments.shape();
            BitSet rows = moments.rows();
            if (rows != null) {
                long[] numbers = rows.stream().asLongStream().toArray();
                writeLongs(writer, prefix + ROWS, numbers, numbers.length);
                shape[0] = numbers.length;
            }
            writer.tensor(prefix + FIRST, dtype, shape, channel -> write(moments, moments.firstAddress(), channel));
            writer.tensor(prefix + SECOND, dtype, shape, channel -> write(moments, moments.secondAddress(), channel));
        }
    }

    private static void writeLongs(SafetensorsWriter writer, String name, long[] values, long... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        writer.tensor(name, DType.I64, shape, channel -> channel.write(bytes.duplicate()));
    }

    private static void write(Moments moments, long address, WritableByteChannel channel) throws IOException {
        BitSet rows = moments.rows();
        if (rows == null) {
            writeBytes(address, moments.elements() * moments.type().width(), channel);
            return;
        }
        long rowBytes = moments.rowBytes();
        for (int from = rows.nextSetBit(0); from >= 0; ) {
            int to = rows.nextClearBit(from);
            writeBytes(address + from * rowBytes, (to - from) * rowBytes, channel);
            from = rows.nextSetBit(to);
        }
    }

    private static void writeBytes(long address, long count, WritableByteChannel channel) throws IOException {
        for (long done = 0; done < count; done += BYTES_A_WRITE) {
            channel.write(NativeBytes.view(address + done, Math.min(BYTES_A_WRITE, count - done)));
        }
    }

    // ---- reading ----

    static long readUpdates(Checkpoint file) throws MalformedCheckpointException {
        return readCount(file, PREFIX + UPDATES, 0);
    }

    /**
     * The state of every parameter that has one in a file.
     *
     * @param parameters by name
     * @throws MalformedCheckpointException if it is incomplete, of an unknown parameter, or does not fit its parameter
     */
    static Map<String, Moments> read(Checkpoint file, Map<String, Variable> parameters)
            throws MalformedCheckpointException {
        Map<String, Moments> all = new TreeMap<>();
        try {
            for (String name : names(file)) {
                Variable parameter = parameters.get(name);
                if (parameter == null) {
                    throw new MalformedCheckpointException(
                            origin(file), "optimiser state of an unknown parameter: " + name);
                }
                all.put(name, read(file, parameter));
            }
        } catch (MalformedCheckpointException | RuntimeException e) {
            all.values().forEach(Moments::free);
            throw e;
        }
        return all;
    }

    /** The names of the parameters, each once. */
    private static Set<String> names(Checkpoint file) throws MalformedCheckpointException {
        Set<String> names = new LinkedHashSet<>();
        for (TensorEntry entry : file.tensors()) {
            if (!entry.name().startsWith(PREFIX) || entry.name().equals(PREFIX + UPDATES)) {
                continue;
            }
            int dot = entry.name().lastIndexOf('.');
            String part = entry.name().substring(dot + 1);
            if (dot < PREFIX.length()
                    || !Arrays.asList(UPDATES, FIRST, SECOND, ROWS).contains(part)) {
                throw new MalformedCheckpointException(
                        origin(file), "tensor " + entry.name() + ": is no part of an optimiser's state");
            }
            names.add(entry.name().substring(PREFIX.length(), dot));
        }
        return names;
    }

    private static Moments read(Checkpoint file, Variable parameter) throws MalformedCheckpointException {
        String prefix = PREFIX + parameter.name() + ".";
        DataType type = parameter.value().dataType();
        long updates = readCount(file, prefix + UPDATES, 1);
        BitSet rows = file.tensor(prefix + ROWS).isPresent() ? readRows(file, prefix + ROWS, parameter) : null;
        long[] shape = parameter.shape().clone();
        if (rows != null) {
            shape[0] = rows.cardinality();
        }
        TensorEntry first = required(file, prefix + FIRST, dtype(type), shape);
        TensorEntry second = required(file, prefix + SECOND, dtype(type), shape);
        Moments moments = new Moments(parameter.name(), type, parameter.shape(), updates, rows);
        try {
            read(file, first, moments, moments.firstAddress(), Double.NEGATIVE_INFINITY);
            read(file, second, moments, moments.secondAddress(), 0);
        } catch (MalformedCheckpointException | RuntimeException e) {
            moments.free();
            throw e;
        }
        return moments;
    }

    private static TensorEntry required(Checkpoint file, String name, DType expected, long... shape)
            throws MalformedCheckpointException {
        Optional<TensorEntry> entry = file.tensor(name);
        if (entry.isEmpty()) {
            throw new MalformedCheckpointException(origin(file), "tensor " + name + ": is missing");
        }
        if (entry.get().dtype() != expected || !Arrays.equals(entry.get().shape(), shape)) {
            throw new MalformedCheckpointException(
                    origin(file),
                    "tensor " + name + ": expected " + expected + " " + Shape.toString(shape) + ", got "
                            + entry.get().dtype() + " "
                            + Shape.toString(entry.get().shape()));
        }
        return entry.get();
    }

    private static long readCount(Checkpoint file, String name, long least) throws MalformedCheckpointException {
        long[] value = new long[1];
        file.readLongs(required(file, name, DType.I64), 0, value, 0, 1);
        if (value[0] < least) {
            throw new MalformedCheckpointException(
                    origin(file), "tensor " + name + ": expected " + least + " or more, got " + value[0]);
        }
        return value[0];
    }

    private static BitSet readRows(Checkpoint file, String name, Variable parameter)
            throws MalformedCheckpointException {
        TensorEntry entry = file.tensor(name).orElseThrow();
        if (parameter.shape().length != 2) {
            throw new MalformedCheckpointException(
                    origin(file), "tensor " + name + ": but " + parameter + " is no table");
        }
        if (entry.dtype() != DType.I64 || entry.shape().length != 1) {
            throw new MalformedCheckpointException(
                    origin(file),
                    "tensor " + name + ": expected I64 (*), got " + entry.dtype() + " "
                            + Shape.toString(entry.shape()));
        }
        long[] numbers = new long[Math.toIntExact(entry.elementCount())];
        file.readLongs(entry, 0, numbers, 0, numbers.length);
        BitSet rows = new BitSet();
        for (int i = 0; i < numbers.length; i++) {
            if (numbers[i] < 0 || numbers[i] >= parameter.size(0) || (i > 0 && numbers[i] <= numbers[i - 1])) {
                throw new MalformedCheckpointException(
                        origin(file),
                        "tensor " + name + ": expected ascending rows in 0.." + (parameter.size(0) - 1) + ", got "
                                + numbers[i] + " at " + i);
            }
            rows.set((int) numbers[i]);
        }
        return rows;
    }

    /** Copies one moment to its places. */
    private static void read(Checkpoint file, TensorEntry entry, Moments moments, long address, double least)
            throws MalformedCheckpointException {
        BitSet rows = moments.rows();
        if (rows == null) {
            read(file, entry, 0, moments.elements(), address, least);
            return;
        }
        long rowBytes = moments.rowBytes();
        long rowLength = rowBytes / moments.type().width();
        long done = 0;
        for (int from = rows.nextSetBit(0); from >= 0; ) {
            int to = rows.nextClearBit(from);
            read(file, entry, done * rowLength, (to - from) * rowLength, address + from * rowBytes, least);
            done += to - from;
            from = rows.nextSetBit(to);
        }
    }

    private static void read(
            Checkpoint file, TensorEntry entry, long firstElement, long count, long address, double least)
            throws MalformedCheckpointException {
        boolean wide = entry.dtype() == DType.F64;
        int width = wide ? Double.BYTES : Float.BYTES;
        for (long done = 0; done < count; done += ELEMENTS_A_READ) {
            int size = (int) Math.min(ELEMENTS_A_READ, count - done);
            double[] elements = new double[size];
            file.readDoubles(entry, firstElement + done, elements, 0, size);
            ByteBuffer target = NativeBytes.view(address + done * width, (long) size * width);
            for (int i = 0; i < size; i++) {
                if (!(elements[i] >= least && Math.abs(elements[i]) < Double.POSITIVE_INFINITY)) {
                    throw new MalformedCheckpointException(
                            origin(file),
                            "tensor " + entry.name() + ": element " + (firstElement + done + i)
                                    + " cannot be such a moment: " + elements[i]);
                }
                if (wide) {
                    target.putDouble(i * width, elements[i]);
                } else {
                    target.putFloat(i * width, (float) elements[i]);
                }
            }
        }
    }

    private static DType dtype(DataType type) {
        return type == DataType.FLOAT ? DType.F32 : DType.F64;
    }

    private static String origin(Checkpoint file) {
        return file.path().getFileName().toString();
    }
}
