package dev.retort.benchmarks.peer;

import dev.retort.core.NativeThreads;
import dev.retort.core.TensorLibrary;
import dev.retort.core.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What this processor's matrix products reach in float32, for scale: 1024 x 768 x 3072 by OpenBLAS, one product at a time on each of so many
 * threads. Argument: the number of threads. Prints GF/s. In a process of its own, so that no environment variable binds the library.
 */
public final class ProductLimit {

    private static final long M = 1024;
    private static final long K = 768;
    private static final long N = 3072;
    private static final long WARM_NANOS = 1_000_000_000L;
    private static final long TIMED_NANOS = 2_000_000_000L;

    private ProductLimit() {}

    public static void main(String[] args) throws Exception {
        TensorLibrary.require();
        int threads = Integer.parseInt(args[0]);
        ExecutorService workers = Executors.newFixedThreadPool(threads);
        List<Future<Double>> rates = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Callable<Double> rate = ProductLimit::rateOfOneThread;
            rates.add(workers.submit(rate));
        }
        double total = 0;
        for (Future<Double> rate : rates) {
            total += rate.get();
        }
        workers.shutdown();
        System.out.println(String.format(Locale.ROOT, "%.0f", total));
    }

    private static double rateOfOneThread() {
        NativeThreads.oneForTheCallingThread();
        INDArray a = Nd4j.rand('c', (int) M, (int) K);
        INDArray b = Nd4j.rand('c', (int) N, (int) K);
        repeat(a, b, WARM_NANOS);
        return repeat(a, b, TIMED_NANOS);
    }

    private static double repeat(INDArray a, INDArray b, long atLeastNanos) {
        long start = System.nanoTime();
        long products = 0;
        long elapsed;
        do {
            Tensors.matmul(a, b, false, true).close();
            products++;
            elapsed = System.nanoTime() - start;
        } while (elapsed < atLeastNanos);
        return 2.0 * M * K * N * products / elapsed;
    }
}
