package dev.retort.onednn;

import dev.retort.core.Workspace;

/** What one worker computes with; not to be shared. */
record Worker(Kernels kernels, Products products, RowKernels rows, HeadProducts heads, Loops loops) {

    static Worker of(Workspace workspace) {
        Kernels kernels = new Kernels(workspace);
        return new Worker(
                kernels, new Products(kernels), new RowKernels(kernels), new HeadProducts(kernels), new Loops(kernels));
    }
}
