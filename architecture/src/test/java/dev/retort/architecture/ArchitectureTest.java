package dev.retort.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final List<Module> MODULES = Module.all().stream()
            .filter(module -> !module.folder().equals("architecture"))
            .toList();

    private static final JavaClasses CLASSES = Module.classesOf(MODULES);

    private static final Rules RULES = new Rules("dev.retort");

    @Test
    void arrows_everyModuleOfTheBuild_isEntered() {
        assertThat(MODULES)
                .extracting(Module::folder)
                .containsExactlyInAnyOrderElementsOf(Arrows.permitted().keySet());
    }

    @Test
    void import_moduleWithCode_isSeenUnderItsOwnPackage() {
        for (Module module : MODULES) {
            if (module.hasCode()) {
                assertThat(module.classes())
                        .as(module.folder() + ": compiled classes")
                        .isNotEmpty()
                        .allSatisfy(type -> assertThat(type.getPackageName() + ".")
                                .startsWith("dev.retort." + module.folder() + "."));
            }
        }
    }

    @Test
    void arrows_ofAllClasses_pointDown() {
        RULES.arrows(Arrows.permitted()).check(CLASSES);
    }

    @Test
    void packages_ofAllClasses_areFreeOfCycles() {
        RULES.noPackageCycles().check(CLASSES);
    }

    @Test
    void tensors_outsideThePlacesThatMakeThem_areNotWritten() {
        RULES.noMutation().check(CLASSES);
    }

    @Test
    void publicApi_ofInferenceAndCli_tradesInJavaValues() {
        RULES.signaturesWithoutTensors().check(CLASSES);
    }

    @Test
    void names_ofAllClasses_areTelling() {
        RULES.tellingNames().check(CLASSES);
    }

    @Test
    void packages_ofAllClasses_areNullMarked() {
        RULES.nullMarkedPackages().check(CLASSES);
    }

    @Test
    void packages_ofAllModules_sayWhatLivesThere() {
        assertThat(SourceRules.silentPackages(mainSources())).isEmpty();
    }

    @Test
    void huggingFaceNames_outsideTheirPackage_doNotOccur() {
        assertThat(SourceRules.huggingFaceNames(mainSources())).isEmpty();
    }

    @Test
    void tests_ofAllModules_areSwitchedOn() {
        List<Path> tests = Module.all().stream()
                .flatMap(module -> module.testSources().stream())
                .toList();
        assertThat(tests).isNotEmpty();
        assertThat(SourceRules.disabledTests(tests)).isEmpty();
    }

    private static List<Path> mainSources() {
        return MODULES.stream().flatMap(module -> module.mainSources().stream()).toList();
    }
}
