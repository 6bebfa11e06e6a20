package dev.retort.onednn;

import org.bytedeco.dnnl.global.dnnl.scratchpad_mode;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.nd4j.linalg.api.buffer.DataType;

/** How tensors lie in memory, in the library's terms; float32 where no type is given. */
final class Descriptions {

    private Descriptions() {}

    /** Extents and strides, in elements. */
    static memory.desc strided(long[] extents, long... strides) {
        return strided(memory.data_type.f32, extents, strides);
    }

    /** Extents and strides, in elements, of a type. */
    static memory.desc strided(memory.data_type type, long[] extents, long... strides) {
        return new memory.desc(extents, type, strides);
    }

    /** The library's name of a tensor's type. */
    static memory.data_type type(DataType type) {
        return switch (type) {
            case FLOAT -> memory.data_type.f32;
            case BFLOAT16 -> memory.data_type.bf16;
            default -> throw new IllegalArgumentException("kernels: no tensors of " + type);
        };
    }

    /** A row-major matrix. */
    static memory.desc matrix(long rows, long columns) {
        return strided(new long[] {rows, columns}, columns, 1);
    }

    /** A row-major matrix of a type. */
    static memory.desc matrix(memory.data_type type, long rows, long columns) {
        return strided(type, new long[] {rows, columns}, columns, 1);
    }

    static memory.desc vector(long size) {
        return strided(new long[] {size}, 1);
    }

    /** A matrix in whatever layout the kernel likes best. */
    static memory.desc anyMatrix(long rows, long columns) {
        return new memory.desc(new long[] {rows, columns}, memory.data_type.f32, memory.format_tag.any);
    }

    /** The attributes of every kernel here: what follows it, and a scratchpad that the caller gives. */
    static primitive_attr attributes(post_ops following) {
        primitive_attr attributes = new primitive_attr();
        attributes.set_post_ops(following);
        attributes.set_scratchpad_mode(scratchpad_mode.user);
        return attributes;
    }

    static primitive_attr attributes() {
        return attributes(new post_ops());
    }
}
