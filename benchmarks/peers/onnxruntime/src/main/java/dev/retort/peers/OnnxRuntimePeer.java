package dev.retort.peers;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.retort.benchmarks.peer.PeerEngine;
import dev.retort.benchmarks.peer.PeerServer;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * ONNX Runtime with DJL's tokenizer: texts sorted by length, so that little is padded, mean pooling and unit length in Java. Arguments: a
 * model and a tokenizer.json, each a file or a resource; the number of threads; the most tokens of a text.
 */
public final class OnnxRuntimePeer implements PeerEngine {

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final HuggingFaceTokenizer tokenizer;
    private final boolean wantsTypes;
    private int batchSize = 1;

    private OnnxRuntimePeer(String model, String tokenizer, int threads, String maxTokens)
            throws OrtException, IOException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(threads);
        this.session = Files.exists(Path.of(model))
                ? environment.createSession(model, options)
                : environment.createSession(resource(model).readAllBytes(), options);
        this.wantsTypes = session.getInputNames().contains("token_type_ids");
        this.tokenizer = HuggingFaceTokenizer.newInstance(
                resource(tokenizer), Map.of("padding", "false", "truncation", "true", "maxLength", maxTokens));
    }

    public static void main(String[] args) {
        PeerServer.serve(() -> new OnnxRuntimePeer(args[0], args[1], Integer.parseInt(args[2]), args[3]));
    }

    private static InputStream resource(String name) throws FileNotFoundException {
        InputStream stream = OnnxRuntimePeer.class.getClassLoader().getResourceAsStream(name);
        if (stream == null) {
            throw new FileNotFoundException("neither a file nor a resource: " + name);
        }
        return stream;
    }

    @Override
    public String description() {
        return "ONNX Runtime " + environment.getVersion() + " (Java), DJL tokenizer";
    }

    @Override
    public void batchSize(int texts) {
        batchSize = texts;
    }

    @Override
    public float[][] encode(List<String> texts) throws OrtException {
        Encoding[] encodings = tokenizer.batchEncode(texts);
        int[] order = IntStream.range(0, encodings.length)
                .boxed()
                .sorted(Comparator.comparingInt(i -> -encodings[i].getIds().length))
                .mapToInt(i -> i)
                .toArray();
        float[][] vectors = new float[encodings.length][];
        for (int first = 0; first < order.length; first += batchSize) {
            encode(encodings, Arrays.copyOfRange(order, first, Math.min(first + batchSize, order.length)), vectors);
        }
        return vectors;
    }

    private void encode(Encoding[] encodings, int[] places, float[][] vectors) throws OrtException {
        int length = encodings[places[0]].getIds().length; // the longest comes first
        long[] ids = new long[places.length * length];
        long[] mask = new long[ids.length];
        for (int i = 0; i < places.length; i++) {
            long[] own = encodings[places[i]].getIds();
            System.arraycopy(own, 0, ids, i * length, own.length);
            Arrays.fill(mask, i * length, i * length + own.length, 1);
        }
        long[] shape = {places.length, length};
        Map<String, OnnxTensor> inputs = new HashMap<>();
        try {
            inputs.put("input_ids", OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), shape));
            inputs.put("attention_mask", OnnxTensor.createTensor(environment, LongBuffer.wrap(mask), shape));
            if (wantsTypes) {
                long[] types = new long[ids.length];
                inputs.put("token_type_ids", OnnxTensor.createTensor(environment, LongBuffer.wrap(types), shape));
            }
            try (OrtSession.Result result = session.run(inputs)) {
                FloatBuffer states = ((OnnxTensor) result.get(0)).getFloatBuffer();
                for (int i = 0; i < places.length; i++) {
                    int tokens = encodings[places[i]].getIds().length;
                    vectors[places[i]] = meanOfUnitLength(states, i * length, tokens, states.capacity() / ids.length);
                }
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private static float[] meanOfUnitLength(FloatBuffer states, int firstRow, int rows, int width) {
        float[] vector = new float[width];
        float[] row = new float[width];
        for (int r = 0; r < rows; r++) {
            states.get((firstRow + r) * width, row);
            for (int h = 0; h < width; h++) {
                vector[h] += row[h];
            }
        }
        double squares = 0;
        for (float component : vector) {
            squares += component * component;
        }
        float scale = (float) (1 / Math.sqrt(squares));
        for (int h = 0; h < width; h++) {
            vector[h] *= scale;
        }
        return vector;
    }

    @Override
    public void close() throws OrtException {
        session.close();
        tokenizer.close();
    }
}
