package dev.retort.train.dataset;

import dev.retort.core.RandomStream;

/** Seeded permutations, in place: Durstenfeld's form of the Fisher-Yates shuffle (Knuth, TAOCP 2, 3.4.2, algorithm P). */
final class RowOrder {

    /** What a shuffle is for; the numbers keep the streams of one seed apart, and apart from those of dropout. */
    enum Site {
        ROWS(0x726F7773),
        BATCHES(0x62617463),
        SPLIT(0x73706C69);

        private final long number;

        Site(long number) {
            this.number = number << 32;
        }
    }

    private RowOrder() {}

    /** 0 to size - 1 in the order of an epoch: a function of its arguments. */
    static int[] shuffled(int size, long seed, long epoch, Site site) {
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            order[i] = i;
        }
        shuffle(order, new RandomStream(seed, epoch, site.number));
        return order;
    }

    private static void shuffle(int[] order, RandomStream random) {
        for (int i = order.length - 1; i > 0; i--) {
            // ⌊63 random bits · (i + 1) / 2⁶³⌋: even to 2⁻³²
            int j = (int) Math.multiplyHigh(random.bits(i) >>> 1, (i + 1L) << 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
    }
}
