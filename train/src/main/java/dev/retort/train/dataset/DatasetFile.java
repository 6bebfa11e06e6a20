package dev.retort.train.dataset;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A file of labelled texts: rows of a text and a label a task, any label missing (an empty cell; in JSON also null or no field). */
public final class DatasetFile {

    private DatasetFile() {}

    /**
     * Reads a file through once: every row is checked before anything is trained.
     *
     * @param warnings hears what is odd but not wrong, and the rows that were skipped
     * @return in memory if the file is small enough for {@link ReadOptions#mostBytesInMemory}, else reading rows as they are asked for; the
     *     two cannot be told apart
     * @throws MalformedDatasetException if a row, or the file as a whole, is not what it should be
     */
    public static Dataset read(Path file, ReadOptions options, Consumer<String> warnings) throws IOException {
        if (Files.isDirectory(file)) { // Java opens folders too, and what it says at the first read names none
            throw new FileSystemException(file.toString(), null, "is a folder: give the name of a file");
        }
        String name = file.toString();
        DatasetFormat format = options.format() == null ? DatasetFormat.of(name) : options.format();
        FileChannel channel = FileChannel.open(file);
        boolean keepOpen = false;
        try {
            // A pipe is no file to come back to, and its size reads as zero.
            boolean small = !Files.isRegularFile(file) || channel.size() <= options.mostBytesInMemory();
            if (small) {
                return inMemory(Channels.newInputStream(channel), name, format, options, warnings);
            }
            DatasetScan.Result scan = DatasetScan.of(Files.newInputStream(file), name, format, options, warnings, null);
            keepOpen = true;
            return new IndexedDataset(name, channel, format == DatasetFormat.CSV, scan);
        } finally {
            if (!keepOpen) {
                channel.close();
            }
        }
    }

    /** Reads a stream to its end and closes it; see {@link #read}. */
    static Dataset inMemory(
            InputStream in, String name, DatasetFormat format, ReadOptions options, Consumer<String> warnings)
            throws IOException {
        List<String> texts = new ArrayList<>();
        return new ListedDataset(name, DatasetScan.of(in, name, format, options, warnings, texts), texts);
    }
}
