package dev.retort.benchmarks;

/** Another program's thread that always has something to do. */
final class BusyThread implements AutoCloseable {

    private final Thread thread;
    private volatile boolean open = true;
    private volatile long turns;

    private BusyThread() {
        thread = new Thread(
                () -> {
                    long count = 0;
                    while (open) {
                        turns = ++count;
                    }
                },
                "busy");
        thread.setDaemon(true);
        thread.start();
    }

    static BusyThread start() {
        return new BusyThread();
    }

    /** How often it went round so far. */
    long turns() {
        return turns;
    }

    @Override
    public void close() {
        open = false;
        try {
            thread.join();
        } catch (InterruptedException interruption) {
            Thread.currentThread().interrupt();
        }
    }
}
