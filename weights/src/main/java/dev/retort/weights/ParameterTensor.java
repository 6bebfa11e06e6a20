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

    /** Whether it is the matrix of a linear layer, (out, in), to judge by the parameter's name: {@code weight}. */
    public boolean isLinearWeight() {
        return parameter.substring(parameter.lastIndexOf('.') + 1).equals("weight");
    }

    /** Whether it is a table of vectors, of which rows are looked up. */
    public boolean isTable() {
        return shape.size() == 2 && !isLinearWeight();
    }

    /** As the constructor, with the extents one by one. */
    public static ParameterTensor of(String parameter, String tensor, long... shape) {
        return new ParameterTensor(
                parameter, tensor, Arrays.stream(shape).boxed().toList());
    }
}
