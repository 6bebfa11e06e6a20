package dev.retort.benchmarks.peer;

import java.util.List;

/** An engine that counts characters. Argument: what it does wrong, or nothing. */
public final class CountingPeer implements PeerEngine {

    private final String fault;

    private CountingPeer(String fault) {
        this.fault = fault;
    }

    public static void main(String[] args) {
        String fault = args.length == 0 ? "" : args[0];
        if (fault.equals("dies")) {
            System.err.println("last words");
            System.exit(3);
        }
        PeerServer.serve(() -> {
            System.out.println("noise that is no answer");
            if (fault.equals("fails")) {
                throw new IllegalStateException("no engine\nhere");
            }
            return new CountingPeer(fault);
        });
    }

    @Override
    public String description() {
        return "counting " + System.getenv("OPENBLAS_CORETYPE");
    }

    @Override
    public float[][] encode(List<String> texts) throws InterruptedException {
        if (fault.equals("slow")) {
            Thread.sleep(20);
        }
        int last = fault.equals("wrong") ? -1 : fault.equals("wavering") ? texts.size() : 1;
        return texts.stream()
                .map(text -> new float[] {
                    text.length(), text.chars().filter(c -> c == '\n').count(), last
                })
                .toArray(float[][]::new);
    }

    @Override
    public long tokenCount(List<String> texts) {
        return texts.stream().mapToLong(String::length).sum();
    }

    @Override
    public void close() {}
}
