package dev.retort.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceRulesTest {

    @TempDir
    private Path folder;

    @Test
    void huggingFaceNames_outsideTheirPackage_areFoundWithTheirLine() throws IOException {
        Path allowed = write("dev/retort/weights/huggingface/Names.java", "String query = \"attention.q_lin\";");
        Path refused = write(
                "dev/retort/model/Layer.java", "class Layer {", "String query = \"sa_layer_norm\";", "int nlin1;");
        assertThat(SourceRules.huggingFaceNames(List.of(allowed, refused)))
                .containsExactly(refused + ":2: String query = \"sa_layer_norm\";");
    }

    @Test
    void disabledTests_everySpelling_isFound() throws IOException {
        Path test = write(
                "GeluTest.java",
                "@" + "Disabled",
                "@" + "org.junit.jupiter.api.Disabled(\"later\")",
                "@" + "DisabledOnOs(OS.MAC)",
                "@" + "Ignore",
                "@Test void rejects_Disabled() {}");
        assertThat(SourceRules.disabledTests(List.of(test))).hasSize(4).noneMatch(line -> line.contains("@Test"));
    }

    @Test
    void silentPackages_descriptionWithoutComment_isFound() throws IOException {
        Path silent = write("a/package-info.java", "@NullMarked", "package a;");
        Path telling = write("b/package-info.java", "/** What lives here. */", "@NullMarked", "package b;");
        assertThat(SourceRules.silentPackages(List.of(silent, telling)))
                .containsExactly(silent + ": no word about what lives here");
    }

    private Path write(String name, String... lines) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, List.of(lines));
    }
}
