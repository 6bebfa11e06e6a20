package dev.retort.core;

import org.bytedeco.openblas.presets.openblas_nolapack;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * How many native threads a kernel uses. One, on each of our own worker threads: then Java divides the work, and no kernel waits at a
 * barrier for a thread that the machine is not running.
 */
public final class KernelThreads {

    private KernelThreads() {}

    /** Lets kernels called on this thread use this thread only. OpenBLAS has one setting for the process; ND4J's is the thread's own. */
    public static void useOne() {
        NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(1);
        openblas_nolapack.blas_set_num_threads(1);
    }
}
