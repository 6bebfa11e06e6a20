package dev.retort.autograd.fusion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.autograd.Variable;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** No definition calls a sibling: dispatch would lead back into the override that it is the reference for. */
class PrimitivesOnlyTest {

    @ParameterizedTest
    @MethodSource("dev.retort.autograd.fusion.FusionArguments#definitions")
    void definition_everySiblingFails_stillComputes(Method definition) throws ReflectiveOperationException {
        for (Object[] arguments : FusionArguments.of(definition)) {
            List<String> called = new ArrayList<>();
            InvocationHandler onlyOnce = (proxy, method, given) -> {
                called.add(method.getName());
                if (called.size() > 1) {
                    throw new AssertionError(definition.getName() + " calls " + method.getName());
                }
                return InvocationHandler.invokeDefault(proxy, method, given);
            };
            Fusions fusions = (Fusions)
                    Proxy.newProxyInstance(Fusions.class.getClassLoader(), new Class<?>[] {Fusions.class}, onlyOnce);

            Object result = definition.invoke(fusions, arguments);

            assertThat(result).isInstanceOf(Variable.class);
            assertThat(called).containsExactly(definition.getName());
        }
    }
}
