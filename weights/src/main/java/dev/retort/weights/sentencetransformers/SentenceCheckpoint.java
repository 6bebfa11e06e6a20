package dev.retort.weights.sentencetransformers;

import dev.retort.core.ParameterSource;
import dev.retort.core.Precision;
import dev.retort.core.QuantizedMatrix;
import dev.retort.model.DistilBertConfig;
import dev.retort.model.ParameterScope;
import dev.retort.model.encoder.DistilBertEncoder;
import dev.retort.model.sentence.SentenceEncoder;
import dev.retort.model.sentence.SentenceModule;
import dev.retort.weights.LoadOptions;
import dev.retort.weights.LoadReport;
import dev.retort.weights.NarrowFormat;
import dev.retort.weights.ParameterTensor;
import dev.retort.weights.TensorParameters;
import dev.retort.weights.TensorSet;
import dev.retort.weights.huggingface.EncoderConfig;
import dev.retort.weights.huggingface.EncoderTensors;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A sentence model that is not loaded: an encoder's tensors, settings, a tokenizer. It can be loaded, trained from, or written as a
 * folder. Its files stay open until it is closed.
 */
public final class SentenceCheckpoint implements AutoCloseable {

    private static final String ENCODER = "encoder";
    private static final String MODULE = "module";
    private static final int FIRST_MODULE = 2; // 0 is the encoder, 1 pooling

    private final String origin;
    private final EncoderConfig config;
    private final EncoderTensors tensors;
    private final SentenceSettings settings;
    private final TokenizerFiles tokenizer;
    private final List<String> remarks;
    private final List<AutoCloseable> files;

    SentenceCheckpoint(
            String origin,
            EncoderConfig config,
            EncoderTensors tensors,
            SentenceSettings settings,
            TokenizerFiles tokenizer,
            List<String> remarks,
            List<AutoCloseable> files) {
        this.origin = origin;
        this.config = config;
        this.tensors = tensors;
        this.settings = settings;
        this.tokenizer = tokenizer;
        this.remarks = List.copyOf(remarks);
        this.files = files;
    }

    /**
     * Opens a folder: a sentence-transformers model, or a Hugging Face encoder without modules.json (mean pooling, not normalised).
     *
     * @throws MalformedCheckpointException if a file is not what it should be
     * @throws IOException if a file is absent or cannot be read; the message says what was looked for
     */
    public static SentenceCheckpoint open(Path folder) throws IOException {
        return ModelFolder.open(folder);
    }

    /**
     * A model whose tensors are somewhere else; what they lie in stays the caller's to close.
     *
     * @param tensors the encoder's, under the names of the architecture
     * @throws MalformedCheckpointException if two tensors have the same name apart from prefix and spelling
     * @throws IllegalArgumentException if the texts may be longer than the encoder has positions
     */
    public static SentenceCheckpoint of(
            TensorSet tensors, EncoderConfig config, SentenceSettings settings, TokenizerFiles tokenizer)
            throws MalformedCheckpointException {
        requirePositions(config, settings.maxSequenceLength());
        EncoderTensors encoder = EncoderTensors.of(tensors, config);
        return new SentenceCheckpoint(
                tensors.origin(), config, encoder, settings, tokenizer, encoder.remarks(), List.of());
    }

    /** The encoder's sizes. */
    public DistilBertConfig config() {
        return config.sizes();
    }

    /** Whose names the file's tensors have. */
    EncoderConfig.Architecture architecture() {
        return config.architecture();
    }

    /** The encoder's tensors under DistilBertModel's names. */
    public TensorSet encoderTensors() {
        return tensors;
    }

    /** How the weights were narrowed on purpose, or null if they were not. */
    public @Nullable NarrowFormat narrowFormat() {
        return tensors.narrowFormat();
    }

    /** What the model is to be computed in where nobody asks for something else: float32, unless its weights were narrowed on purpose. */
    public Precision precision() {
        NarrowFormat format = narrowFormat();
        return format == null ? Precision.F32 : format.precision();
    }

    /** The tensors of encoder and modules that a model of it reads, as the files have them. */
    public List<TensorSet.Tensor> tensors() throws MalformedCheckpointException {
        return sources(DataType.FLOAT).stream()
                .flatMap(source -> source.tensorsByParameter().values().stream())
                .toList();
    }

    /** The encoder's parameters and the tensors that hold them. */
    List<ParameterTensor> encoderParameters() {
        return tensors.parameters("");
    }

