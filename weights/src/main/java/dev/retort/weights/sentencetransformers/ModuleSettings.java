package dev.retort.weights.sentencetransformers;

import dev.retort.autograd.fusion.Activation;
import dev.retort.model.ParameterScope;
import dev.retort.model.sentence.Dense;
import dev.retort.model.sentence.LayerNorm;
import dev.retort.model.sentence.Normalize;
import dev.retort.model.sentence.SentenceModule;
import dev.retort.weights.ParameterTensor;
import dev.retort.weights.TensorSet;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A module after pooling, with where its weights are. */
public sealed interface ModuleSettings {

    /**
     * A linear layer of sentence vectors.
     *
     * @param tensors has {@code linear.weight} (out, in) and, with a bias, {@code linear.bias} (out)
     */
    record OfDense(int inputSize, int outputSize, boolean bias, Activation activation, TensorSet tensors)
            implements ModuleSettings {

        static final String WEIGHT = "linear.weight";
        static final String BIAS = "linear.bias";

        @Override
        public String kind() {
            return "Dense";
        }

        @Override
        public List<ParameterTensor> parameters(String prefix) {
            ParameterTensor weight = ParameterTensor.of(prefix + "weight", WEIGHT, outputSize, inputSize);
            return bias ? List.of(weight, ParameterTensor.of(prefix + "bias", BIAS, outputSize)) : List.of(weight);
        }

        @Override
        public ModuleSettings withTensors(TensorSet newTensors) {
            return new OfDense(inputSize, outputSize, bias, activation, newTensors);
        }

        @Override
        public SentenceModule build(ParameterScope scope) {
            return new Dense(scope, inputSize, outputSize, bias, activation);
        }

        @Override
        public String summary() {
            return "Dense(" + inputSize + " -> " + outputSize + ", "
                    + activation.name().toLowerCase(Locale.ROOT) + ")";
        }
    }

    /**
     * Layer normalisation of sentence vectors.
     *
     * @param tensors has {@code norm.weight} and {@code norm.bias}, both (size)
     */
    record OfLayerNorm(int size, TensorSet tensors) implements ModuleSettings {

        static final String WEIGHT = "norm.weight";
        static final String BIAS = "norm.bias";

        @Override
        public String kind() {
            return "LayerNorm";
        }

        @Override
        public List<ParameterTensor> parameters(String prefix) {
            return List.of(
                    ParameterTensor.of(prefix + "gamma", WEIGHT, size),
                    ParameterTensor.of(prefix + "beta", BIAS, size));
        }

        @Override
        public ModuleSettings withTensors(TensorSet newTensors) {
            return new OfLayerNorm(size, newTensors);
        }

        @Override
        public SentenceModule build(ParameterScope scope) {
            return new LayerNorm(scope, size);
        }

        @Override
        public String summary() {
            return "LayerNorm(" + size + ")";
        }
    }

    /** Unit vectors. */
    record OfNormalize() implements ModuleSettings {

        @Override
        public String kind() {
            return "Normalize";
        }

        @Override
        public @Nullable TensorSet tensors() {
            return null;
        }

        @Override
        public List<ParameterTensor> parameters(String prefix) {
            return List.of();
        }

        @Override
        public ModuleSettings withTensors(TensorSet newTensors) {
            return this;
        }

        @Override
        public SentenceModule build(ParameterScope scope) {
            return new Normalize();
        }

        @Override
        public String summary() {
            return "Normalize";
        }
    }

    /** The class's last name in modules.json. */
    String kind();

    /** Its weights, or null if it has none. */
    @Nullable
    TensorSet tensors();

    /**
     * Its parameters.
     *
     * @param prefix goes before their names
     */
    List<ParameterTensor> parameters(String prefix);

    /** The same module with other weights. */
    ModuleSettings withTensors(TensorSet newTensors);

    /** The module with its parameters. */
    SentenceModule build(ParameterScope scope);

    /** In a few words: {@code Dense(36 -> 20, tanh)}. */
    String summary();
}
