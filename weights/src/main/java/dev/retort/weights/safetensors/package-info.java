/**
 * The safetensors format: reading, writing, sharded checkpoints.
 *
 * <p>Here live: the strict reader ({@link dev.retort.weights.safetensors.SafetensorsFile}), the writer, several files as one set of
 * tensors, and the replacement of a file as one step. Not here: tensors of a compute library, names of any model, downloads.
 *
 * <pre>{@code
 * try (Checkpoint checkpoint = Checkpoint.open(Path.of("model"))) { // one file, or an index and its shards
 *     for (TensorEntry tensor : checkpoint.tensors()) {
 *         System.out.println(tensor); // embeddings.word_embeddings.weight F32 [30522, 768] at 0..93763584
 *         checkpoint.firstNonFinite(tensor).ifPresent(element ->
 *                 System.err.println(tensor.name() + ": element " + element + " is not finite"));
 *     }
 *     TensorEntry bias = checkpoint.tensor("embeddings.LayerNorm.bias").orElseThrow();
 *     float[] values = new float[Math.toIntExact(bias.elementCount())];
 *     checkpoint.readFloats(bias, 0, values, 0, values.length); // from F16, BF16, F64 and integers too
 *
 *     new SafetensorsWriter()
 *             .metadata("step", "1000")
 *             .floats(bias.name(), values, bias.shape())
 *             .write(Path.of("bias.safetensors")); // in full or not at all
 * }
 * }</pre>
 *
 * <p>The format: <a href="https://github.com/huggingface/safetensors">huggingface/safetensors</a>, {@code README.md} and
 * {@code safetensors/src/tensor.rs}.
 */
@NullMarked
package dev.retort.weights.safetensors;

import org.jspecify.annotations.NullMarked;
