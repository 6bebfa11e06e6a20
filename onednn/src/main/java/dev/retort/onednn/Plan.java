package dev.retort.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCRATCHPAD;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_set_data_handle;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_execute;

import java.util.Arrays;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_desc_base;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A kernel for fixed sizes, with descriptions of the memory it reads and writes, which are aimed at tensors before each run. It belongs to
 * one worker.
 */
final class Plan implements AutoCloseable {

    private final primitive kernel;
    private final String step;
    private final String implementation;
    private final memory[] operands; // the scratchpad last
    private final long[] aims; // where each operand was last aimed at
    private final long scratchpadBytes;
    private final Address address = new Address();
    private long runs;
    private boolean closed;

    // what the native calls take, looked up once
    private final dnnl_primitive nativeKernel;
    private final dnnl_memory[] nativeOperands;
    private final dnnl_exec_arg_t arguments;

    /** One operand: what the library calls it, and its sizes. */
    record Operand(int name, memory.desc description) {}

    /**
     * @param description what {@code kernel} was made of, with a scratchpad that the caller gives; closed here
     * @param operands in the order in which {@link #aim} takes addresses
     */
    Plan(primitive_desc_base description, primitive kernel, Operand... operands) {
        this.kernel = kernel;
        this.step = description.get_kind().intern().name(); // what the library returns has no name
        try (BytePointer name = description.impl_info_str()) {
            this.implementation = name.getString();
        }
        int count = operands.length + 1;
        this.operands = new memory[count];
        this.nativeOperands = new dnnl_memory[count];
        this.arguments = new dnnl_exec_arg_t(count);
        memory.desc scratchpad = description.scratchpad_desc();
        this.scratchpadBytes = scratchpad.get_size();
        for (int i = 0; i < count; i++) {
            boolean last = i == operands.length;
            this.operands[i] =
                    new memory(last ? scratchpad : operands[i].description(), Library.engine(), (Pointer) null);
            this.nativeOperands[i] = this.operands[i].get();
            arguments.position(i).arg(last ? DNNL_ARG_SCRATCHPAD : operands[i].name());
            arguments.memory(nativeOperands[i]);
        }
        arguments.position(0);
        description.close(); // half a megabyte for a product; the kernel has what it needs
        this.aims = new long[count];
        Arrays.fill(aims, -1);
        this.nativeKernel = kernel.get();
    }

    /** The library's name for what is done, such as {@code matmul}. */
    String step() {
        return step;
    }

    /** The library's name for what runs, such as {@code brg_matmul:avx512_core}. */
    String implementation() {
        return implementation;
    }

    /** Whether it was given up for other plans; then it must be asked for again. */
    boolean isClosed() {
        return closed;
    }

    /** How often it ran. */
    long runs() {
        return runs;
    }

    long scratchpadBytes() {
        return scratchpadBytes;
    }

    /** Aims two operands, in their order. */
    Plan aim(long a, long b) {
        aimAt(0, a);
        aimAt(1, b);
        return this;
    }

    /** Aims three operands, in their order. */
    Plan aim(long a, long b, long c) {
        aimAt(2, c);
        return aim(a, b);
    }

    /** Aims four operands, in their order. */
    Plan aim(long a, long b, long c, long d) {
        aimAt(3, d);
        return aim(a, b, c);
    }

    /** Aims five operands, in their order. */
    Plan aim(long a, long b, long c, long d, long e) {
        aimAt(4, e);
        return aim(a, b, c, d);
    }

    /** Aims any number of operands, in their order. */
    Plan aim(long... addresses) {
        for (int i = 0; i < addresses.length; i++) {
            aimAt(i, addresses[i]);
        }
        return this;
    }

    /** Aims one operand, by its place. */
    void aimAt(int operand, long target) {
        if (aims[operand] != target) {
            require(dnnl_memory_set_data_handle(nativeOperands[operand], address.at(target)));
            aims[operand] = target;
        }
    }

    /**
     * Computes.
     *
     * @param scratchpad the address of as many bytes as {@link #scratchpadBytes}
     */
    void run(dnnl_stream stream, long scratchpad) {
        aimAt(aims.length - 1, scratchpad);
        require(dnnl_primitive_execute(nativeKernel, stream, aims.length, arguments));
        runs++;
    }

    private void require(int status) {
        if (status != 0) {
            throw new IllegalStateException("kernel " + implementation + ": failed with status " + status);
        }
    }

    @Override
    public void close() {
        closed = true;
        arguments.close();
        kernel.close();
        for (memory operand : operands) {
            operand.close();
        }
    }
}
