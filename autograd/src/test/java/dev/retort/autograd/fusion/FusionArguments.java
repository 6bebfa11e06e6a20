package dev.retort.autograd.fusion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.autograd.Variable;
import dev.retort.core.PackedTokens;
import dev.retort.core.RandomStream;
import dev.retort.core.RandomTensors;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Every method of {@link Fusions}, with arguments that lead through each of its branches: for tests that must forget none. */
final class FusionArguments {

    private FusionArguments() {}

    static Stream<Method> definitions() {
        return Arrays.stream(Fusions.class.getMethods()).filter(Method::isDefault);
    }

    static List<Object[]> of(Method definition) {
        PackedTokens tokens = PackedTokens.of(List.of(new int[] {1, 0}, new int[] {2}));
        Variable x = variable(3, 4);
        Weight weight = new Weight.Plain(variable(4, 4), variable(4));
        Norm norm = new Norm(variable(4), variable(4), 1e-12);
        AttentionSettings settings = new AttentionSettings(
                2,
                DropoutSettings.NONE,
                (run, weights) -> assertThat(weights.rank()).isEqualTo(4));
        return switch (definition.getName()) {
            case "embed" -> List.<Object[]>of(new Object[] {tokens, variable(5, 4), variable(3, 4), norm});
            case "linear" ->
                Arrays.stream(Activation.values())
                        .map(activation -> new Object[] {x, weight, activation})
                        .toList();
            case "linearAddNorm" ->
                List.<Object[]>of(new Object[] {x, weight, DropoutSettings.NONE, variable(3, 4), norm});
            case "dropout" -> List.<Object[]>of(new Object[] {x, new DropoutSettings(0.5, new RandomStream(1, 2, 3))});
            case "selfAttention" ->
                List.<Object[]>of(new Object[] {x, weight, weight, weight, tokens.layout(), settings});
            case "pool" ->
                Arrays.stream(PoolingMode.values())
                        .map(mode -> new Object[] {x, tokens.layout(), mode})
                        .toList();
            case "normalize" -> List.<Object[]>of(new Object[] {x, norm});
            case "l2Normalize" -> List.<Object[]>of(new Object[] {x});
            case "crossEntropy" -> List.<Object[]>of(new Object[] {x, Targets.of(0, 3, 1)});
            default -> throw new AssertionError("give arguments for the new definition " + definition.getName());
        };
    }

    private static Variable variable(long... shape) {
        return Variable.constant(RandomTensors.normal(1, shape));
    }
}
