package dev.retort.cli;

import dev.retort.inference.Retort;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. Read from a file that the build fills in, so that nothing native starts for it. */
final class Versions implements IVersionProvider {

    @Override
    public String[] getVersion() throws IOException {
        Properties versions = new Properties();
        try (InputStream in = Versions.class.getResourceAsStream("versions.properties")) {
            if (in == null) {
                throw new IOException("versions.properties: missing from the jar: build it again");
            }
            versions.load(in);
        }
        return new String[] {
            "retort " + Retort.version(),
            "Java " + System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ")",
            "ND4J " + versions.getProperty("nd4j")
        };
    }
}
