package dev.retort.weights.sentencetransformers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.retort.model.sentence.Pooling;
import dev.retort.weights.NarrowFormat;
import dev.retort.weights.ParameterTensor;
import dev.retort.weights.TensorSet;
import dev.retort.weights.huggingface.EncoderConfig;
import dev.retort.weights.huggingface.EncoderConfig.Architecture;
import dev.retort.weights.huggingface.WeightFiles;
import dev.retort.weights.safetensors.AtomicFile;
import dev.retort.weights.safetensors.DType;
import dev.retort.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes a model folder in the format of sentence-transformers before 5.4: newer versions read it silently, other readers need it.
 *
 * <p>The folder is written beside the target and renamed. To replace one, the old one is first renamed aside; if the process ends between
 * the two renames it is there as {@code .NAME.old-*}.
 */
final class FolderWriter {

    private static final List<String> TOKENIZER_FILES = List.of(
            "tokenizer.json",
            ModelFolder.TOKENIZER_CONFIG,
            "vocab.txt",
            "special_tokens_map.json",
            "added_tokens.json");

    private static final JsonMapper MAPPER = new JsonMapper();

    private final SentenceCheckpoint checkpoint;
    private final Path folder; // the one that will be renamed
    private final @Nullable NarrowFormat format; // of the weights; null for float32

    private FolderWriter(SentenceCheckpoint checkpoint, Path folder, @Nullable NarrowFormat format) {
        this.checkpoint = checkpoint;
        this.folder = folder;
        this.format = format;
    }

    static void write(
            SentenceCheckpoint checkpoint,
            Path target,
            ExistingFolder existing,
            @Nullable NarrowFormat format,
            MoreFiles more)
            throws IOException {
        Path absolute = target.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        Path name = absolute.getFileName();
        if (parent == null || name == null) {
            throw new IOException(target + ": is not a path to write a folder to");
        }
        requireReplaceable(target, absolute, existing);
        Path temporary = parent.resolve("." + name + ".tmp-" + UUID.randomUUID());
        try {
            Files.createDirectories(parent);
            Files.createDirectory(temporary);
            new FolderWriter(checkpoint, temporary, format).writeFiles();
            more.writeTo(temporary);
            replace(temporary, absolute, parent.resolve("." + name + ".old-" + UUID.randomUUID()));
        } catch (AccessDeniedException e) {
            deleteAfter(e, temporary);
            throw new IOException(target + ": cannot be written, permission denied: " + e.getFile(), e);
        } catch (Throwable e) {
            deleteAfter(e, temporary);
            throw e;
        }
    }

    private static void requireReplaceable(Path target, Path absolute, ExistingFolder existing) throws IOException {
        if (!Files.exists(absolute)) {
            return;
        }
        if (!Files.isDirectory(absolute)) {
            throw new IOException(target + ": cannot be written, a file is there");
        }
        if (isEmpty(absolute)) {
            return;
        }
        if (existing == ExistingFolder.REFUSE) {
            throw new IOException(target + ": is not empty, and replacing it was not asked for");
        }
        if (!Files.exists(absolute.resolve(ModelFolder.MODULES))
                && !Files.exists(absolute.resolve(ModelFolder.CONFIG))) {
            throw new IOException(target + ": is not replaced, it is not a model folder: has neither "
                    + ModelFolder.MODULES + " nor " + ModelFolder.CONFIG);
        }
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (Stream<Path> children = Files.list(folder)) {
            return children.findAny().isEmpty();
        }
    }

