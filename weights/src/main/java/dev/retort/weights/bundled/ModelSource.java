package dev.retort.weights.bundled;

import dev.retort.model.sentence.Pooling;
import dev.retort.weights.onnx.OnnxEncoder;
import dev.retort.weights.sentencetransformers.ModuleSettings;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import dev.retort.weights.sentencetransformers.SentenceSettings;
import dev.retort.weights.sentencetransformers.Similarity;
import dev.retort.weights.sentencetransformers.TokenizerFiles;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;

/**
 * A model's two files on the class path: an ONNX export and its tokenizer.json. Vectors are the mean of the token vectors, of unit length.
 *
 * @param name the model's, which its cached folder gets
 * @param maxSequenceLength the most tokens of a text, whatever the tokenizer says
 */
record ModelSource(String name, URL onnx, URL tokenizer, int maxSequenceLength) {

    /**
     * What tells these two files from others of the same names, without reading them: a jar keeps length and checksum of its entries.
     */
    String identity() throws IOException {
        return identity(onnx) + ", " + identity(tokenizer);
    }

    private static String identity(URL url) throws IOException {
        String path = url.getPath();
        String fileName = path.substring(path.lastIndexOf('/') + 1);
        URLConnection connection = url.openConnection();
        if (connection instanceof JarURLConnection jar) {
            JarEntry entry = jar.getJarEntry();
            return fileName + " " + entry.getSize() + " bytes crc32 " + Long.toHexString(entry.getCrc());
        }
        try (InputStream stream = connection.getInputStream()) {
            return fileName + " " + connection.getContentLengthLong() + " bytes";
        }
    }

    /** Reads both files into memory. */
    SentenceCheckpoint read() throws IOException {
        OnnxEncoder encoder;
        try (InputStream stream = onnx.openStream()) {
            encoder = OnnxEncoder.read(name, stream);
        }
        byte[] json;
        try (InputStream stream = tokenizer.openStream()) {
            json = stream.readAllBytes();
        }
        SentenceSettings settings = new SentenceSettings(
                Pooling.mean(),
                true,
                List.of(new ModuleSettings.OfNormalize()),
                maxSequenceLength,
                false,
                Map.of(),
                null,
                Similarity.COSINE,
                null);
        return SentenceCheckpoint.of(encoder, encoder.config(), settings, new TokenizerFiles.InMemory(name, json));
    }
}
