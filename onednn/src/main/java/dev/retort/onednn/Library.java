package dev.retort.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx2;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx2_vnni;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core_vnni;
import static org.bytedeco.dnnl.global.dnnl.dnnl_get_effective_cpu_isa;
import static org.bytedeco.dnnl.global.dnnl.dnnl_version;

import dev.retort.core.NativeLibraryException;
import dev.retort.core.Precision;
import dev.retort.core.TensorLibrary;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.dnnl.engine;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.factory.Nd4j;

/** The native library: loaded once for the process, with its one engine. */
final class Library {

    private static final Map<Integer, String> INSTRUCTION_SETS = new TreeMap<>(Map.of(
            7, "AVX2",
            15, "AVX2 with VNNI",
            31, "AVX2 with VNNI and bfloat16",
            39, "AVX-512",
            103, "AVX-512 with VNNI",
            231, "AVX-512 with VNNI and bfloat16",
            495, "AVX-512 with VNNI, bfloat16 and float16"));

    private static final String FAST_KERNELS = "brg"; // how their names begin

    private static final @Nullable String UNSUPPORTED_REASON = load();

    private Library() {}

    /** The one engine; asked for only where {@link #unsupportedReason} is null. */
    private static final class Cpu {
        static final engine ENGINE = new engine(engine.kind.cpu, 0);
    }

    /** Why the kernels cannot run here, or null if they can. */
    static @Nullable String unsupportedReason() {
        return UNSUPPORTED_REASON;
    }

    /** Why products in a precision have no fast kernel here, or null if they have one. */
    static @Nullable String unsupportedReason(Precision precision) {
        if (UNSUPPORTED_REASON != null) {
            return UNSUPPORTED_REASON;
        }
        return switch (precision) {
            case F32 -> null;
            case BF16 -> Bf16.UNSUPPORTED_REASON;
            case INT8 -> Int8.UNSUPPORTED_REASON;
        };
    }

    /** Looked up when somebody asks, for the library makes a kernel to answer. */
    private static final class Bf16 {
        static final @Nullable String UNSUPPORTED_REASON = has(dnnl_cpu_isa_avx512_core_bf16)
                ? missingKernel(Precision.BF16)
                : "the processor has no bfloat16 instructions (avx512_bf16): it has " + instructionSet();
    }

    /** As {@link Bf16}. */
    private static final class Int8 {
        static final @Nullable String UNSUPPORTED_REASON = has(dnnl_cpu_isa_avx512_core_vnni)
                        || has(dnnl_cpu_isa_avx2_vnni)
                ? missingKernel(Precision.INT8)
                : "the processor has no int8 instructions (avx512_vnni or avx_vnni): it has " + instructionSet();
    }

    private static boolean has(int isa) {
        return (dnnl_get_effective_cpu_isa() & isa) == isa;
    }

    private static @Nullable String missingKernel(Precision precision) {
        String kernel = NarrowProducts.implementation(precision);
        return kernel != null && kernel.startsWith(FAST_KERNELS)
                ? null
                : "oneDNN has no fast kernel for it on " + instructionSet() + ": it offers " + kernel;
    }

    private static @Nullable String load() {
        try {
            TensorLibrary.begin();
            int isa = dnnl_get_effective_cpu_isa(); // loads oneDNN, beside the tensor library if another thread loads
            // that
            TensorLibrary.require();
            if (Nd4j.getExecutioner().type() != OpExecutioner.ExecutionerType.NATIVE_CPU) {
                return "tensors do not lie in the processor's memory, ND4J's backend is "
                        + Nd4j.getExecutioner().type().name().toLowerCase(Locale.ROOT);
            }
            return (isa & dnnl_cpu_isa_avx2) == dnnl_cpu_isa_avx2 ? null : "the processor has no AVX2";
        } catch (LinkageError | RuntimeException failure) {
            return failure instanceof NativeLibraryException
                    ? failure.getMessage()
                    : new NativeLibraryException(
                                    "oneDNN of org.bytedeco:dnnl:3.11-1.5.13",
                                    failure,
                                    "it needs Linux with glibc 2.34 or newer, or Windows, on x86-64; the build fetches one platform, for"
                                            + " another one give -Djavacpp.platform=PLATFORM (such as windows-x86_64)")
                            .getMessage();
        }
    }

    static engine engine() {
        return Cpu.ENGINE;
    }

    /** For example {@code 3.11.0}. */
    static String version() {
        dnnl_version_t version = dnnl_version();
        return version.major() + "." + version.minor() + "." + version.patch();
    }

    /** What kernels are made of: {@code AVX-512 with VNNI and bfloat16}. */
    static String instructionSet() {
        int isa = dnnl_get_effective_cpu_isa();
        String name = "no vector instructions";
        for (Map.Entry<Integer, String> known : INSTRUCTION_SETS.entrySet()) {
            if ((isa & known.getKey()) == known.getKey()) {
                name = known.getValue();
            }
        }
        return name;
    }
}
