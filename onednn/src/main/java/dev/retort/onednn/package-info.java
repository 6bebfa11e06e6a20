/**
 * The functions of {@link dev.retort.autograd.fusion.Fusions} as fused kernels of oneDNN, on x86-64 processors: float32, and for inference bfloat16
 * and int8.
 *
 * <p>{@link dev.retort.onednn.OneDnnBackend} is what {@code ServiceLoader} finds; everything else is its business. A {@code Fused…} class is
 * one operation, forward and backward; what kernels it runs are {@code Plan}s, made by {@code Products}, {@code HeadProducts} and {@code
 * RowKernels} and kept by {@code Kernels}, of which each worker has one. Not here: any layer, any definition.
 *
 * <p>A tensor's row is never computed from another row's neighbours: kernels run on a multiple of 16 rows, in pieces of 256, and give a
 * text the same bits alone and in any batch. Letters as in {@link dev.retort.autograd}.
 */
@NullMarked
package dev.retort.onednn;

import org.jspecify.annotations.NullMarked;
