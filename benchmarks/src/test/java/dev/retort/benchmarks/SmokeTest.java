package dev.retort.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Each benchmark runs once with its first parameters, in this process, its own comparison with the reference included. */
class SmokeTest {

    static Stream<String> benchmarks() {
        return all().stream().map(BenchmarkListEntry::getUsername);
    }

    @ParameterizedTest
    @MethodSource("benchmarks")
    void run_firstParameters_measuresEveryImplementation(String name) throws Exception {
        BenchmarkListEntry benchmark = all().stream()
                .filter(entry -> entry.getUsername().equals(name))
                .findFirst()
                .orElseThrow();
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("^" + Pattern.quote(name) + "$")
                .forks(0)
                .warmupIterations(0)
                .measurementIterations(1)
                .measurementTime(TimeValue.milliseconds(1))
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT);
        int expected = 1;
        for (Field parameter : Class.forName(benchmark.getUserClassQName()).getDeclaredFields()) {
            Param values = parameter.getAnnotation(Param.class);
            if (values == null) {
                continue;
            }
            if (values.value()[0].equals(Param.BLANK_ARGS)) {
                expected = parameter.getType().getEnumConstants().length; // JMH takes all
            } else {
                options.param(parameter.getName(), values.value()[0]);
            }
        }
        Collection<RunResult> results = new Runner(options.build()).run();
        assertThat(results).hasSize(expected);
        assertThat(results)
                .allSatisfy(result ->
                        assertThat(result.getPrimaryResult().getScore()).isPositive());
    }

    @Test
    void benchmarks_ofAllPackages_areFound() {
        assertThat(benchmarks().map(name -> name.split("\\.")[3]).distinct())
                .containsExactlyInAnyOrder("operation", "layer", "endtoend");
    }

    private static Collection<BenchmarkListEntry> all() {
        return BenchmarkList.defaultList()
                .getAll(OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT), List.of());
    }
}
