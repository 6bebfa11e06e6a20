package dev.retort.weights.safetensors;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * One safetensors file, checked in full when it is opened. Any length; nothing is sized by what the header says before that was compared
 * with the file's length.
 *
 * <p>Elements are read through buffers of {@value #BUFFER_BYTES} bytes, because the pages of a map that were read stay in the process's
 * resident memory for as long as the map lives: a model would be there twice. Slices are views of memory maps.
 *
 * <p>The maps outlive {@link #close()}: Java 17 has no supported way to undo a map, and undoing one under a {@link #slice} would end the
 * JVM. They go when the garbage collector finds neither this object nor a slice. The file may be replaced meanwhile (by a rename, as {@link AtomicFile} does): the maps keep showing the old one. It must not be shortened in place.
 */
public final class SafetensorsFile implements Checkpoint {

    /** The longest {@link #slice}: 1 GiB. */
    public static final int MAX_SLICE_BYTES = 1 << 30;

    private static final int ELEMENTS_A_SCAN = 8192;
    private static final int BUFFER_BYTES = 1 << 18;

    private final Path path;
    private final String fileName;
    private final Header header;
    private final Map<String, TensorEntry> byName;
    private final int stride;
    private final FileChannel channel;
    private final Queue<ByteBuffer> buffers = new ConcurrentLinkedQueue<>(); // those that no thread reads into
    private volatile List<ByteBuffer> windows; // window i: bytes i * stride .. (i + 2) * stride - 1

    private SafetensorsFile(
            Path path, String fileName, Header header, int stride, FileChannel channel, List<ByteBuffer> windows) {
        this.path = path;
        this.fileName = fileName;
        this.header = header;
        this.stride = stride;
        this.channel = channel;
        this.windows = windows;
        this.byName = new HashMap<>();
        for (TensorEntry tensor : header.tensors()) {
            byName.put(tensor.name(), tensor);
        }
    }

    /**
     * Opens and checks a file.
     *
     * @throws MalformedCheckpointException if it breaks a rule of the format
     * @throws IOException if it cannot be read
     */
    public static SafetensorsFile open(Path path) throws IOException {
        return open(path, MAX_SLICE_BYTES);
    }

    /** @param stride the longest slice, a power of two from 8 to {@link #MAX_SLICE_BYTES} */
    static SafetensorsFile open(Path path, int stride) throws IOException {
        String fileName = String.valueOf(path.getFileName());
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            long fileBytes = channel.size();
            Header header = Header.read(fileName, channel, fileBytes);
            return new SafetensorsFile(path, fileName, header, stride, channel, map(channel, fileBytes, stride));
        } catch (IOException | RuntimeException | Error failure) {
            channel.close();
            throw failure;
        }
    }

    /**
     * Maps of almost two strides, one every stride, so that every slice of up to a stride lies in one of them. The second half of a map
     * costs addresses, no memory.
     */
    private static List<ByteBuffer> map(FileChannel channel, long fileBytes, int stride) throws IOException {
        int count = Math.toIntExact((fileBytes + stride - 1) / stride);
        ByteBuffer[] windows = new ByteBuffer[count];
        for (int i = 0; i < count; i++) {
            long begin = (long) i * stride;
            windows[i] = channel.map(MapMode.READ_ONLY, begin, Math.min(2L * stride - 1, fileBytes - begin));
        }
        return List.of(windows);
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public List<TensorEntry> tensors() {
        return header.tensors();
    }

    @Override
    public Optional<TensorEntry> tensor(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    @Override
    public Map<String, String> metadata() {
        return header.metadata();
    }

    @Override
    public void readFloats(TensorEntry tensor, long firstElement, float[] target, int offset, int count) {
        requireElements(tensor, firstElement, target.length, offset, count);
        requireReadable(tensor);
        inRuns(
                tensor,
                firstElement,
                count,
                (bytes, done, run) -> Elements.copy(tensor.dtype(), bytes, target, offset + done, run));
    }

    @Override
    public void readDoubles(TensorEntry tensor, long firstElement, double[] target, int offset, int count) {
        requireElements(tensor, firstElement, target.length, offset, count);
        requireReadable(tensor);
        inRuns(
                tensor,
                firstElement,
                count,
                (bytes, done, run) -> Elements.copy(tensor.dtype(), bytes, target, offset + done, run));
    }

    @Override
    public void readLongs(TensorEntry tensor, long firstElement, long[] target, int offset, int count) {
        requireElements(tensor, firstElement, target.length, offset, count);
        if (!Elements.isInteger(tensor.dtype())) {
            throw unreadable(tensor, "an integer type");
        }
        inRuns(
                tensor,
                firstElement,
                count,
                (bytes, done, run) -> Elements.copy(tensor.dtype(), bytes, target, offset + done, run));
        if (tensor.dtype() == DType.U64) {
            for (int i = 0; i < count; i++) {
                if (target[offset + i] < 0) {
                    throw new IllegalArgumentException(
                            fileName + ": tensor " + tensor.name() + ": element " + (firstElement + i)
                                    + " does not fit a long: " + Long.toUnsignedString(target[offset + i]));
                }
            }
        }
    }

    @Override
    public ByteBuffer slice(TensorEntry tensor, long byteOffset, int length) {
        requireOwn(tensor);
        if (byteOffset < 0 || length < 0 || length > stride || byteOffset > tensor.byteCount() - length) {
            throw new IllegalArgumentException(fileName + ": tensor " + tensor.name()
                    + ": slice outside the tensor or over " + stride + " bytes: byteOffset=" + byteOffset + " length="
                    + length + " byteCount=" + tensor.byteCount());
        }
        return view(tensor, byteOffset, length);
    }

    @Override
    public OptionalLong firstNonFinite(TensorEntry tensor) {
        requireOwn(tensor);
        requireReadable(tensor);
        long elementCount = tensor.elementCount();
        if (Elements.isInteger(tensor.dtype())) {
            return OptionalLong.empty();
        }
        double[] elements = new double[(int) Math.min(elementCount, ELEMENTS_A_SCAN)];
        for (long first = 0; first < elementCount; first += elements.length) {
            int count = (int) Math.min(elements.length, elementCount - first);
            readDoubles(tensor, first, elements, 0, count);
            for (int i = 0; i < count; i++) {
                if (!Double.isFinite(elements[i])) {
                    return OptionalLong.of(first + i);
                }
            }
        }
        return OptionalLong.empty();
    }

    /** Refuses further reads; the maps go with the garbage collection after the last slice. */
    @Override
    public void close() {
        windows = List.of();
        buffers.clear();
        try {
            channel.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** {@code SafetensorsFile[model.safetensors, 100 tensors]}. */
    @Override
    public String toString() {
        return "SafetensorsFile[" + fileName + ", " + header.tensors().size() + " tensors]";
    }

    private ByteBuffer view(TensorEntry tensor, long byteOffset, int length) {
        List<ByteBuffer> open = requireOpen();
        long position = header.bufferBegin() + tensor.begin() + byteOffset;
        int window =
                (int) Math.min(position / stride, open.size() - 1L); // an empty tensor may begin where the file ends
        return open.get(window)
                .slice((int) (position - (long) window * stride), length)
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    private interface Run {
        /** @param done the elements of the runs before, {@code count} of this one */
        void copy(ByteBuffer bytes, int done, int count);
    }

    private void inRuns(TensorEntry tensor, long firstElement, int count, Run run) {
        int elementBytes = tensor.dtype().bits() / 8;
        int longestRun = Math.min(stride, BUFFER_BYTES) / elementBytes;
        ByteBuffer pooled = buffers.poll();
        ByteBuffer buffer =
                pooled == null ? ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN) : pooled;
        for (int done = 0; done < count; ) {
            int length = Math.min(longestRun, count - done);
            long byteOffset = (firstElement + done) * elementBytes;
            boolean filled = fill(
                    buffer.clear().limit(length * elementBytes), header.bufferBegin() + tensor.begin() + byteOffset);
            run.copy(filled ? buffer : view(tensor, byteOffset, length * elementBytes), done, length);
            done += length;
        }
        buffers.add(buffer);
    }

    /** Reads until a buffer is full; false where the map must do: an interrupted thread cannot read, and closes the channel for all. */
    private boolean fill(ByteBuffer buffer, long position) {
        try {
            while (channel.isOpen() && buffer.hasRemaining()) {
                if (channel.read(buffer, position + buffer.position()) < 0) {
                    throw new UncheckedIOException(new EOFException(fileName + ": was shortened while it was read"));
                }
            }
        } catch (ClosedChannelException closed) {
            return false;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        boolean full = !buffer.hasRemaining();
        buffer.flip();
        return full;
    }

    private List<ByteBuffer> requireOpen() {
        List<ByteBuffer> open = windows;
        if (open.isEmpty()) {
            throw new IllegalStateException(fileName + ": read after close");
        }
        return open;
    }

    private void requireOwn(TensorEntry tensor) {
        requireOpen();
        TensorEntry own = byName.get(tensor.name());
        if (tensor != own && !tensor.equals(own)) {
            throw new IllegalArgumentException(fileName + ": no such tensor: " + tensor);
        }
    }

    private void requireElements(TensorEntry tensor, long firstElement, int targetLength, int offset, int count) {
        requireOwn(tensor);
        if (firstElement < 0 || count < 0 || firstElement > tensor.elementCount() - count) {
            throw new IllegalArgumentException(
                    fileName + ": tensor " + tensor.name() + ": elements outside the tensor: firstElement="
                            + firstElement + " count=" + count + " elementCount=" + tensor.elementCount());
        }
        if (offset < 0 || offset > targetLength - count) {
            throw new IllegalArgumentException(
                    fileName + ": tensor " + tensor.name() + ": elements outside the target: offset=" + offset
                            + " count=" + count + " length=" + targetLength);
        }
    }

    private void requireReadable(TensorEntry tensor) {
        if (!Elements.isReadable(tensor.dtype())) {
            throw unreadable(tensor, "BOOL, an integer type, F16, BF16, F32 or F64");
        }
    }

    private IllegalArgumentException unreadable(TensorEntry tensor, String expected) {
        return new IllegalArgumentException(
                fileName + ": tensor " + tensor.name() + ": expected " + expected + ", dtype is " + tensor.dtype());
    }
}
