package dev.retort.weights.huggingface;

import dev.retort.autograd.fusion.Backend;
import dev.retort.core.Precision;
import dev.retort.model.ParameterScope;
import dev.retort.model.encoder.DistilBertEncoder;
import dev.retort.weights.TensorParameters;
import dev.retort.weights.TensorSet;
import dev.retort.weights.safetensors.Checkpoint;
import java.io.IOException;
import java.nio.file.Path;
import org.nd4j.linalg.api.buffer.DataType;

/** Encoders of fixture folders. */
final class TinyModels {

    private TinyModels() {}

    static DistilBertEncoder load(Path folder, DataType dataType) throws IOException {
        try (Checkpoint checkpoint = WeightFiles.open(folder)) {
            EncoderTensors tensors =
                    EncoderTensors.of(TensorSet.of(checkpoint), EncoderConfig.read(folder.resolve("config.json")));
            return build(tensors, dataType);
        }
    }

    static DistilBertEncoder build(EncoderTensors tensors, DataType dataType) throws IOException {
        TensorParameters parameters = TensorParameters.of(tensors, tensors.parameters("encoder."), dataType);
        ParameterScope scope = ParameterScope.forInference(parameters, Backend.definitions(), Precision.F32);
        return new DistilBertEncoder(scope.child("encoder"), tensors.sizes());
    }
}
