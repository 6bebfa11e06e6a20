package dev.retort.autograd.fusion;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import dev.retort.autograd.Variable;
import dev.retort.core.RandomStream;
import dev.retort.core.RandomTensors;
import dev.retort.core.SequenceLayout;
import dev.retort.core.StepScope;
import dev.retort.core.Workspace;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class TraceTest {

    private final Variable x = Variable.parameter("x", RandomTensors.normal(1, 6, 4));
    private final Weight weight = new Weight.Plain(
            Variable.constant(RandomTensors.normal(2, 4, 4)), Variable.constant(RandomTensors.normal(3, 4)));
    private final SequenceLayout layout = SequenceLayout.ofLengths(2, 2, 1, 1);

    @ParameterizedTest
    @MethodSource("dev.retort.autograd.fusion.FusionArguments#definitions")
    void everyMethod_called_reachesTheWatchedOneOnceAndIsRecorded(Method method) throws ReflectiveOperationException {
        assertThat(Arrays.stream(Trace.class.getDeclaredMethods())
                        .filter(own -> own.getName().equals(method.getName()))
                        .map(own -> List.of(own.getParameterTypes())))
                .as("Trace forgets " + method)
                .contains(List.of(method.getParameterTypes()));
        for (Object[] arguments : FusionArguments.of(method)) {
            List<Object> results = new ArrayList<>();
            InvocationHandler watching = (proxy, called, given) -> {
                assertThat(called).isEqualTo(method);
                assertThat(given).containsExactly(arguments);
                results.add(InvocationHandler.invokeDefault(proxy, called, given));
                return results.get(0);
            };
            Trace trace = Trace.of((Fusions)
                    Proxy.newProxyInstance(Fusions.class.getClassLoader(), new Class<?>[] {Fusions.class}, watching));

            Object result = method.invoke(trace, arguments);

            assertThat(results).hasSize(1);
            assertThat(result).isSameAs(results.get(0));
            assertThat(trace.entries()).hasSize(1);
            assertThat(trace.entries().get(0).name()).startsWith(method.getName());
            assertThat(trace.entries().get(0).statistics()).isEqualTo(Statistics.of(((Variable) result).value()));
        }
    }

    @Test
    void entries_severalCalls_haveNamesAndShapesInOrder() {
        Trace trace = Trace.of(Fusions.definitions());
        Variable wide = trace.linear(
                x, new Weight.Plain(Variable.constant(RandomTensors.normal(2, 5, 4)), null), Activation.GELU);
        trace.dropout(wide, DropoutSettings.NONE);
        trace.dropout(wide, new DropoutSettings(0.5, new RandomStream(1, 2, 3)));
        trace.pool(wide, layout, PoolingMode.MEAN);

        assertThat(trace.entries())
                .extracting(Trace.Entry::name, Trace.Entry::inputShapes, Trace.Entry::outputShape)
                .containsExactly(
                        tuple("linear GELU", List.of("x (6, 4)", "W (5, 4)"), "(6, 5)"),
                        tuple("dropout", List.of("x (6, 5)"), "(6, 5)"),
                        tuple("pool MEAN", List.of("x (6, 5)"), "(4, 5)"));
        trace.clear();
        assertThat(trace.entries()).isEmpty();
    }

    @Test
    void gradient_throughATrace_isTheSame() {
        INDArray expected = attend(Fusions.definitions(), null).sum().backward().of(x);

        INDArray traced = attend(Trace.of(Fusions.definitions()).keepingAttention(), null)
                .sum()
                .backward()
                .of(x);

        assertThat(traced).isIdenticalTo(expected);
    }

    @Test
    void attention_notAskedFor_isNotObserved() {
        Trace trace = Trace.of(Fusions.definitions());
        attend(trace, null);

        assertThat(trace.entries().get(0).attention()).isEmpty();
    }

    @Test
    void attention_kept_outlivesTheScopeAndLeavesTheCallersObserverInPlace() {
        Trace trace = Trace.of(Fusions.definitions()).keepingAttention();
        List<SequenceLayout.Run> seen = new ArrayList<>();
        try (Workspace workspace = Workspace.open()) {
            for (int i = 0; i < 3; i++) {
                trace.clear();
                seen.clear();
                try (StepScope step = StepScope.open(workspace)) {
                    attend(trace, (run, weights) -> seen.add(run));
                    assertThat(step.isOpen()).isTrue();
                }
            }
        }

        List<AttentionWeights> kept = trace.entries().get(0).attention();
        assertThat(kept)
                .extracting(AttentionWeights::run)
                .isEqualTo(layout.runs())
                .isEqualTo(seen);
        assertThat(kept.get(0).headCount()).isEqualTo(2);
        for (AttentionWeights weights : kept) {
            for (int text = 0; text < weights.run().count(); text++) {
                for (double[] row : weights.matrix(weights.run().firstSequence() + text, 1)) {
                    assertThat(Arrays.stream(row).sum()).isCloseTo(1, within(1e-14));
                }
            }
        }
        assertThat(kept.get(1).matrix(3, 0)).isDeepEqualTo(new double[][] {{1}});
    }

    @Test
    void matrix_eachTextAndHead_isItsPartOfTheTensor() {
        INDArray tensor = RandomTensors.normal(1, 2, 3, 2, 2);
        AttentionWeights weights = AttentionWeights.copyOf(new SequenceLayout.Run(4, 2, 9, 2), tensor);

        assertThat(weights.matrix(5, 2)).isDeepEqualTo(new double[][] {
            {tensor.getDouble(1, 2, 0, 0), tensor.getDouble(1, 2, 0, 1)},
            {tensor.getDouble(1, 2, 1, 0), tensor.getDouble(1, 2, 1, 1)}
        });
        assertThatThrownBy(() -> weights.matrix(3, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("attention weights: have texts 4..5 and heads 0..2, got text 3 and head 0");
        assertThatThrownBy(() -> weights.matrix(4, 3)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void toString_calls_areATable() {
        Trace trace = Trace.of(Fusions.definitions());
        trace.l2Normalize(Variable.constant(Nd4j.createFromArray(new double[][] {{3, 4}})));

        assertThat(trace.toString().lines().toList()).hasSize(2).satisfies(lines -> {
            assertThat(lines.get(0)).contains("call", "min", "max", "mean", "std", "nan", "inf");
            assertThat(lines.get(1))
                    .matches("l2Normalize +x \\(1, 2\\) +\\(1, 2\\) +0\\.6000 +0\\.8000 +0\\.7000 +0\\.1000 +0 +0 *");
        });
    }

    private Variable attend(Fusions fusions, AttentionObserver observer) {
        return fusions.selfAttention(
                x,
                weight,
                weight,
                weight,
                layout,
                new AttentionSettings(2, new DropoutSettings(0.2, new RandomStream(1, 2, 3)), observer));
    }
}