    private static void replace(Path temporary, Path target, Path aside) throws IOException {
        if (!Files.exists(target)) {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            return;
        }
        Files.move(target, aside, StandardCopyOption.ATOMIC_MOVE);
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
            throw e;
        }
        delete(aside);
    }

    private static void deleteAfter(Throwable failure, Path temporary) {
        try {
            delete(temporary);
        } catch (IOException suppressed) {
            failure.addSuppressed(suppressed);
        }
    }

    private static void delete(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private void writeFiles() throws IOException {
        SentenceSettings settings = checkpoint.settings();
        ArrayNode modules = MAPPER.createArrayNode();
        addModule(modules, "Transformer", "");
        addModule(modules, "Pooling", "1_Pooling");

        AtomicFile.write(
                folder.resolve(ModelFolder.CONFIG),
                channel -> channel.write(ByteBuffer.wrap(EncoderConfig.toJson(checkpoint.config(), format))));
        writeTensors(folder, checkpoint.encoderTensors(), checkpoint.encoderParameters());
        ObjectNode sentenceConfig = MAPPER.createObjectNode();
        sentenceConfig.put("max_seq_length", settings.maxSequenceLength());
        sentenceConfig.put("do_lower_case", settings.lowerCase());
        writeJson(folder.resolve(ModelFolder.SENTENCE_CONFIGS.get(0)), sentenceConfig);
        writeJson(folder.resolve(ModelFolder.MODEL_CONFIG), modelConfig(settings));
        writePooling(Files.createDirectory(folder.resolve("1_Pooling")), settings);
        for (ModuleSettings module : settings.modules()) {
            String name = modules.size() + "_" + module.kind();
            addModule(modules, module.kind(), name);
            writeModule(Files.createDirectory(folder.resolve(name)), module);
        }
        writeJson(folder.resolve(ModelFolder.MODULES), modules);
        writeTokenizer();
    }

    private static void addModule(ArrayNode modules, String kind, String path) {
        int number = modules.size();
        ObjectNode module = modules.addObject();
        module.put("idx", number);
        module.put("name", Integer.toString(number));
        module.put("path", path);
        module.put("type", "sentence_transformers.models." + kind);
    }

    private static ObjectNode modelConfig(SentenceSettings settings) {
        ObjectNode json = MAPPER.createObjectNode();
        ObjectNode prompts = json.putObject("prompts");
        settings.prompts().forEach(prompts::put);
        json.put("default_prompt_name", settings.defaultPromptName());
        json.put("similarity_fn_name", settings.similarity().fileName());
        if (settings.truncateDimension() != null) {
            json.put("truncate_dim", settings.truncateDimension());
        }
        return json;
    }

    /** An order of several modes that the older format cannot express is written in the newer one. */
    private void writePooling(Path module, SentenceSettings settings) throws IOException {
        Pooling pooling = settings.pooling();
        ObjectNode json = MAPPER.createObjectNode();
        if (PoolingNames.isLegacyOrder(pooling)) {
            json.put("word_embedding_dimension", checkpoint.config().hiddenSize());
            PoolingNames.legacyFlags(pooling).forEach(flag -> json.put(flag.getKey(), flag.getValue()));
        } else {
            json.put("embedding_dimension", checkpoint.config().hiddenSize());
            ArrayNode modes = json.putArray("pooling_mode");
            PoolingNames.namesOf(pooling).forEach(modes::add);
        }
        json.put("include_prompt", settings.includePrompt());
        writeJson(module.resolve(ModelFolder.CONFIG), json);
    }

    private void writeModule(Path module, ModuleSettings settings) throws IOException {
        ObjectNode json = MAPPER.createObjectNode();
        if (settings instanceof ModuleSettings.OfDense dense) {
            json.put("in_features", dense.inputSize());
            json.put("out_features", dense.outputSize());
            json.put("bias", dense.bias());
            json.put("activation_function", ModelFolder.torchClass(dense.activation()));
        } else if (settings instanceof ModuleSettings.OfLayerNorm norm) {
            json.put("dimension", norm.size());
        } else {
            return;
        }
        writeJson(module.resolve(ModelFolder.CONFIG), json);
        TensorSet tensors = settings.tensors();
        if (tensors != null) {
            writeTensors(module, tensors, settings.parameters(""));
        }
    }

    private void writeTensors(Path module, TensorSet tensors, List<ParameterTensor> parameters) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        if (format != null) {
            writer.metadata(NarrowFormat.KEY, format.formatName());
        }
        if (format == NarrowFormat.INT8) {
            writer.metadata("format", "retort"); // transformers refuses what it does not know here
        }
        for (ParameterTensor parameter : parameters) {
            TensorSet.Tensor tensor = tensors.tensor(parameter.tensor()).orElseThrow();
            long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
            if (format == NarrowFormat.INT8 && parameter.isLinearWeight()) {
                QuantizedRows rows = new QuantizedRows(tensors, tensor);
                writer.tensor(tensor.name(), DType.I8, shape, rows::writeElements);
                writer.tensor(tensor.name() + NarrowFormat.SCALE, DType.F32, new long[] {shape[0]}, rows::writeScales);
            } else if (format != null && (parameter.isLinearWeight() || parameter.isTable())) {
                writer.tensor(tensor.name(), DType.BF16, shape, new FloatElements(tensors, tensor, true));
            } else {
                writer.tensor(tensor.name(), DType.F32, shape, new FloatElements(tensors, tensor, false));
            }
        }
        writer.write(module.resolve(format == NarrowFormat.INT8 ? WeightFiles.QUANTIZED : WeightFiles.SINGLE));
    }

    private void writeTokenizer() throws IOException {
        TokenizerFiles tokenizer = checkpoint.tokenizer();
        if (tokenizer instanceof TokenizerFiles.InFolder source) {
            for (String name : TOKENIZER_FILES) {
                Path file = source.path().resolve(name);
                if (Files.exists(file)) {
                    byte[] content = Files.readAllBytes(file);
                    AtomicFile.write(folder.resolve(name), channel -> channel.write(ByteBuffer.wrap(content)));
                }
            }
            Path config = folder.resolve(ModelFolder.TOKENIZER_CONFIG);
            if (checkpoint.architecture() == Architecture.BERT && Files.exists(config)) {
                writeJson(config, withoutTokenTypes(MAPPER.readTree(config.toFile())));
            }
        } else if (tokenizer instanceof TokenizerFiles.InMemory memory) {
            AtomicFile.write(
                    folder.resolve("tokenizer.json"), channel -> channel.write(ByteBuffer.wrap(memory.json())));
            ObjectNode config = MAPPER.createObjectNode();
            config.put("tokenizer_class", "DistilBertTokenizer");
            config.put("model_max_length", checkpoint.settings().maxSequenceLength());
            writeJson(folder.resolve(ModelFolder.TOKENIZER_CONFIG), config);
        }
    }

    /** A BERT tokenizer gives token types, which a DistilBertModel in Python refuses. */
    private static JsonNode withoutTokenTypes(JsonNode tokenizerConfig) {
        if (tokenizerConfig instanceof ObjectNode json) {
            String tokenizerClass = json.path("tokenizer_class").asText("");
            if (tokenizerClass.startsWith("Bert")) {
                json.put("tokenizer_class", "Distil" + tokenizerClass);
            }
            json.remove("model_input_names");
        }
        return tokenizerConfig;
    }

    private static void writeJson(Path file, JsonNode json) throws IOException {
        try {
            AtomicFile.writeText(file, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(file + ": cannot be expressed as JSON: " + json, e);
        }
    }
}
