package dev.retort.train;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * The sentence vectors of a data set under a frozen backbone, (rows, E): in memory, or where they are many in a mapped file that the
 * system may page out. Rows may be written and read by several threads, each row by one at a time.
 */
final class FeatureCache implements AutoCloseable {

    private static final long SEGMENT_BYTES = 1L << 29; // one buffer has at most 2^31 - 1
    private static final int ZEROS = 1 << 20; // a write

    private final int rowCount;
    private final int width;
    private final int rowsPerSegment;
    private final List<FloatBuffer> segments = new ArrayList<>();
    private final List<Pointer> allocated = new ArrayList<>(); // what the segments lie in, unless they are mapped
    private final @Nullable Path file; // deleted with the cache, if not before

    private FeatureCache(int rowCount, int width, long segmentBytes, @Nullable Path file) {
        this.rowCount = rowCount;
        this.width = width;
        this.rowsPerSegment = (int) Math.max(1, segmentBytes / ((long) width * Float.BYTES));
        this.file = file;
    }

    /**
     * Makes an empty cache.
     *
     * @param width E
     * @param mostBytesInMemory above it the vectors lie in a temporary file
     */
    static FeatureCache create(int rowCount, int width, long mostBytesInMemory) throws IOException {
        return create(rowCount, width, mostBytesInMemory, SEGMENT_BYTES);
    }

    /** @param segmentBytes the most that one buffer holds, if a row fits into it */
    static FeatureCache create(int rowCount, int width, long mostBytesInMemory, long segmentBytes) throws IOException {
        long bytes = (long) rowCount * width * Float.BYTES;
        Path file = bytes <= mostBytesInMemory ? null : Files.createTempFile("retort-features-", ".tmp");
        FeatureCache cache = new FeatureCache(rowCount, width, segmentBytes, file);
        try {
            if (file == null) {
                cache.allocate();
            } else {
                cache.map(file);
                deleteIfPossible(file);
            }
            return cache;
        } catch (IOException | RuntimeException | Error failure) {
            cache.close();
            throw failure;
        }
    }

    /** Where a file may be deleted that is mapped, so that a killed process leaves none. */
    private static void deleteIfPossible(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            return; // Windows: it is deleted at the end
        }
    }

    private interface Segment {
        void at(long start, int length) throws IOException;
    }

    private void forEachSegment(Segment each) throws IOException {
        for (long row = 0; row < rowCount; row += rowsPerSegment) {
            long rows = Math.min(rowsPerSegment, rowCount - row);
            each.at(row * width * Float.BYTES, Math.toIntExact(rows * width * Float.BYTES));
        }
    }

    /** Outside of what the virtual machine allows direct buffers, which is no more than its heap. */
    private void allocate() throws IOException {
        forEachSegment((start, length) -> {
            Pointer memory = Pointer.malloc(length);
            if (memory == null || memory.isNull()) {
                throw new IllegalStateException("features: no memory for " + length + " bytes");
            }
            allocated.add(memory);
            segments.add(new FloatPointer(memory).capacity(length / Float.BYTES).asBuffer());
        });
    }

    private void map(Path mapped) throws IOException {
        try (FileChannel channel = FileChannel.open(mapped, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            reserve(mapped, channel);
            forEachSegment((start, length) -> segments.add(channel.map(FileChannel.MapMode.READ_WRITE, start, length)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer()));
        }
    }

    /** Takes the room on the disk: a mapped page for which there is none ends the process. */
    private void reserve(Path mapped, FileChannel channel) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocateDirect(ZEROS);
        long bytes = (long) rowCount * width * Float.BYTES;
        try {
            for (long written = 0; written < bytes; ) {
                written += channel.write(zeros.clear().limit((int) Math.min(ZEROS, bytes - written)));
            }
        } catch (ClosedChannelException interruption) {
            throw interruption;
        } catch (IOException e) {
            FileSystemException failure = new FileSystemException(
                    mapped.toString(),
                    null,
                    "no room for " + bytes + " bytes of sentence vectors: " + e.getMessage()
                            + ": choose another folder with -Djava.io.tmpdir");
            failure.initCause(e);
            throw failure;
        }
    }

    /** Whether the vectors lie in a file. */
    boolean isMapped() {
        return file != null;
    }

    /** E. */
    int width() {
        return width;
    }

    /** Keeps a row's vector. */
    void put(int row, float[] vector) {
        segment(row).put(place(row), vector, 0, width);
    }

    /** Copies a row's vector into an array of E floats, or more. */
    void get(int row, float[] target) {
        segment(row).get(place(row), target, 0, width);
    }

    /** Copies of the vectors of some rows. */
    float[][] vectors(int... rows) {
        float[][] vectors = new float[rows.length][width];
        for (int i = 0; i < rows.length; i++) {
            get(rows[i], vectors[i]);
        }
        return vectors;
    }

    private FloatBuffer segment(int row) {
        return segments.get(row / rowsPerSegment);
    }

    private int place(int row) {
        return row % rowsPerSegment * width;
    }

    /** Frees the memory or deletes the file; nobody may read or write any more. Idempotent. */
    @Override
    public void close() throws IOException {
        segments.clear();
        allocated.forEach(Pointer::free);
        allocated.clear();
        if (file != null) {
            Files.deleteIfExists(file);
        }
    }
}
