package dev.retort.train.dataset;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Texts that stay in their file: each is read again at its row's offset when it is asked for. */
final class IndexedDataset implements Dataset {

    private static final int BUFFER = 1 << 12;

    private final String name;
    private final FileChannel file;
    private final boolean quoted;
    private final DatasetScan.Result scan;

    /** @param quoted whether quotation marks join lines */
    IndexedDataset(String name, FileChannel file, boolean quoted, DatasetScan.Result scan) {
        this.name = name;
        this.file = file;
        this.quoted = quoted;
        this.scan = scan;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<TaskLabels> tasks() {
        return scan.tasks();
    }

    @Override
    public int size() {
        return scan.rows().size();
    }

    @Override
    @SuppressWarnings("resource") // the channel is this set's
    public Example get(int row) {
        RowTable rows = scan.rows();
        Objects.checkIndex(row, size());
        String place = name + ":" + rows.line(row);
        try {
            InputStream in = new ChannelInput(file, rows.offset(row));
            Records records = new Records(in, name, quoted, rows.offset(row), rows.line(row), BUFFER);
            if (records.next()) {
                RowReader.Row read = scan.reader().read(records);
                int[] labels = rows.labels(row);
                if (agree(read.labels(), labels)) {
                    return new Example(read.text(), labels, place);
                }
            }
        } catch (MalformedDatasetException e) {
            throw new UncheckedIOException(changed(place, e));
        } catch (IOException e) {
            throw new UncheckedIOException(place + ": cannot be read: " + e.getMessage(), e);
        }
        throw new UncheckedIOException(changed(place, null));
    }

    private boolean agree(List<@Nullable String> read, int[] labels) {
        for (int t = 0; t < labels.length; t++) {
            String expected =
                    labels[t] == Example.MISSING ? null : tasks().get(t).names().get(labels[t]);
            if (!Objects.equals(expected, read.get(t))) {
                return false;
            }
        }
        return true;
    }

    private static MalformedDatasetException changed(String place, @Nullable Throwable cause) {
        return new MalformedDatasetException(
                place + ": the file has changed since it was opened: leave it alone until the run is over", cause);
    }

    @Override
    public int label(int row, int task) {
        return scan.rows().label(Objects.checkIndex(row, size()), Objects.checkIndex(task, tasks().size()));
    }

    @Override
    public long fingerprint() {
        return scan.fingerprint();
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(name + ": cannot be closed: " + e.getMessage(), e);
        }
    }

    /** Bytes of a file from a position on; the file's own position stays where it is, so that many can read at once. */
    private static final class ChannelInput extends InputStream {

        private final FileChannel file;
        private long position;

        ChannelInput(FileChannel file, long position) {
            this.file = file;
            this.position = position;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int count = file.read(ByteBuffer.wrap(target, offset, length), position);
            position += Math.max(count, 0);
            return count;
        }
    }
}
