package dev.retort.weights;

import java.util.Arrays;
import java.util.List;

/**
 * Which tensor of a file holds a parameter.
 *
 * @param parameter the model's name for it
 * @param tensor the file's name for it
 * @param shape what the model needs
 */
public record ParameterTensor(String parameter, String tensor, List<Long> shape) {

    public ParameterTensor {
        shape = List.copyOf(shape);
    }

    /** As the constructor, with the extents one by one. */
    public static ParameterTensor of(String parameter, String tensor, long... shape) {
        return new ParameterTensor(
                parameter, tensor, Arrays.stream(shape).boxed().toList());
    }
}
