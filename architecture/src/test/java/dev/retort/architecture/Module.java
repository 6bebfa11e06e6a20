package dev.retort.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/**
 * One folder of the build that the root {@code pom.xml} names.
 *
 * @param folder as the root names it, also the segment after {@code dev.retort} in the packages of its classes
 * @param location where it lies
 */
record Module(String folder, Path location) {

    /** JMH generates classes beside each benchmark. */
    private static final ImportOption WRITTEN_BY_HAND = location -> !location.contains("/jmh_generated/");

    /** The modules of this build, in the root's order. */
    static List<Module> all() {
        Path root = root();
        try {
            Document pom = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(root.resolve("pom.xml").toFile());
            NodeList folders = (NodeList) XPathFactory.newInstance()
                    .newXPath()
                    .evaluate("/project/modules/module", pom, XPathConstants.NODESET); // not those of profiles
            return IntStream.range(0, folders.getLength())
                    .mapToObj(i -> folders.item(i).getTextContent().strip())
                    .map(folder -> new Module(folder, root.resolve(folder)))
                    .toList();
        } catch (Exception e) {
            throw new IllegalStateException(root + ": its pom.xml cannot be read", e);
        }
    }

    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(folder.resolve(".mvn"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new IllegalStateException("no folder above the working directory holds .mvn");
            }
        }
        return folder;
    }

    /** Main sources, package descriptions included. */
    List<Path> mainSources() {
        return javaFilesUnder("src/main/java");
    }

    List<Path> testSources() {
        return javaFilesUnder("src/test/java");
    }

    /** Whether there is anything to compile besides package descriptions. */
    boolean hasCode() {
        return mainSources().stream().anyMatch(file -> !file.endsWith("package-info.java"));
    }

    /** The compiled main classes; none before the first compilation. */
    JavaClasses classes() {
        return new ClassFileImporter().withImportOption(WRITTEN_BY_HAND).importPath(location.resolve("target/classes"));
    }

    /** The compiled main classes of several modules, as one whole. */
    static JavaClasses classesOf(List<Module> modules) {
        return new ClassFileImporter()
                .withImportOption(WRITTEN_BY_HAND)
                .importPaths(modules.stream()
                        .map(module -> module.location().resolve("target/classes"))
                        .filter(Files::isDirectory)
                        .toList());
    }

    private List<Path> javaFilesUnder(String relative) {
        Path sources = location.resolve(relative);
        if (!Files.isDirectory(sources)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(sources)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