    /** Everything around the encoder. */
    public SentenceSettings settings() {
        return settings;
    }

    /** Where the tokenizer is. */
    public TokenizerFiles tokenizer() {
        return tokenizer;
    }

    /**
     * The same model with other weights, trained ones for example; they stay where they are.
     *
     * @param parameters gives the value of each parameter by its full name: {@code encoder.layer.0.outputNorm.beta},
     *     {@code module.2.weight}
     */
    public SentenceCheckpoint withParameters(Function<String, INDArray> parameters) {
        EncoderTensors encoder = EncoderTensors.of(config.sizes(), name -> parameters.apply(ENCODER + "." + name));
        List<ModuleSettings> modules = new ArrayList<>();
        for (ModuleSettings module : settings.modules()) {
            String prefix = MODULE + "." + (FIRST_MODULE + modules.size()) + ".";
            Map<String, INDArray> arrays = new LinkedHashMap<>();
            module.parameters(prefix)
                    .forEach(parameter -> arrays.put(parameter.tensor(), parameters.apply(parameter.parameter())));
            modules.add(module.withTensors(TensorSet.of(prefix + "memory", arrays)));
        }
        return new SentenceCheckpoint(
                origin, config, encoder, settings.withModules(modules), tokenizer, remarks, List.of());
    }

    /**
     * The same model for texts of another length; its tensors stay where they are.
     *
     * @param tokens the most of a text, [CLS] and [SEP] included
     * @throws IllegalArgumentException if the encoder has fewer positions
     */
    public SentenceCheckpoint withMaxSequenceLength(int tokens) {
        requirePositions(config, tokens);
        return new SentenceCheckpoint(
                origin, config, tensors, settings.withMaxSequenceLength(tokens), tokenizer, remarks, List.of());
    }

    private static void requirePositions(EncoderConfig config, int maxSequenceLength) {
        int positions = config.sizes().positionCount();
        if (maxSequenceLength > positions) {
            throw new IllegalArgumentException("maxSequenceLength: expected at most " + positions
                    + ", the encoder's positions, got " + maxSequenceLength);
        }
    }

    /**
     * All parameters, as {@link #build} asks for them. Every tensor is checked here and read when asked for.
     *
     * @throws MalformedCheckpointException if tensors are missing or wrong, with their names
     */
    public ParameterSource parameters(DataType dataType) throws MalformedCheckpointException {
        return new Source(sources(dataType));
    }

    /** The model, with the parameters of the scope: {@code encoder.*} and {@code module.2.*} and so on. */
    public SentenceEncoder build(ParameterScope scope) {
        DistilBertEncoder encoder = new DistilBertEncoder(scope.child(ENCODER), config.sizes());
        List<SentenceModule> modules = new ArrayList<>();
        for (ModuleSettings module : settings.modules()) {
            modules.add(module.build(scope.child(MODULE).child(Integer.toString(FIRST_MODULE + modules.size()))));
        }
        return new SentenceEncoder(encoder, settings.pooling(), modules);
    }

    /**
     * Loads the model.
     *
     * @throws MalformedCheckpointException if tensors are missing or wrong, with their names
     */
    public SentenceModel load(LoadOptions options) throws MalformedCheckpointException {
        List<TensorParameters> sources = sources(options.dataType());
        ParameterScope scope = ParameterScope.forInference(new Source(sources), options.backend(), options.precision());
        SentenceEncoder encoder = build(scope);
        LoadReport report = report(sources, options.precision());
        return new SentenceModel(encoder, config.sizes(), settings, tokenizer, options, narrowFormat(), report, scope);
    }

    private List<TensorParameters> sources(DataType dataType) throws MalformedCheckpointException {
        List<TensorParameters> sources = new ArrayList<>();
        sources.add(source(tensors, tensors.parameters(ENCODER + "."), dataType));
        int number = FIRST_MODULE;
        for (ModuleSettings module : settings.modules()) {
            TensorSet weights = module.tensors();
            if (weights != null) {
                sources.add(source(weights, module.parameters(MODULE + "." + number + "."), dataType));
            }
            number++;
        }
        return sources;
    }

