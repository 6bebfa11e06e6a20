package dev.retort.autograd.fusion;

/**
 * Native code that computes a step of one of the {@link Fusions}, for diagnostics.
 *
 * @param function what is computed with it, such as {@code linear + GELU}
 * @param step what it does there, as its library calls it: {@code matmul}
 * @param implementation its library's name for it: {@code brg_matmul:avx512_core}
 */
public record Kernel(String function, String step, String implementation) {}
