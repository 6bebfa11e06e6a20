package dev.retort.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;

class NativeThreadsTest {

    @Test
    void oneForTheCallingThread_newThread_computesAlone() throws InterruptedException {
        AtomicInteger openMp = new AtomicInteger();
        Thread worker = new Thread(() -> {
            NativeThreads.oneForTheCallingThread();
            openMp.set(NativeOpsHolder.getInstance().getDeviceNativeOps().ompGetMaxThreads());
        });
        worker.start();
        worker.join();

        assertThat(openMp).hasValue(1);
        assertThat(Nd4j.factory().blas().getMaxThreads()).isEqualTo(1);
    }

    @Test
    void forTheCallingThread_several_areGranted() throws InterruptedException {
        TensorLibrary.require();
        AtomicInteger openMp = new AtomicInteger();
        Thread worker = new Thread(() -> {
            NativeThreads.forTheCallingThread(3);
            openMp.set(NativeOpsHolder.getInstance().getDeviceNativeOps().ompGetMaxThreads());
        });
        worker.start();
        worker.join();

        assertThat(openMp).hasValue(3);
    }

    @Test
    void oneDuring_threadOfSomebodyElse_hasItsThreadsBackAfterwards() {
        TensorLibrary.require();
        NativeOps operations = NativeOpsHolder.getInstance().getDeviceNativeOps();
        int before = operations.ompGetMaxThreads();
        try {
            operations.setOmpNumThreads(3);
            AtomicInteger during = new AtomicInteger();

            NativeThreads.oneDuring(() -> during.set(operations.ompGetMaxThreads()));
            assertThatThrownBy(() -> NativeThreads.oneDuring(() -> {
                        throw new IllegalStateException("work");
                    }))
                    .hasMessage("work");

            assertThat(during).hasValue(1);
            assertThat(operations.ompGetMaxThreads()).isEqualTo(3);
        } finally {
            operations.setOmpNumThreads(before);
        }
    }
}
