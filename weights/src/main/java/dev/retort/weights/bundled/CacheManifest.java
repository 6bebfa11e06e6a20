package dev.retort.weights.bundled;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.retort.weights.JsonFile;
import dev.retort.weights.safetensors.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * {@code retort.json} in a cached folder: what the folder was made of, in which format, and every file's length and checksum. It is written
 * last, so a folder without it is not whole.
 *
 * @param format counts up when folders are written differently
 * @param source see {@link ModelSource#identity}
 * @param files by path from the folder, with slashes: {@code LENGTH:CRC32C}
 */
record CacheManifest(int format, String source, Map<String, String> files) {

    static final String FILE_NAME = "retort.json";

    private static final int CHUNK_BYTES = 1 << 20;

    CacheManifest {
        files = new TreeMap<>(files);
    }

    /** Describes a folder as it is. */
    static CacheManifest of(Path folder, int format, String source) throws IOException {
        List<Path> all;
        try (Stream<Path> tree = Files.walk(folder)) {
            all = tree.filter(Files::isRegularFile).toList();
        }
        Map<String, String> files = new TreeMap<>();
        for (Path file : all) {
            String name = folder.relativize(file).toString().replace('\\', '/');
            if (!name.equals(FILE_NAME)) {
                files.put(name, mark(file));
            }
        }
        return new CacheManifest(format, source, files);
    }

    void write(Path folder) throws IOException {
        JsonMapper mapper = new JsonMapper();
        ObjectNode json = mapper.createObjectNode();
        json.put("format", format);
        json.put("source", source);
        ObjectNode marks = json.putObject("files");
        files.forEach(marks::put);
        AtomicFile.writeText(
                folder.resolve(FILE_NAME),
                mapper.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
    }

    /**
     * What is wrong with a folder, empty if nothing is. Reads every file.
     *
     * @param source the one that the folder should be made of
     * @throws ClosedByInterruptException if the thread is interrupted, which says nothing about the folder
     */
    static Optional<String> problemOf(Path folder, int format, String source) throws ClosedByInterruptException {
        CacheManifest manifest;
        try {
            manifest = read(folder);
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
        if (manifest.format != format) {
            return Optional.of(FILE_NAME + ": format: expected " + format + ", got " + manifest.format);
        }
        if (!manifest.source.equals(source)) {
            return Optional.of(FILE_NAME + ": source: expected " + source + ", got " + manifest.source);
        }
        if (manifest.files.isEmpty()) {
            return Optional.of(FILE_NAME + ": names no files");
        }
        for (Map.Entry<String, String> file : manifest.files.entrySet()) {
            try {
                String mark = mark(folder.resolve(file.getKey()));
                if (!mark.equals(file.getValue())) {
                    return Optional.of(file.getKey() + ": expected " + file.getValue() + ", got " + mark);
                }
            } catch (ClosedByInterruptException e) {
                throw e;
            } catch (IOException | RuntimeException e) { // a damaged manifest may hold what is no path
                return Optional.of(file.getKey() + ": cannot be read: " + e.getMessage());
            }
        }
        return Optional.empty();
    }

    private static CacheManifest read(Path folder) throws IOException {
        JsonFile json = JsonFile.read(folder.resolve(FILE_NAME), FILE_NAME);
        Integer format = json.findInt("format");
        String source = json.findText("source");
        return new CacheManifest(format == null ? -1 : format, source == null ? "" : source, json.findTextMap("files"));
    }

    private static String mark(Path file) throws IOException {
        CRC32C checksum = new CRC32C();
        long length = 0;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
            while (channel.read(chunk.clear()) >= 0) {
                chunk.flip();
                length += chunk.remaining();
                checksum.update(chunk);
            }
        }
        return length + ":" + Long.toHexString(checksum.getValue());
    }
}
