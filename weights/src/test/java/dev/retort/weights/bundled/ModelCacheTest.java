package dev.retort.weights.bundled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.weights.TensorSet;
import dev.retort.weights.TensorSet.Tensor;
import dev.retort.weights.onnx.OnnxWriter;
import dev.retort.weights.onnx.SmallExport;
import dev.retort.weights.onnx.SmallExport.Heads;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import dev.retort.weights.sentencetransformers.TokenizerFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cache, with a small model: what it writes, when it writes again, what happens where it cannot. */
class ModelCacheTest {

    private static final int FORMAT = 3;

    private static final FileTime LONG_AGO = FileTime.fromMillis(1_000_000_000_000L);

    @TempDir
    Path temporary;

    private Path root;
    private Path folder;
    private ModelSource source;

    @BeforeEach
    void writeSource() throws IOException {
        root = temporary.resolve("cache");
        folder = root.resolve("small-3");
        source = source(SmallExport.bert().write());
    }

    @Test
    void open_emptyCache_writesWholeFolder() throws IOException {
        try (SentenceCheckpoint checkpoint = open()) {
            assertThat(checkpoint.tokenizer()).isEqualTo(new TokenizerFiles.InFolder(folder));
            assertThat(checkpoint.settings().maxSequenceLength()).isEqualTo(5);
            assertSameModel(checkpoint);
        }
        assertThat(filesUnder(root))
                .containsExactlyInAnyOrder(
                        ".small-3.lock",
                        "small-3/1_Pooling/config.json",
                        "small-3/config.json",
                        "small-3/config_sentence_transformers.json",
                        "small-3/model.safetensors",
                        "small-3/modules.json",
                        "small-3/retort.json",
                        "small-3/sentence_bert_config.json",
                        "small-3/tokenizer.json",
                        "small-3/tokenizer_config.json");
    }

    @Test
    void open_goodFolder_isLeftAlone() throws IOException {
        open().close();
        Files.setLastModifiedTime(folder, LONG_AGO);

        open().close();

        assertThat(wasWrittenAgain()).isFalse();
    }

    @Test
    void open_olderFormat_writesAgain() throws IOException {
        open().close();
        replaceInManifest("\"format\" : 3", "\"format\" : 2");
        assertWritesAgain();
    }

    @Test
    void open_otherSource_writesAgain() throws IOException {
        open().close();
        Files.setLastModifiedTime(folder, LONG_AGO);
        source = source(SmallExport.bert().write().floats("pooler.dense.bias", new float[6], 6));
        assertWritesAgain();
    }

    @Test
    void open_fileMissing_writesAgain() throws IOException {
        open().close();
        Files.delete(folder.resolve("1_Pooling/config.json"));
        assertWritesAgain();
    }

    @Test
    void open_manifestMissing_writesAgain() throws IOException {
        open().close();
        Files.delete(folder.resolve("retort.json"));
        assertWritesAgain();
    }

    @Test
    void open_manifestDamaged_writesAgain() throws IOException {
        for (String manifest : List.of("", "{", "[]", "null", "{\"format\": 3}", "{\"files\": {\"\\u0000\": 1}}")) {
            open().close();
            Files.writeString(folder.resolve("retort.json"), manifest);
            assertWritesAgain();
        }
        open().close();
        replaceInManifest("config.json", "\\u0000.json");
        assertWritesAgain();
    }

