package dev.retort.peers;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.NoopTranslator;
import dev.retort.benchmarks.peer.PeerEngine;
import dev.retort.benchmarks.peer.PeerServer;
import java.io.FileNotFoundException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * DJL's PyTorch engine on a traced model that pools and normalises (export_torchscript.py): texts sorted by length. Arguments: the traced
 * file, the resource of a tokenizer.json, the number of threads.
 */
public final class DjlPeer implements PeerEngine {

    private static final int MAX_TOKENS = 256;

    private final ZooModel<NDList, NDList> model;
    private final Predictor<NDList, NDList> predictor;
    private final HuggingFaceTokenizer tokenizer;
    private int batchSize = 1;

    private DjlPeer(String file, String tokenizer, String threads) throws Exception {
        System.setProperty("ai.djl.pytorch.num_threads", threads);
        this.model = Criteria.builder()
                .setTypes(NDList.class, NDList.class)
                .optModelPath(Path.of(file))
                .optEngine("PyTorch")
                .optTranslator(new NoopTranslator())
                .build()
                .loadModel();
        this.predictor = model.newPredictor();
        InputStream json = DjlPeer.class.getClassLoader().getResourceAsStream(tokenizer);
        if (json == null) {
            throw new FileNotFoundException("not a resource: " + tokenizer);
        }
        this.tokenizer = HuggingFaceTokenizer.newInstance(
                json, Map.of("padding", "false", "truncation", "true", "maxLength", "" + MAX_TOKENS));
    }

    public static void main(String[] args) {
        PeerServer.serve(() -> new DjlPeer(args[0], args[1], args[2]));
    }

    @Override
    public String description() {
        return "DJL 0.36.0, PyTorch 2.7.1, TorchScript with pooling inside";
    }

    @Override
    public void batchSize(int texts) {
        batchSize = texts;
    }

    @Override
    public float[][] encode(List<String> texts) throws Exception {
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

    private void encode(Encoding[] encodings, int[] places, float[][] vectors) throws Exception {
        int length = encodings[places[0]].getIds().length; // the longest comes first
        long[] ids = new long[places.length * length];
        long[] mask = new long[ids.length];
        for (int i = 0; i < places.length; i++) {
            long[] own = encodings[places[i]].getIds();
            System.arraycopy(own, 0, ids, i * length, own.length);
            Arrays.fill(mask, i * length, i * length + own.length, 1);
        }
        Shape shape = new Shape(places.length, length);
        try (NDManager manager = model.getNDManager().newSubManager();
                NDList output =
                        predictor.predict(new NDList(manager.create(ids, shape), manager.create(mask, shape)))) {
            float[] all = output.get(0).toFloatArray();
            int width = all.length / places.length;
            for (int i = 0; i < places.length; i++) {
                vectors[places[i]] = Arrays.copyOfRange(all, i * width, (i + 1) * width);
            }
        }
    }

    @Override
    public void close() {
        predictor.close();
        model.close();
        tokenizer.close();
    }
}
