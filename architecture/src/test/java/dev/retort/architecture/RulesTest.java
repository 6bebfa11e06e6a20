package dev.retort.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Each rule on classes made to break it: it finds what it should and nothing else. */
class RulesTest {

    private static final String BAD = "dev.retort.architecture.bad";

    private static final JavaClasses CLASSES = new ClassFileImporter().importPackages(BAD);

    private static final Rules RULES = new Rules(BAD);

    @Test
    void arrows_upwardUseAndUnknownModules_areFound() {
        assertThat(violations(RULES.arrows(Arrows.permitted())))
                .anyMatch(line ->
                        line.startsWith("core must not use inference: Method <" + BAD + ".core.UsesInference.above()>"))
                .anyMatch(line -> line.equals(BAD + ".nowhere.Lost lies in no known module"))
                .anyMatch(line -> line.equals(BAD + ".util.Unmarked lies in no known module"))
                .noneMatch(line -> line.startsWith("inference must not use autograd"));
    }

    @Test
    void arrows_chain_reachesWhatLiesBelowAndNothingElse() {
        assertThat(Arrows.permitted())
                .containsEntry("core", Set.of())
                .containsEntry("text", Set.of("core"))
                .containsEntry("weights", Set.of("model", "autograd", "core"))
                .containsEntry("train", Set.of("inference", "text", "weights", "model", "autograd", "core"))
                .containsEntry(
                        "cli",
                        Set.of("train", "benchmarks", "inference", "text", "weights", "model", "autograd", "core"));
    }

    @Test
    void noPackageCycles_twoPackagesThatUseEachOther_areFound() {
        assertThat(violations(RULES.noPackageCycles())).anyMatch(line -> line.contains("Slice text.deep"));
    }

    @Test
    void noMutation_everyWayToWrite_isFoundAndOnlyOutsideCore() {
        List<String> found = violations(RULES.noMutation());
        for (String method : List.of("called", "referred", "inLambda", "throughBuffer", "intoArgument", "asked")) {
            assertThat(found).as(method).anyMatch(line -> line.contains(BAD + ".model.Writes." + method + "("));
        }
        assertThat(found).hasSize(6);
    }

    @Test
    void noMutation_methodsOfNd4j_areAllKnown() {
        // what an interface of values would not have: a name in -i, put…, set…, assign…, replace…
        List<String> suspects = Arrays.stream(INDArray.class.getMethods())
                .map(Method::getName)
                .distinct()
                .filter(name -> name.matches("(put|assign|replace|set[A-Z]).*|.*[a-z]i|.*i(Row|Column)Vector"))
                .filter(name -> !Rules.WRITES_ARRAY.matcher(name).matches())
                .toList();
        assertThat(suspects).containsExactly("setCloseable"); // says who frees the memory, changes no value
        assertThat(Arrays.stream(INDArray.class.getMethods()).map(Method::getName))
                .contains("addi", "mmuli", "permutei", "diviColumnVector", "putScalar", "assign", "replaceWhere");
    }

    @Test
    void signaturesWithoutTensors_everyPlaceOfASignature_isFoundAndNothingHidden() {
        List<String> found = violations(RULES.signaturesWithoutTensors());
        assertThat(found).allMatch(line -> line.startsWith(BAD + ".inference.ShowsTensors"));
        for (String place : List.of(" shows", ".field", ".returned()", ".nested()", ".variable(", ".array(")) {
            assertThat(found).as(place).anyMatch(line -> line.startsWith(BAD + ".inference.ShowsTensors" + place));
        }
        assertThat(found).noneMatch(line -> line.contains("hidden") || line.contains("HiddenType"));
    }

    @Test
    void tellingNames_typesAndPackages_areFoundByWholeWords() {
        assertThat(violations(RULES.tellingNames()))
                .containsExactlyInAnyOrder(
                        BAD + ".model.LayerHelper is named with [Helper]",
                        BAD + ".model.LayerHelper$ModelData is named with [Data]",
                        BAD + ".util.Unmarked is named with [util]");
    }

    @Test
    void nullMarkedPackages_packageWithoutDescription_isFound() {
        assertThat(violations(RULES.nullMarkedPackages()))
                .containsExactly(BAD + ".util.Unmarked: its package has no package-info.java with @NullMarked");
    }

    @Test
    void rules_withoutAnyClass_fail() {
        JavaClasses none = new ClassFileImporter().importPackages(BAD + ".absent");
        assertThatCode(() -> RULES.noMutation().check(none)).hasMessageContaining("failed to check any classes");
    }

    private static List<String> violations(ArchRule rule) {
        return rule.evaluate(CLASSES).getFailureReport().getDetails();
    }
}
