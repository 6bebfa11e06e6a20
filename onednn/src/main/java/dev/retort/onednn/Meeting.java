package dev.retort.onednn;

import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;

/**
 * A barrier for threads that expect each other within microseconds: whoever waits spins briefly, then parks, so that a member that has no
 * processor costs the others' processors nothing.
 */
final class Meeting {

    private static final int MOST_SPINS = 1 << 10; // a few dozen microseconds

    private final AtomicReferenceArray<Thread> parked;
    private final AtomicInteger arrived = new AtomicInteger();
    private final AtomicInteger round = new AtomicInteger(); // counted by whoever arrives last
    private volatile boolean abandoned;

    Meeting(int members) {
        this.parked = new AtomicReferenceArray<>(members);
    }

    int members() {
        return parked.length();
    }

    /**
     * Waits until all members are here, as often as there are rounds.
     *
     * @throws CancellationException if the meeting was abandoned, now or before
     */
    void await(int member) {
        int here = round.get();
        if (!arrive()) {
            for (int spins = 0; round.get() == here && !abandoned && spins < MOST_SPINS; spins++) {
                Thread.onSpinWait();
            }
            while (round.get() == here && !abandoned) {
                park(member, here);
            }
        }
        if (abandoned) {
            throw new CancellationException("shared text: another worker failed");
        }
    }

    /** Arrives without waiting; whether all are here now. For a member that comes to no later round. */
    boolean arrive() {
        boolean last = arrived.incrementAndGet() == members();
        if (last) {
            arrived.set(0);
            round.incrementAndGet();
            wake();
        }
        return last;
    }

    private void park(int member, int here) {
        parked.set(member, Thread.currentThread());
        if (round.get() == here && !abandoned) {
            LockSupport.park(this);
        }
        parked.set(member, null);
    }

    /** Lets nobody wait any more. */
    void abandon() {
        abandoned = true;
        wake();
    }

    private void wake() {
        for (int member = 0; member < members(); member++) {
            LockSupport.unpark(parked.get(member));
        }
    }
}
