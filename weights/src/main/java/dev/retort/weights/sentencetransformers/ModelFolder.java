package dev.retort.weights.sentencetransformers;

import dev.retort.autograd.fusion.Activation;
import dev.retort.model.sentence.Pooling;
import dev.retort.weights.JsonFile;
import dev.retort.weights.TensorSet;
import dev.retort.weights.huggingface.EncoderConfig;
import dev.retort.weights.huggingface.EncoderTensors;
import dev.retort.weights.huggingface.WeightFiles;
import dev.retort.weights.safetensors.Checkpoint;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads a model folder, in the format of sentence-transformers 5.4 and later or in the one before. */
final class ModelFolder {

    static final String MODULES = "modules.json";
    static final String CONFIG = "config.json";
    static final String MODEL_CONFIG = "config_sentence_transformers.json";
    static final String TOKENIZER_CONFIG = "tokenizer_config.json";

    /** Where the first module's settings may be, the first that exists counts. */
    static final List<String> SENTENCE_CONFIGS = List.of(
            "sentence_bert_config.json",
            "sentence_roberta_config.json",
            "sentence_distilbert_config.json",
            "sentence_camembert_config.json",
            "sentence_albert_config.json",
            "sentence_xlm-roberta_config.json",
            "sentence_xlnet_config.json");

    private static final Logger LOG = LoggerFactory.getLogger(ModelFolder.class);

    private static final List<String> KINDS = List.of("Transformer", "Pooling", "Dense", "LayerNorm", "Normalize");

    private static final String SENTENCE_EMBEDDING = "sentence_embedding";

    private static final Map<String, Activation> ACTIVATIONS = new TreeMap<>(Map.of(
            "Identity", Activation.IDENTITY,
            "Tanh", Activation.TANH,
            "ReLU", Activation.RELU,
            "GELU", Activation.GELU,
            "SiLU", Activation.SILU,
            "Sigmoid", Activation.SIGMOID));

    private final Path folder;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();

    /**
     * A line of modules.json.
     *
     * @param kind the last part of its type
     * @param path its folder, resolved
     * @param name its folder from the model's, with a slash at the end, empty for the model's own
     */
    private record Module(String kind, Path path, String name) {}

    private ModelFolder(Path folder) {
        this.folder = folder;
    }

