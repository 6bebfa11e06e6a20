package dev.retort.model.classification;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.PackedTokens;
import dev.retort.core.ParameterSource;
import dev.retort.model.Freezing;
import dev.retort.model.Mode;
import dev.retort.model.ParameterScope;
import dev.retort.model.sentence.SentenceEncoder;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One shared backbone and a head a task, to be trained.
 *
 * <pre>
 *   E  = backbone(ids)          (B, E): encoder, pooling, the modules after it
 *   Zₜ = headₜ(E)               (B, Cₜ) for each task t
 * </pre>
 *
 * <p>Parameters are plain tensors which an optimiser may write into; {@link #withFreezing} gives another model over the same tensors.
 */
public final class MultiTaskModel {

    private final Function<ParameterScope, SentenceEncoder> backboneBuilder;
    private final SentenceEncoder backbone;
    private final ClassificationHeads heads;
    private final Freezing freezing;
    private final List<ParameterScope.Parameter> parameters;
    private final Map<String, Variable> variables;

    /**
     * Builds a model.
     *
     * @param backbone makes the backbone from a scope: {@code SentenceCheckpoint::build}
     * @param source gives every parameter: {@code encoder.*} and {@code module.*} as the backbone asks, {@code heads.TASK.*}
     * @throws IllegalArgumentException if the freezing does not fit: layers or tasks that are not there, or nothing left to train
     */
    public MultiTaskModel(
            Function<ParameterScope, SentenceEncoder> backbone,
            List<ClassificationTask> tasks,
            ParameterSource source,
            Freezing freezing) {
        ParameterScope scope = ParameterScope.forTraining(source, freezing);
        this.backboneBuilder = backbone;
        this.backbone = backbone.apply(scope);
        this.heads = new ClassificationHeads(scope, this.backbone.embeddingSize(), tasks);
        this.freezing = freezing.requireFits(
                this.backbone.encoder().config().layerCount(),
                tasks.stream().map(ClassificationTask::name).toList());
        this.parameters = scope.parameters();
        this.variables = new LinkedHashMap<>();
        for (int i = 0; i < parameters.size(); i++) {
            variables.put(parameters.get(i).name(), scope.variables().get(i));
        }
    }

    /** A pretrained backbone's parameters, and heads' from somewhere else. */
    public static ParameterSource joined(ParameterSource backbone, ParameterSource heads) {
        return (name, shape) -> (name.startsWith("heads.") ? heads : backbone).load(name, shape);
    }

    /** A model over the same tensors, of which others are frozen. This one stays as it is. */
    public MultiTaskModel withFreezing(Freezing other) {
        return new MultiTaskModel(backboneBuilder, tasks(), (name, shape) -> value(name), other);
    }

    /**
     * @param tokens N tokens of B texts
     * @return the logits of each task, in the tasks' order, (B, C) each
     */
    public List<Variable> forward(PackedTokens tokens, Fusions fusions, Mode mode) {
        return forwardFeatures(features(tokens, fusions, mode), fusions, mode);
    }

    /**
     * What the heads are given.
     *
     * @param tokens N tokens of B texts
     * @return sentence vectors, (B, E)
     */
    public Variable features(PackedTokens tokens, Fusions fusions, Mode mode) {
        return backbone.forward(tokens, fusions, mode);
    }

    /**
     * The heads alone.
     *
     * @param features sentence vectors, (B, E)
     * @return the logits of each task, in the tasks' order, (B, C) each
     */
    public List<Variable> forwardFeatures(Variable features, Fusions fusions, Mode mode) {
        return heads.forward(features, fusions, mode);
    }

    /** Token ids to sentence vectors. */
    public SentenceEncoder backbone() {
        return backbone;
    }

    /** The heads. */
    public ClassificationHeads heads() {
        return heads;
    }

    /** What is answered, in the order of the logits. */
    public List<ClassificationTask> tasks() {
        return heads.tasks();
    }

    /** Which parameters receive gradients. */
    public Freezing freezing() {
        return freezing;
    }

    /** Every parameter by its name, in the order of construction. */
    public Map<String, Variable> parameters() {
        return Collections.unmodifiableMap(variables);
    }

    /** The parameters that receive gradients, in the same order. */
    public List<Variable> trainedParameters() {
        return variables.values().stream().filter(Variable::requiresGradient).toList();
    }

    /**
     * The tensor of a parameter.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public INDArray value(String name) {
        Variable variable = variables.get(name);
        if (variable == null) {
            throw new IllegalArgumentException("parameter " + name + ": the model has none of that name");
        }
        return variable.value();
    }

    /**
     * What is trained and what that takes.
     *
     * @param stateBytesPerElement what the optimiser keeps for an element that is trained: 8 with Adam's two moments in float32
     */
    public ParameterTable parameterTable(int stateBytesPerElement) {
        return new ParameterTable(
                parameters.stream()
                        .map(parameter -> new ParameterTable.Row(
                                parameter.name(), parameter.shape(), freezing.trains(parameter.name())))
                        .toList(),
                stateBytesPerElement);
    }
}
