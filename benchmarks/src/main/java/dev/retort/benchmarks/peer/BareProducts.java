package dev.retort.benchmarks.peer;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_execute;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_wait;

import dev.retort.core.NativeThreads;
import dev.retort.core.RandomStream;
import dev.retort.core.TensorLibrary;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.FloatPointer;

/**
 * One thread's matrix products of an encoder's forward pass by oneDNN in float32, and nothing else: no bias, activation, softmax or norm,
 * weights in the layout that the library asks for.
 *
 * <pre>
 *   for each layer: X (R, H) W (H, 3H);  Q Kᵀ and P V, (L, D) for each text and head;  (R, H) W (H, H);  (R, H) W (H, F);  (R, F) W (F, H)
 * </pre>
 */
final class BareProducts {

    private final stream queue;
    private final List<Product> ofPiece = new ArrayList<>();
    private final int layers;
    private int site;

    /** A product with its memory. */
    private record Product(matmul kernel, dnnl_exec_arg_t operands, List<memory> memories) {}

    /**
     * @param texts of {@code length} tokens each that go through a layer at once
     * @param hidden H
     * @param heads A
     * @param inner F
     */
    BareProducts(int layers, int texts, int length, int hidden, int heads, int inner) {
        TensorLibrary.require();
        NativeThreads.oneForTheCallingThread();
        engine processor = new engine(engine.kind.cpu, 0);
        this.queue = new stream(processor);
        this.layers = layers;
        long rows = (long) texts * length;
        int headSize = hidden / heads;
        memory x = random(processor, matrix(rows, hidden));
        memory projected = random(processor, matrix(rows, 3L * hidden));
        memory scores = random(
                processor,
                strided(new long[] {texts, heads, length, length}, heads * square(length), square(length), length, 1));
        memory context = random(processor, matrix(rows, hidden));
        memory inside = random(processor, matrix(rows, inner));
        memory y = random(processor, matrix(rows, hidden));

        long row = 3L * hidden;
        memory.desc queries = strided(new long[] {texts, heads, length, headSize}, length * row, headSize, row, 1);
        memory.desc keys = strided(new long[] {texts, heads, headSize, length}, length * row, headSize, 1, row);
        memory.desc contexts =
                strided(new long[] {texts, heads, length, headSize}, (long) length * hidden, headSize, hidden, 1);

        linear(processor, x, projected, hidden, 3L * hidden, rows);
        product(processor, view(processor, queries, projected, 0), view(processor, keys, projected, hidden), scores);
        product(
                processor,
                scores,
                view(processor, queries, projected, 2L * hidden),
                view(processor, contexts, context, 0));
        linear(processor, context, y, hidden, hidden, rows);
        linear(processor, y, inside, hidden, inner, rows);
        linear(processor, inside, y, inner, hidden, rows);
    }

    /** One piece of texts through all layers. */
    void run() {
        for (int layer = 0; layer < layers; layer++) {
            for (Product product : ofPiece) {
                int status = dnnl_primitive_execute(product.kernel().get(), queue.get(), 3, product.operands());
                if (status != 0) {
                    throw new IllegalStateException("product: failed with status " + status);
                }
            }
        }
        dnnl_stream_wait(queue.get());
    }

    /** 2 operations for each multiplication of a pass over so many texts. */
    static double operations(int layers, int texts, int length, int hidden, int inner) {
        double weights = 4.0 * hidden * hidden + 2.0 * hidden * inner;
        return 2.0 * layers * texts * length * (weights + 2.0 * length * hidden);
    }

    private void linear(engine processor, memory source, memory target, long in, long out, long rows) {
        memory.desc any = new memory.desc(new long[] {in, out}, memory.data_type.f32, memory.format_tag.any);
        matmul.primitive_desc description = new matmul.primitive_desc(
                processor, matrix(rows, in), any, matrix(rows, out), new primitive_attr(), false);
        add(description, source, random(processor, description.weights_desc()), target);
    }

    private void product(engine processor, memory source, memory weights, memory target) {
        add(
                new matmul.primitive_desc(
                        processor,
                        source.get_desc(),
                        weights.get_desc(),
                        target.get_desc(),
                        new primitive_attr(),
                        false),
                source,
                weights,
                target);
    }

    private void add(matmul.primitive_desc description, memory source, memory weights, memory target) {
        dnnl_exec_arg_t operands = new dnnl_exec_arg_t(3);
        operands.position(0).arg(DNNL_ARG_SRC).memory(source.get());
        operands.position(1).arg(DNNL_ARG_WEIGHTS).memory(weights.get());
        operands.position(2).arg(DNNL_ARG_DST).memory(target.get());
        operands.position(0);
        ofPiece.add(new Product(new matmul(description), operands, List.of(source, weights, target)));
    }

    private static long square(long side) {
        return side * side;
    }

    private static memory.desc matrix(long rows, long columns) {
        return strided(new long[] {rows, columns}, columns, 1);
    }

    private static memory.desc strided(long[] extents, long... strides) {
        return new memory.desc(extents, memory.data_type.f32, strides);
    }

    /** The same numbers read with other strides, from a place on. */
    private static memory view(engine processor, memory.desc description, memory whole, long firstFloat) {
        FloatPointer start = new FloatPointer(whole.get_data_handle());
        return new memory(description, processor, start.getPointer(firstFloat));
    }

    /** Small numbers around zero, so that nothing grows beyond what a float holds. */
    private memory random(engine processor, memory.desc description) {
        memory made = new memory(description, processor);
        RandomStream stream = new RandomStream(0, 0, site++);
        float[] values = new float[Math.toIntExact(description.get_size() / Float.BYTES)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (0.1 * (stream.uniform(i) - 0.5));
        }
        new FloatPointer(made.get_data_handle()).put(values, 0, values.length);
        return made;
    }
}
