package dev.retort.onednn;

import dev.retort.core.Workspace;

/** What one worker computes with; not to be shared. */
record Worker(
        Kernels kernels,
        Products products,
        RowKernels rows,
        HeadProducts heads,
        Loops loops,
        RowFormats formats,
        NarrowProducts narrowProducts,
        NarrowHeads narrowHeads) {

    static Worker of(Workspace workspace) {
        Kernels kernels = new Kernels(workspace);
        RowKernels rows = new RowKernels(kernels);
        RowFormats formats = new RowFormats(kernels);
        return new Worker(
                kernels,
                new Products(kernels),
                rows,
                new HeadProducts(kernels, rows),
                new Loops(kernels),
                formats,
                new NarrowProducts(kernels, formats, new RowScaling(kernels)),
                new NarrowHeads(kernels));
    }
}
