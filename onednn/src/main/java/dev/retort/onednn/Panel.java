package dev.retort.onednn;

import dev.retort.core.Precision;

/**
 * Adjacent outputs of a packed weight, or all of them: what a product reads.
 *
 * @param precision of the elements
 * @param in K
 * @param out how many outputs
 * @param address of the elements
 * @param scales the address of the outputs' scales, (out): int8 only
 * @param offsets the address of what the outputs' sums are corrected by, (out): int8 only
 * @param bias the address of the bias, (out), or 0 for none
 */
record Panel(Precision precision, long in, long out, long address, long scales, long offsets, long bias) {}