    @Test
    void open_oneBitOfTheWeightsFlipped_writesAgain() throws IOException {
        open().close();
        Path weights = folder.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 7] ^= 4;
        Files.write(weights, bytes);
        assertWritesAgain();
    }

    @Test
    void open_leftoverOfACrash_isSweptUp() throws IOException {
        Path leftover = root.resolve(".small-3.building/model/1_Pooling");
        Files.createDirectories(leftover);
        Files.writeString(leftover.resolve("config.json"), "{");

        open().close();

        assertThat(Files.exists(root.resolve(".small-3.building"))).isFalse();
        assertThat(wasWrittenAgain()).isTrue();
    }

    @Test
    void open_formatsSideBySide_doNotDisturbEachOther() throws IOException {
        open().close();
        Files.setLastModifiedTime(folder, LONG_AGO);

        BundledModel.open(source, Optional.of(root), FORMAT + 1).close();

        assertThat(Files.exists(root.resolve("small-4/retort.json"))).isTrue();
        assertThat(wasWrittenAgain()).isFalse();
    }

    @Test
    void open_cacheUnwritable_isInMemoryAndSaidOnce() throws IOException {
        Path file = Files.writeString(temporary.resolve("file"), "in the way");
        BundledModel.forgetWarning();

        String log = logOf(() -> {
            for (int i = 0; i < 2; i++) {
                try (SentenceCheckpoint checkpoint = BundledModel.open(source, Optional.of(file), FORMAT)) {
                    assertThat(checkpoint.tokenizer()).isInstanceOf(TokenizerFiles.InMemory.class);
                    assertSameModel(checkpoint);
                }
            }
            return null;
        });

        assertThat(log.lines().toList()).hasSize(1);
        assertThat(log)
                .contains("default model: cannot be cached, so it is unpacked in memory at every load: " + file
                        + ": FileAlreadyExistsException: " + file)
                .contains("-Dretort.cache=FOLDER or RETORT_CACHE=FOLDER");
    }

    @Test
    void open_folderCannotBeWritten_isInMemoryAndLeavesNothing() throws IOException {
        Files.createDirectories(root.resolve(".small-3.lock")); // a folder cannot be opened as a file
        BundledModel.forgetWarning();

        logOf(() -> {
            try (SentenceCheckpoint checkpoint = open()) {
                assertSameModel(checkpoint);
            }
            return null;
        });

        assertThat(filesUnder(root)).noneMatch(name -> name.contains(".building"));
    }

    @Test
    void open_noCache_isInMemoryAndSilent() throws IOException {
        BundledModel.forgetWarning();
        String log = logOf(() -> {
            BundledModel.open(source, Optional.empty(), FORMAT).close();
            return null;
        });
        assertThat(log).isEmpty();
        assertThat(Files.exists(root)).isFalse();
    }

    @Test
    void open_readOnlyCacheWithGoodFolder_isUsed() throws IOException {
        open().close();
        Files.delete(root.resolve(".small-3.lock"));

        open().close(); // would create the lock again if it meant to write

        assertThat(Files.exists(root.resolve(".small-3.lock"))).isFalse();
    }

    @Test
    void open_sourceUnreadable_saysSoAndWritesNothing() throws IOException {
        source = source(SmallExport.bert().with(Heads.ALL_COMPUTED).write());

        assertThatThrownBy(this::open)
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("head count: the graph does not say");
        assertThat(filesUnder(root)).containsExactly(".small-3.lock");
    }

    @Test
    void open_manyThreads_getOneFolder() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            Callable<Void> opening = () -> {
                try (SentenceCheckpoint checkpoint = open()) {
                    assertSameModel(checkpoint);
                }
                return null;
            };
            for (Future<Void> done :
                    threads.invokeAll(Stream.generate(() -> opening).limit(16).toList())) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(filesUnder(root)).hasSize(10);
    }

    @Test
    void open_interrupted_blamesNeitherTheCacheNorItsFolder() throws IOException {
        for (boolean written : List.of(false, true)) {
            if (written) {
                open().close();
                Files.setLastModifiedTime(folder, LONG_AGO);
            }
            String log = logOf(() -> {
                Thread.currentThread().interrupt();
                assertThatThrownBy(this::open).isInstanceOf(ClosedByInterruptException.class);
                assertThat(Thread.interrupted()).isTrue();
                return null;
            });
            assertThat(log).isEmpty();
        }
        assertThat(wasWrittenAgain()).isFalse();
        open().close();
    }

    private SentenceCheckpoint open() throws IOException {
        return BundledModel.open(source, Optional.of(root), FORMAT);
    }

    private ModelSource source(OnnxWriter writer) throws IOException {
        Path onnx = Files.write(temporary.resolve("small.onnx"), writer.toBytes());
        Path tokenizer = Files.writeString(temporary.resolve("small.json"), "{\"model\": {\"vocab\": {\"a\": 0}}}");
        return new ModelSource("small", onnx.toUri().toURL(), tokenizer.toUri().toURL(), 5);
    }

    private void replaceInManifest(String old, String replacement) throws IOException {
        Path manifest = folder.resolve("retort.json");
        String text = Files.readString(manifest);
        assertThat(text).contains(old);
        Files.writeString(manifest, text.replace(old, replacement));
    }

    private void assertWritesAgain() throws IOException {
        Files.setLastModifiedTime(folder, LONG_AGO);
        try (SentenceCheckpoint checkpoint = open()) {
            assertSameModel(checkpoint);
        }
        assertThat(wasWrittenAgain()).isTrue();
        assertThat(CacheManifest.problemOf(folder, FORMAT, source.identity())).isEmpty();
        try (Stream<Path> entries = Files.list(root)) {
            assertThat(entries.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder(".small-3.lock", "small-3");
        }
    }

    private boolean wasWrittenAgain() throws IOException {
        return !Files.getLastModifiedTime(folder).equals(LONG_AGO);
    }

    /** The same as unpacked in memory, bit for bit. */
    private void assertSameModel(SentenceCheckpoint checkpoint) throws IOException {
        try (SentenceCheckpoint expected = source.read()) {
            assertThat(checkpoint.config()).isEqualTo(expected.config());
            assertThat(checkpoint.pipeline()).isEqualTo(expected.pipeline());
            TensorSet tensors = expected.encoderTensors();
            assertThat(checkpoint.encoderTensors().tensors()).hasSameSizeAs(tensors.tensors());
            for (Tensor tensor : tensors.tensors()) {
                Tensor other = checkpoint.encoderTensors().tensor(tensor.name()).orElseThrow();
                assertThat(whole(checkpoint.encoderTensors(), other)).isEqualTo(whole(tensors, tensor));
            }
        }
    }

    private static float[] whole(TensorSet tensors, Tensor tensor) {
        float[] values = new float[(int) tensor.elementCount()];
        tensors.readFloats(tensor, 0, values, 0, values.length);
        return values;
    }

    private static List<String> filesUnder(Path root) throws IOException {
        try (Stream<Path> tree = Files.walk(root)) {
            return tree.filter(Files::isRegularFile)
                    .map(path -> root.relativize(path).toString().replace('\\', '/'))
                    .toList();
        }
    }

    /** What the logger prints meanwhile; tests run with a binding that prints to standard error from WARN on. */
    private static String logOf(Callable<Void> action) throws IOException {
        PrintStream standardError = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PrintStream capture = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            System.setErr(capture);
            action.call();
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        } finally {
            System.setErr(standardError);
        }
        return String.join(
                "\n",
                Arrays.stream(bytes.toString(StandardCharsets.UTF_8).split("\n"))
                        .filter(line -> !line.isBlank())
                        .toList());
    }
}
