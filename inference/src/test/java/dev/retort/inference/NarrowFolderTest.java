package dev.retort.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Backend;
import dev.retort.core.Precision;
import dev.retort.weights.SmallTensors;
import dev.retort.weights.sentencetransformers.ExistingFolder;
import dev.retort.weights.sentencetransformers.ModuleSettings;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import dev.retort.weights.sentencetransformers.SentenceSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A folder written in a narrower precision gives the bits that its original gives in that precision. */
class NarrowFolderTest {

    private static final List<String> TEXTS =
            List.of("a cat sits on the mat", "dog", "the blue tree in rain and the red night day", "walks sleeping");

    @TempDir
    private Path temporary;

    private Path original;
    private Path narrow;

    @BeforeEach
    void writeOriginal() throws IOException {
        float[] weight = new float[8 * 24];
        for (int i = 0; i < weight.length; i++) {
            weight[i] = (i * 37 % 101 - 50) / 60f;
        }
        SmallTensors dense = new SmallTensors().put("linear.weight", weight, List.of(8L, 24L));
        SentenceSettings settings = SentenceSettings.mean(SmallModel.MAX_TOKENS)
                .withModules(List.of(new ModuleSettings.OfDense(24, 8, false, Activation.TANH, dense)));
        original = SmallModel.write(temporary.resolve("original"), settings);
        narrow = temporary.resolve("narrow");
    }

    private void write(Precision precision) throws IOException {
        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.open(original)) {
            checkpoint.write(narrow, ExistingFolder.REFUSE, precision, more -> {});
        }
    }

    private static void assumeSupported(Precision precision) {
        String reason = Backend.find().unsupportedReason(precision);
        Assumptions.assumeTrue(reason == null, reason);
    }

    private static float[][] vectors(Path folder, LoadSettings settings) throws IOException {
        try (SentenceTransformer model = SentenceTransformer.load(folder, settings)) {
            return model.encode(TEXTS).stream().map(Embedding::vector).toArray(float[][]::new);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "INT8"})
    void load_withoutAPrecision_givesTheBitsOfTheOriginalInTheFoldersOwn(Precision precision) throws IOException {
        assumeSupported(precision);
        write(precision);

        float[][] expected = vectors(original, LoadSettings.defaults().withPrecision(precision));

        assertThat(vectors(narrow, LoadSettings.defaults())).isDeepEqualTo(expected);
        assertThat(vectors(narrow, LoadSettings.defaults().withPrecision(precision)))
                .isDeepEqualTo(expected);
        assertThat(vectors(original, LoadSettings.defaults()))
                .as("float32, to which the original keeps where nobody asks")
                .isDeepEqualTo(vectors(original, LoadSettings.defaults().withPrecision(Precision.F32)))
                .satisfies(float32 -> assertThat(float32[0]).isNotEqualTo(expected[0]));
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "INT8"})
    void load_inFloat32_givesTheBitsOfTheNumbersInTheFolder(Precision precision) throws IOException {
        write(precision);
        Path widened = temporary.resolve("widened");
        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.open(narrow)) {
            checkpoint.write(widened, ExistingFolder.REFUSE);
        }
        LoadSettings float32 = LoadSettings.defaults().withPrecision(Precision.F32);

        assertThat(vectors(narrow, float32)).isDeepEqualTo(vectors(widened, float32));
        try (SentenceTransformer model = SentenceTransformer.load(narrow, float32)) {
            assertThat(model.report().remarks()).anyMatch(remark -> remark.contains("computed in F32"));
        }
    }

    @Test
    void load_whereThePrecisionCannotBeComputed_refusesOrWidens() throws IOException {
        write(Precision.INT8);
        Assumptions.assumeTrue(
                Backend.find().unsupportedReason(Precision.INT8) != null, "this processor computes in int8");

        assertThatThrownBy(() -> SentenceTransformer.load(narrow))
                .hasMessageStartingWith(
                        "precision: INT8, which the model's folder is written for, cannot be computed here: ");
        assertThat(vectors(narrow, LoadSettings.defaults().withPrecisionFallback()))
                .isDeepEqualTo(vectors(narrow, LoadSettings.defaults().withPrecision(Precision.F32)));
    }
}
