package consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** ND4J asks for older versions of both libraries; a mixture crashes, so the one artifact must bring the whole set. */
class NativeLibrariesTest {

    private static final List<String> JARS = Arrays.stream(
                    System.getProperty("java.class.path").split(System.getProperty("path.separator")))
            .map(entry -> Path.of(entry).getFileName().toString())
            .toList();

    @Test
    void javaCpp_jarAndNatives_areOfOneVersion() {
        assertEquals(System.getProperty("javacpp.version"), Loader.class.getPackage().getImplementationVersion());
        assertJars("javacpp");
    }

    @Test
    void openBlas_jarAndNatives_areOfOneVersion() {
        assertJars("openblas");
    }

    @Test
    void oneDnn_jarAndNatives_areOfOneVersion() {
        assertJars("dnnl");
        assertJars("opencl");
    }

    @Test
    void loggingBinding_isLeftToTheApplication() {
        assertEquals(List.of("slf4j-api-" + System.getProperty("slf4j.version") + ".jar"), jars("slf4j-"));
    }

    @Test
    void matrixProduct_throughTheNatives_isRight() {
        INDArray a = Nd4j.createFromArray(new float[][] {{1, 2}, {3, 4}, {5, 6}});
        INDArray b = Nd4j.createFromArray(new float[][] {{1, 0, 2}, {0, 1, 3}});
        assertEquals(Nd4j.createFromArray(new float[][] {{1, 2, 8}, {3, 4, 18}, {5, 6, 28}}), a.mmul(b));
    }

    private static void assertJars(String name) {
        String jar = name + "-" + System.getProperty(name + ".version");
        assertEquals(List.of(jar + "-" + Loader.getPlatform() + ".jar", jar + ".jar"), jars(name + "-"));
    }

    private static List<String> jars(String prefix) {
        return JARS.stream().filter(name -> name.startsWith(prefix)).sorted().toList();
    }
}