    static SentenceCheckpoint open(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            throw new IOException(folder + ": no such folder");
        }
        if (!Files.isDirectory(folder)) {
            throw new IOException(folder + ": expected a model folder, is a file");
        }
        if (!Files.isReadable(folder) || !Files.isExecutable(folder)) { // files in it would seem absent
            throw new IOException(folder + ": cannot be read, permission denied");
        }
        ModelFolder reader = new ModelFolder(folder);
        try {
            return Files.exists(folder.resolve(MODULES)) ? reader.openModules() : reader.openPlain();
        } catch (IOException | RuntimeException e) {
            for (AutoCloseable file : reader.opened) {
                try {
                    file.close();
                } catch (Exception suppressed) {
                    e.addSuppressed(suppressed);
                }
            }
            throw e;
        }
    }

    /** The class that {@code Dense} names in its config.json. */
    static String torchClass(Activation activation) {
        for (Map.Entry<String, Activation> entry : ACTIVATIONS.entrySet()) {
            if (entry.getValue() == activation) {
                String module = activation == Activation.IDENTITY ? "linear" : "activation";
                return "torch.nn.modules." + module + "." + entry.getKey();
            }
        }
        throw new IllegalArgumentException(
                "activation: expected one of " + ACTIVATIONS.values() + ", got " + activation);
    }

    private SentenceCheckpoint openPlain() throws IOException {
        if (!Files.exists(folder.resolve(CONFIG))) {
            List<String> sought =
                    List.of(MODULES, CONFIG, WeightFiles.SINGLE, WeightFiles.INDEX, WeightFiles.QUANTIZED);
            throw new IOException(
                    WeightFiles.areIn(folder)
                            ? folder + ": no " + CONFIG + " beside the weights"
                            : folder + ": not a model folder: found none of " + sought);
        }
        JsonFile configFile = JsonFile.read(folder.resolve(CONFIG), CONFIG);
        EncoderConfig config = EncoderConfig.of(configFile);
        EncoderTensors tensors = encoderTensors(folder, configFile, config);
        String remark = "no " + MODULES + ": mean pooling, not normalised";
        LOG.info("{}: {}", folder, remark);
        remarks.add(remark);
        int limit = tokenizerLimit(folder, "", config);
        return checkpoint(config, tensors, settings(limit, false, Pooling.mean(), true, List.of()), folder);
    }

    private SentenceCheckpoint openModules() throws IOException {
        List<Module> modules = modules();
        Module transformer = modules.get(0);
        JsonFile configFile = config(transformer);
        EncoderConfig config = EncoderConfig.of(configFile);
        EncoderTensors tensors = encoderTensors(transformer.path(), configFile, config);

        JsonFile sentenceConfig = sentenceConfig(transformer);
        Integer limit = sentenceConfig == null ? null : explicitLimit(sentenceConfig, config);
        int maxSequenceLength = limit == null ? tokenizerLimit(transformer.path(), transformer.name(), config) : limit;
        boolean lowerCase = sentenceConfig != null && sentenceConfig.findBoolean("do_lower_case", false);

        if (modules.size() < 2 || !modules.get(1).kind().equals("Pooling")) {
            throw new MalformedCheckpointException(
                    MODULES, "expected Pooling after Transformer, got " + kinds(modules));
        }
        JsonFile poolingConfig = config(modules.get(1));
        int hiddenSize = config.sizes().hiddenSize();
        int tokenWidth = poolingConfig.requireSize("embedding_dimension", "word_embedding_dimension");
        if (tokenWidth != hiddenSize) {
            throw new MalformedCheckpointException(
                    poolingConfig.name(),
                    "embedding_dimension: expected " + hiddenSize + ", the encoder's width, got " + tokenWidth);
        }
        Pooling pooling = PoolingNames.in(poolingConfig);
        boolean includePrompt = poolingConfig.findBoolean("include_prompt", true);

        int width = hiddenSize * pooling.modes().size();
        List<ModuleSettings> trailing = new ArrayList<>();
        for (Module module : modules.subList(2, modules.size())) {
            ModuleSettings settings = trailing(module, width);
            if (settings instanceof ModuleSettings.OfDense dense) {
                width = dense.outputSize();
            }
            trailing.add(settings);
        }
        SentenceSettings settings = settings(maxSequenceLength, lowerCase, pooling, includePrompt, trailing);
        return checkpoint(config, tensors, settings, transformer.path());
    }

    private SentenceCheckpoint checkpoint(
            EncoderConfig config, EncoderTensors tensors, SentenceSettings settings, Path tokenizer) {
        if (tensors.narrowFormat() != null) {
            remarks.add("weights: " + tensors.narrowFormat().formatName() + ", to be computed in "
                    + tensors.narrowFormat().precision());
        }
        remarks.addAll(tensors.remarks());
        return new SentenceCheckpoint(
                folder.toString(),
                config,
                tensors,
                settings,
                new TokenizerFiles.InFolder(tokenizer),
                remarks,
                List.copyOf(opened));
    }

    private List<Module> modules() throws IOException {
        List<Module> modules = new ArrayList<>();
        for (JsonFile entry : JsonFile.readArray(folder.resolve(MODULES), MODULES)) {
            String type = entry.requireText("type");
            String kind = type.substring(type.lastIndexOf('.') + 1);
            if (!KINDS.contains(kind)) {
                throw new MalformedCheckpointException(
                        entry.name(), "type: expected one of " + KINDS + ", got \"" + type + "\"");
            }
            String path = entry.requireText("path");
            modules.add(new Module(kind, inside(entry, path), path.isEmpty() ? "" : path + "/"));
        }
        if (modules.isEmpty() || !modules.get(0).kind().equals("Transformer")) {
            throw new MalformedCheckpointException(MODULES, "expected Transformer first, got " + kinds(modules));
        }
        return modules;
    }

    private static List<String> kinds(List<Module> modules) {
        return modules.stream().map(Module::kind).toList();
    }

    /** A module's folder; files in it may be links, as in the hub's cache, but not the folder to the outside. */
    private Path inside(JsonFile entry, String path) throws IOException {
        boolean leaves = path.startsWith("/") || path.contains("\\") || path.contains(":");
        for (String part : path.split("/", -1)) {
            leaves |= part.equals("..");
        }
        Path resolved = folder;
        if (!leaves) {
            try {
                resolved = folder.resolve(path);
            } catch (InvalidPathException e) {
                throw new MalformedCheckpointException(entry.name(), "path: not a path: \"" + path + "\"");
            }
            leaves = Files.exists(resolved) && !resolved.toRealPath().startsWith(folder.toRealPath());
        }
        if (leaves) {
            throw new MalformedCheckpointException(
                    entry.name(), "path: leads out of the model folder: \"" + path + "\"");
        }
        return resolved;
    }

    private EncoderTensors encoderTensors(Path path, JsonFile configFile, EncoderConfig config) throws IOException {
        Checkpoint checkpoint = WeightFiles.open(path);
        opened.add(checkpoint);
        TensorSet tensors = TensorSet.of(checkpoint);
        EncoderConfig.requireQuantization(configFile, tensors.narrowFormat(), tensors.origin());
        return EncoderTensors.of(tensors, config);
    }

    private static @Nullable JsonFile sentenceConfig(Module transformer) throws IOException {
        for (String name : SENTENCE_CONFIGS) {
            Path file = transformer.path().resolve(name);
            if (Files.exists(file)) {
                JsonFile json = JsonFile.read(file, transformer.name() + name);
                String task = json.findText("transformer_task");
                if (task != null && !task.equals("feature-extraction")) {
                    throw new MalformedCheckpointException(
                            json.name(), "transformer_task: expected \"feature-extraction\", got \"" + task + "\"");
                }
                return json;
            }
        }
        return null;
    }

    /** The limit that the model's authors set, which counts before the tokenizer's; or null. */
    private static @Nullable Integer explicitLimit(JsonFile file, EncoderConfig config)
            throws MalformedCheckpointException {
        int positionCount = config.sizes().positionCount();
        for (String arguments : List.of("processor_kwargs", "tokenizer_args")) {
            JsonFile inner = file.findObject(arguments);
            Integer limit = inner == null ? null : inner.findLimit("model_max_length");
            if (inner != null && limit != null) {
                return requireWithin(inner, "model_max_length", limit, positionCount);
            }
        }
        Integer limit = file.findLimit("max_seq_length");
        return limit == null ? null : requireWithin(file, "max_seq_length", limit, positionCount);
    }

    private static Integer requireWithin(JsonFile file, String key, int limit, int positionCount)
            throws MalformedCheckpointException {
        if (limit > positionCount) {
            throw new MalformedCheckpointException(
                    file.name(),
                    key + ": expected at most " + positionCount + ", the encoder's max_position_embeddings, got "
                            + limit);
        }
        return limit;
    }

    private static int tokenizerLimit(Path path, String name, EncoderConfig config) throws IOException {
        int positionCount = config.sizes().positionCount();
        Path file = path.resolve(TOKENIZER_CONFIG);
        if (!Files.exists(file)) {
            return positionCount;
        }
        Integer limit = JsonFile.read(file, name + TOKENIZER_CONFIG).findLimit("model_max_length");
        return limit == null ? positionCount : Math.min(limit, positionCount);
    }

    private static JsonFile config(Module module) throws IOException {
        return JsonFile.read(module.path().resolve(CONFIG), module.name() + CONFIG);
    }

    /** @param width of the vectors that reach the module */
    private ModuleSettings trailing(Module module, int width) throws IOException {
        switch (module.kind()) {
            case "Normalize" -> {
                if (Files.exists(module.path().resolve(CONFIG))
                        && !module.name().isEmpty()) {
                    requireSentenceEmbedding(config(module));
                }
                return new ModuleSettings.OfNormalize();
            }
            case "LayerNorm" -> {
                JsonFile file = config(module);
                requireWidth(file, "dimension", width);
                return new ModuleSettings.OfLayerNorm(width, moduleTensors(module));
            }
            case "Dense" -> {
                return dense(module, config(module), width);
            }
            default ->
                throw new MalformedCheckpointException(
                        MODULES, module.kind() + ": not after Pooling: expected Dense, LayerNorm or Normalize");
        }
    }

    private ModuleSettings dense(Module module, JsonFile file, int width) throws IOException {
        requireWidth(file, "in_features", width);
        requireSentenceEmbedding(file);
        if (file.findBoolean("use_residual", false)) {
            throw new MalformedCheckpointException(
                    file.name(), "use_residual: a Dense with a residual is not supported: true");
        }
        String activation = file.findText("activation_function");
        return new ModuleSettings.OfDense(
                width,
                file.requireSize("out_features"),
                file.findBoolean("bias", true),
                activation == null ? Activation.TANH : activation(file, activation),
                moduleTensors(module));
    }

    /** sentence-transformers takes Tanh for a class that is not torch's; that would be another model than its authors'. */
    private static Activation activation(JsonFile file, String dottedClass) throws MalformedCheckpointException {
        Activation activation = ACTIVATIONS.get(dottedClass.substring(dottedClass.lastIndexOf('.') + 1));
        if (activation == null || !dottedClass.startsWith("torch.")) {
            throw new MalformedCheckpointException(
                    file.name(),
                    "activation_function: expected torch's " + ACTIVATIONS.keySet() + ", got \"" + dottedClass + "\"");
        }
        return activation;
    }

    private static void requireWidth(JsonFile file, String key, int width) throws MalformedCheckpointException {
        int size = file.requireSize(key);
        if (size != width) {
            throw new MalformedCheckpointException(
                    file.name(), key + ": expected " + width + ", the width before it, got " + size);
        }
    }

    private static void requireSentenceEmbedding(JsonFile file) throws MalformedCheckpointException {
        for (String key : List.of("module_input_name", "module_output_name")) {
            String name = file.findText(key);
            if (name != null && !name.equals(SENTENCE_EMBEDDING)) {
                throw new MalformedCheckpointException(
                        file.name(), key + ": expected \"" + SENTENCE_EMBEDDING + "\", got \"" + name + "\"");
            }
        }
    }

    private TensorSet moduleTensors(Module module) throws IOException {
        Checkpoint checkpoint = WeightFiles.open(module.path());
        opened.add(checkpoint);
        return new NamedTensors(TensorSet.of(checkpoint), module.name());
    }

    private SentenceSettings settings(
            int maxSequenceLength,
            boolean lowerCase,
            Pooling pooling,
            boolean includePrompt,
            List<ModuleSettings> trailing)
            throws IOException {
        Path path = folder.resolve(MODEL_CONFIG);
        JsonFile file = Files.exists(path)
                ? JsonFile.read(path, MODEL_CONFIG)
                : JsonFile.parse(new byte[] {'{', '}'}, MODEL_CONFIG);
        String modelType = file.findText("model_type");
        if (modelType != null && !modelType.equals("SentenceTransformer")) {
            throw new MalformedCheckpointException(
                    file.name(), "model_type: expected \"SentenceTransformer\", got \"" + modelType + "\"");
        }
        Map<String, String> prompts = file.findTextMap("prompts");
        String defaultPromptName = file.findText("default_prompt_name");
        if (defaultPromptName != null && !prompts.containsKey(defaultPromptName)) {
            throw new MalformedCheckpointException(
                    file.name(),
                    "default_prompt_name: expected one of the prompts " + prompts.keySet() + ", got \""
                            + defaultPromptName + "\"");
        }
        Integer truncateDimension = file.has("truncate_dim") ? Integer.valueOf(file.requireSize("truncate_dim")) : null;
        try {
            return new SentenceSettings(
                    pooling,
                    includePrompt,
                    trailing,
                    maxSequenceLength,
                    lowerCase,
                    prompts,
                    defaultPromptName,
                    Similarity.in(file, "similarity_fn_name"),
                    truncateDimension);
        } catch (IllegalArgumentException e) {
            throw new MalformedCheckpointException(
                    String.valueOf(folder.getFileName()), String.valueOf(e.getMessage()));
        }
    }
}
