package dev.retort.core;

import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;

/** How many threads ND4J's native code may start. Java divides the work, so each of our workers asks for one. */
public final class NativeThreads {

    private NativeThreads() {}

    /**
     * Binds what the calling thread computes to the calling thread. OpenMP counts for each thread, so every worker calls this once; the
     * BLAS library counts for the whole process. Without it even a broadcast of ten numbers starts a team whose barrier spins, and on a
     * busy machine waits for a core.
     */
    public static void oneForTheCallingThread() {
        Nd4j.factory().blas().setMaxThreads(1);
        forTheCallingThread(1);
    }

    /**
     * Lets kernels that the calling thread runs divide their work among so many threads, itself among them, while its other workers wait.
     *
     * @param count at least one
     */
    public static void forTheCallingThread(int count) {
        NativeOpsHolder.getInstance()
                .getDeviceNativeOps()
                .setOmpNumThreads(count); // only valid once Nd4j is initialised
    }

    /**
     * Does some work with {@link #oneForTheCallingThread one native thread} on a thread that is somebody else's, who then has as many for
     * ND4J's operations as before. For a process in which a worker has bound the BLAS library already.
     */
    public static void oneDuring(Runnable work) {
        NativeOps operations = NativeOpsHolder.getInstance().getDeviceNativeOps();
        int before = operations.ompGetMaxThreads();
        operations.setOmpNumThreads(1);
        try {
            work.run();
        } finally {
            operations.setOmpNumThreads(before);
        }
    }
}
