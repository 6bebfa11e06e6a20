package dev.retort.weights.safetensors;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.retort.weights.safetensors.MalformedCheckpointException.Rule;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Several safetensors files as one set of tensors, as {@code model.safetensors.index.json} lists them:
 *
 * <pre>
 *   {"metadata": {"total_size": ...}, "weight_map": {tensor: file, ...}}
 * </pre>
 *
 * <p>Files lie beside the index. {@code metadata} and unknown members of the index are ignored. Of two shards' metadata under the same
 * key the first shard's (by file name) counts. A tensor that lies in a shard but not in the index is not part of the checkpoint; it is
 * listed by {@link #unmappedNames}.
 */
public final class ShardedCheckpoint implements Checkpoint {

    private final Path index;
    private final String fileName;
    private final List<SafetensorsFile> shards;
    private final Map<String, SafetensorsFile> shardByName;
    private final List<TensorEntry> tensors;
    private final List<String> unmappedNames;
    private final Map<String, String> metadata;

    private ShardedCheckpoint(
            Path index,
            String fileName,
            List<SafetensorsFile> shards,
            Map<String, SafetensorsFile> shardByName,
            List<TensorEntry> tensors,
            List<String> unmappedNames,
            Map<String, String> metadata) {
        this.index = index;
        this.fileName = fileName;
        this.shards = List.copyOf(shards);
        this.shardByName = shardByName;
        this.tensors = List.copyOf(tensors);
        this.unmappedNames = List.copyOf(unmappedNames);
        this.metadata = Collections.unmodifiableMap(metadata);
    }

    /**
     * Opens an index and all files it names.
     *
     * @throws MalformedCheckpointException if the index or a shard breaks a rule, a shard is missing, a tensor is not in its shard, or two
     *     shards hold tensors of the same name
     * @throws IOException if a file cannot be read
     */
    public static ShardedCheckpoint open(Path index) throws IOException {
        String fileName = String.valueOf(index.getFileName());
        Map<String, String> weightMap = new IndexParser(fileName).parse(index);
        List<SafetensorsFile> shards = new ArrayList<>();
        try {
            return join(index, fileName, weightMap, shards);
        } catch (Throwable e) {
            shards.forEach(SafetensorsFile::close);
            throw e;
        }
    }

    /** @param shards gets every file that is opened */
    private static ShardedCheckpoint join(
            Path index, String fileName, Map<String, String> weightMap, List<SafetensorsFile> shards)
            throws IOException {
        Map<String, List<String>> namesByFile = new TreeMap<>();
        weightMap.forEach((name, file) ->
                namesByFile.computeIfAbsent(file, absent -> new ArrayList<>()).add(name));
        Map<String, SafetensorsFile> holders = new HashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        for (Map.Entry<String, List<String>> entry : namesByFile.entrySet()) {
            SafetensorsFile shard = openShard(index, fileName, entry.getKey());
            shards.add(shard);
            shard.metadata().forEach(metadata::putIfAbsent);
            for (TensorEntry tensor : shard.tensors()) {
                SafetensorsFile other = holders.put(tensor.name(), shard);
                if (other != null) {
                    throw new MalformedCheckpointException(
                            fileName,
                            Rule.DUPLICATE_NAME,
                            "tensor " + tensor.name() + ": lies in two shards: "
                                    + other.path().getFileName() + " and " + entry.getKey());
                }
            }
            for (String name : entry.getValue()) {
                if (shard.tensor(name).isEmpty()) {
                    throw new MalformedCheckpointException(
                            fileName,
                            Rule.TENSOR_NOT_FOUND,
                            "tensor " + name + ": is not in its shard: " + entry.getKey());
                }
            }
        }
        List<TensorEntry> tensors = new ArrayList<>();
        List<String> unmapped = new ArrayList<>();
        for (SafetensorsFile shard : shards) {
            for (TensorEntry tensor : shard.tensors()) {
                if (weightMap.containsKey(tensor.name())) {
                    tensors.add(tensor);
                } else {
                    unmapped.add(tensor.name());
                }
            }
        }
        holders.keySet().retainAll(weightMap.keySet());
        return new ShardedCheckpoint(index, fileName, shards, holders, tensors, unmapped, metadata);
    }

    private static SafetensorsFile openShard(Path index, String fileName, String shard) throws IOException {
        try {
            return SafetensorsFile.open(index.resolveSibling(shard));
        } catch (NoSuchFileException e) {
            throw new MalformedCheckpointException(
                    fileName, Rule.MISSING_SHARD, "shard is missing: " + shard + ", expected beside the index", e);
        }
    }

    @Override
    public Path path() {
        return index;
    }

    @Override
    public List<TensorEntry> tensors() {
        return tensors;
    }

    @Override
    public Optional<TensorEntry> tensor(String name) {
        return Optional.ofNullable(shardByName.get(name)).flatMap(shard -> shard.tensor(name));
    }

    @Override
    public Map<String, String> metadata() {
        return metadata;
    }

    /** The tensors that lie in the shards but are not in the index. */
    public List<String> unmappedNames() {
        return unmappedNames;
    }

    @Override
    public void readFloats(TensorEntry tensor, long firstElement, float[] target, int offset, int count) {
        shardOf(tensor).readFloats(tensor, firstElement, target, offset, count);
    }

    @Override
    public void readDoubles(TensorEntry tensor, long firstElement, double[] target, int offset, int count) {
        shardOf(tensor).readDoubles(tensor, firstElement, target, offset, count);
    }

    @Override
    public void readLongs(TensorEntry tensor, long firstElement, long[] target, int offset, int count) {
        shardOf(tensor).readLongs(tensor, firstElement, target, offset, count);
    }

    @Override
    public ByteBuffer slice(TensorEntry tensor, long byteOffset, int length) {
        return shardOf(tensor).slice(tensor, byteOffset, length);
    }

    @Override
    public OptionalLong firstNonFinite(TensorEntry tensor) {
        return shardOf(tensor).firstNonFinite(tensor);
    }

    /** Closes every shard. */
    @Override
    public void close() {
        shards.forEach(SafetensorsFile::close);
    }

    /** {@code ShardedCheckpoint[model.safetensors.index.json, 3 shards, 100 tensors]}. */
    @Override
    public String toString() {
        return "ShardedCheckpoint[" + fileName + ", " + shards.size() + " shards, " + tensors.size() + " tensors]";
    }

    private SafetensorsFile shardOf(TensorEntry tensor) {
        SafetensorsFile shard = shardByName.get(tensor.name());
        if (shard == null) {
            throw new IllegalArgumentException(fileName + ": no such tensor: " + tensor);
        }
        return shard;
    }

    private record IndexParser(String fileName) {

        /** The {@code weight_map}. */
        Map<String, String> parse(Path index) throws IOException {
            byte[] json = read(index);
            int malformed = StrictJson.firstMalformedByte(json);
            if (malformed >= 0) {
                throw malformed("is not UTF-8: at byte " + malformed);
            }
            try (JsonParser parser = StrictJson.FACTORY.createParser(StrictJson.reader(json))) {
                return readIndex(parser);
            } catch (JsonProcessingException e) {
                throw new MalformedCheckpointException(
                        fileName, Rule.INVALID_INDEX, "is not valid JSON: " + StrictJson.describe(e), e);
            }
        }

        private byte[] read(Path index) throws IOException {
            long length = Files.size(index);
            if (length > Header.MAX_BYTES) {
                throw malformed("is longer than " + Header.MAX_BYTES + " bytes: " + length);
            }
            return Files.readAllBytes(index);
        }

        private Map<String, String> readIndex(JsonParser parser) throws IOException {
            expect(parser.nextToken(), JsonToken.START_OBJECT, "index", "an object");
            Map<String, String> weightMap = null;
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String member = parser.currentName();
                JsonToken value = parser.nextToken();
                if (!member.equals("weight_map")) {
                    parser.skipChildren();
                    continue;
                }
                if (weightMap != null) {
                    throw new MalformedCheckpointException(fileName, Rule.DUPLICATE_NAME, "weight_map: given twice");
                }
                expect(value, JsonToken.START_OBJECT, "weight_map", "an object");
                weightMap = readWeightMap(parser);
            }
            JsonToken after = parser.nextToken();
            if (after != null) {
                throw malformed("expected only white space behind the object, got " + StrictJson.describe(after));
            }
            if (weightMap == null) {
                throw malformed("weight_map is missing");
            }
            return weightMap;
        }

        private Map<String, String> readWeightMap(JsonParser parser) throws IOException {
            Map<String, String> weightMap = new HashMap<>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                expect(parser.nextToken(), JsonToken.VALUE_STRING, "weight_map: " + name, "a file name");
                if (weightMap.put(name, requireFileName(name, parser.getText())) != null) {
                    throw new MalformedCheckpointException(
                            fileName, Rule.DUPLICATE_NAME, "weight_map: " + name + ": given twice");
                }
            }
            return weightMap;
        }

        /** A name that cannot lead out of the index's folder, on any system. */
        private String requireFileName(String tensor, String file) throws MalformedCheckpointException {
            boolean plain = !file.isEmpty()
                    && !file.equals(".")
                    && !file.equals("..")
                    && file.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
            try {
                plain = plain && Path.of(file).getNameCount() == 1;
            } catch (InvalidPathException e) {
                plain = false;
            }
            if (!plain) {
                throw malformed("weight_map: " + tensor + ": expected a file name without a folder, got " + file);
            }
            return file;
        }

        private void expect(@Nullable JsonToken token, JsonToken expected, String subject, String what)
                throws MalformedCheckpointException {
            if (token != expected) {
                throw malformed(subject + ": expected " + what + ", got " + StrictJson.describe(token));
            }
        }

        private MalformedCheckpointException malformed(String problem) {
            return new MalformedCheckpointException(fileName, Rule.INVALID_INDEX, problem);
        }
    }
}
