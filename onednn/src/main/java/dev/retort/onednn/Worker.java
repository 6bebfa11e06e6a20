package dev.retort.onednn;

import dev.retort.core.Workspace;

/** What one worker computes with; not to be shared. */
record Worker(Kernels kernels, Products products, RowKernels rows, HeadProducts heads, Loops loops) {

    static Worker of(Workspace workspace) {
        Kernels kernels = new Kernels(workspace);
        RowKernels rows = new RowKernels(kernels);
        return new Worker(kernels, new Products(kernels), rows, new HeadProducts(kernels, rows), new Loops(kernels));
    }
}