    private TensorParameters source(TensorSet weights, List<ParameterTensor> wanted, DataType dataType)
            throws MalformedCheckpointException {
        TensorParameters source = TensorParameters.of(weights, wanted, dataType);
        if (narrowFormat() == NarrowFormat.INT8) {
            for (ParameterTensor parameter : wanted) {
                TensorSet.Tensor tensor = source.tensorsByParameter().get(parameter.parameter());
                if (tensor != null && parameter.isLinearWeight() && weights.quantized(tensor) == null) {
                    throw new MalformedCheckpointException(
                            weights.origin(),
                            "tensor " + tensor.name() + ": expected I8, as the model is "
                                    + NarrowFormat.INT8.formatName() + ", dtype is " + tensor.type());
                }
            }
        }
        return source;
    }

    private LoadReport report(List<TensorParameters> sources, Precision computed) {
        List<LoadReport.Used> used = new ArrayList<>();
        List<String> warnings = new ArrayList<>(tensors.warnings());
        for (TensorParameters source : sources) {
            source.tensorsByParameter()
                    .forEach((parameter, tensor) -> used.add(new LoadReport.Used(parameter, tensor)));
            warnings.addAll(source.warnings());
        }
        List<String> all = new ArrayList<>(remarks);
        if (computed != precision()) {
            NarrowFormat format = narrowFormat();
            all.add(
                    format == null
                            ? "weights: narrowed while loading, computed in " + computed
                            : "weights: stored as " + format.formatName() + ", computed in " + computed
                                    + ": they keep the rounding of " + format.precision()
                                    + ", and the vectors are neither " + format.precision()
                                    + "'s nor the original model's in " + computed);
        }
        return new LoadReport(origin, pipeline(), used, tensors.ignored(), all, warnings);
    }

    /** What computes, in one line. */
    public String pipeline() {
        return config.summary() + " -> " + String.join(" + ", PoolingNames.namesOf(settings.pooling()))
                + settings.modules().stream()
                        .map(module -> " -> " + module.summary())
                        .collect(Collectors.joining())
                + (settings.truncateDimension() == null
                        ? ""
                        : " -> first " + settings.truncateDimension() + " dimensions")
                + ", at most " + settings.maxSequenceLength() + " tokens";
    }

    /** What was decided or changed while opening. */
    public List<String> remarks() {
        return Collections.unmodifiableList(remarks);
    }

    /**
     * Writes the model as a sentence-transformers folder of the older format, weights in float32 under DistilBertModel's names.
     *
     * @param folder is there afterwards in full, or as it was before
     * @throws MalformedCheckpointException if tensors are missing or wrong, with their names
     * @throws IOException if the folder is not empty and is not to be replaced, or cannot be written
     */
    public void write(Path folder, ExistingFolder existing) throws IOException {
        write(folder, existing, Precision.F32, unfinished -> {});
    }

    /**
     * As {@link #write(Path, ExistingFolder)}, with more files beside the model's: all are there afterwards, or none.
     *
     * @param more writes them into the folder that it is given, which gets its name afterwards
     */
    public void write(Path folder, ExistingFolder existing, MoreFiles more) throws IOException {
        write(folder, existing, Precision.F32, more);
    }

    /**
     * As {@link #write(Path, ExistingFolder, MoreFiles)}, with the weights of linear layers, and the embedding tables, in another precision:
     * see {@link NarrowFormat}. Loaded in that precision the folder gives the bits that this model gives in it. Tensor after tensor is
     * converted while it is written.
     *
     * @throws MalformedCheckpointException also if an element is not a finite number, which int8 cannot express
     */
    public void write(Path folder, ExistingFolder existing, Precision precision, MoreFiles more) throws IOException {
        sources(DataType.FLOAT); // nothing is written of a checkpoint that lacks a tensor
        FolderWriter.write(this, folder, existing, NarrowFormat.of(precision), more);
    }

    /** Closes the files. */
    @Override
    public void close() {
        for (AutoCloseable file : files) {
            try {
                file.close();
            } catch (Exception e) {
                throw new IllegalStateException(origin + ": cannot be closed", e);
            }
        }
    }

    /** Several sources as one. */
    private record Source(List<TensorParameters> sources) implements ParameterSource {

        @Override
        public INDArray load(String name, long... shape) {
            for (TensorParameters source : sources) {
                if (source.has(name)) {
                    return source.load(name, shape);
                }
            }
            throw new IllegalArgumentException("parameter " + name + ": not in the checkpoint");
        }

        @Override
        public @Nullable QuantizedMatrix loadQuantized(String name, long out, long in) {
            for (TensorParameters source : sources) {
                if (source.has(name)) {
                    return source.loadQuantized(name, out, in);
                }
            }
            return null;
        }
    }
}
