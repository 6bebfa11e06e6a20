package dev.retort.benchmarks.peer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The rate that oneDNN's matrix products set as a limit, behind the line protocol: a pass computes the products that a number of texts need
 * ({@link BareProducts}), whatever the texts are. Each thread takes its share of the texts, in pieces of the size that is fastest here.
 * Arguments: layers, texts, tokens of each, hidden size, heads, inner size, threads.
 */
public final class BareProductsPeer implements PeerEngine {

    private static final int[] PIECES = {2, 4, 8, 16, 32}; // texts
    private static final int WARM_PASSES = 3;

    private final List<ExecutorService> threads = new ArrayList<>();
    private final int texts;
    private final int length;
    private final double operations;
    private List<BareProducts> products = List.of(); // a thread each
    private int piece;
    private double bestNanos = Double.POSITIVE_INFINITY;

    private BareProductsPeer(int[] sizes) throws Exception {
        int threadCount = sizes[6];
        for (int i = 0; i < threadCount; i++) {
            threads.add(Executors.newSingleThreadExecutor()); // OpenMP counts threads for each thread
        }
        this.texts = sizes[1];
        this.length = sizes[2];
        this.operations = BareProducts.operations(sizes[0], sizes[1], sizes[2], sizes[3], sizes[5]);
        int best = 0;
        List<BareProducts> bestProducts = List.of();
        for (int candidate : PIECES) {
            if (candidate * threadCount <= texts) {
                piece = candidate;
                products = open(sizes);
                double nanos = Double.POSITIVE_INFINITY;
                for (int pass = 0; pass < WARM_PASSES; pass++) {
                    long start = System.nanoTime();
                    pass();
                    nanos = Math.min(nanos, (double) (System.nanoTime() - start));
                }
                if (nanos < bestNanos) {
                    bestNanos = nanos;
                    best = candidate;
                    bestProducts = products;
                }
            }
        }
        if (best == 0) {
            throw new IllegalArgumentException("texts: too few for " + threadCount + " threads: " + texts);
        }
        piece = best;
        products = bestProducts;
    }

    public static void main(String[] args) {
        PeerServer.serve(() -> new BareProductsPeer(
                Arrays.stream(args).mapToInt(Integer::parseInt).toArray()));
    }

    private List<BareProducts> open(int[] sizes) throws Exception {
        List<BareProducts> opened = new ArrayList<>();
        for (ExecutorService thread : threads) {
            Callable<BareProducts> opening =
                    () -> new BareProducts(sizes[0], piece, sizes[2], sizes[3], sizes[4], sizes[5]);
            opened.add(thread.submit(opening).get());
        }
        return opened;
    }

    private void pass() throws Exception {
        List<Future<?>> shares = new ArrayList<>();
        int pieces = texts / piece;
        for (int i = 0; i < threads.size(); i++) {
            BareProducts own = products.get(i);
            int count = pieces / threads.size() + (i < pieces % threads.size() ? 1 : 0);
            shares.add(threads.get(i).submit(() -> {
                for (int run = 0; run < count; run++) {
                    own.run();
                }
            }));
        }
        for (Future<?> share : shares) {
            share.get();
        }
    }

    @Override
    public String description() {
        return String.format(
                Locale.ROOT,
                "oneDNN 3.11 bare products, %d texts of %d tokens in pieces of %d texts, %.0f GF/s",
                texts,
                length,
                piece,
                operations / bestNanos);
    }

    /** A pass over the products of its own texts; no vectors. */
    @Override
    public float[][] encode(List<String> given) throws Exception {
        return new float[embed(given)][0];
    }

    @Override
    public int embed(List<String> given) throws Exception {
        pass();
        return given.size();
    }

    @Override
    public void close() {
        threads.forEach(ExecutorService::shutdown);
    }
}
