package dev.retort.train.dataset;

/** A 64-bit digest that grows term by term (FNV-1a's recurrence over 16-bit units). It finds accidents, not forgeries. */
final class Fingerprint {

    private static final long OFFSET = 0xCBF29CE484222325L;
    private static final long PRIME = 0x100000001B3L;

    private long value = OFFSET;

    static long of(String text) {
        return new Fingerprint().add(text).value();
    }

    Fingerprint add(String text) {
        for (int i = 0; i < text.length(); i++) {
            value = (value ^ text.charAt(i)) * PRIME;
        }
        return add(text.length());
    }

    Fingerprint add(long number) {
        for (int shift = 0; shift < Long.SIZE; shift += Character.SIZE) {
            value = (value ^ (number >>> shift & 0xFFFF)) * PRIME;
        }
        return this;
    }

    Fingerprint add(TaskLabels labels) {
        add(labels.task()).add(labels.classCount());
        labels.names().forEach(this::add);
        return this;
    }

    long value() {
        return value;
    }
}
