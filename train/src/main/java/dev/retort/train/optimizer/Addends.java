package dev.retort.train.optimizer;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Stretches of a gradient that is a sum, as its shares lie in memory.
 *
 * @param shares a view of each
 * @param places by share and stretch, where the stretch begins in the view, in elements; {@link #NONE} where the share has zeros
 */
record Addends(List<ByteBuffer> shares, int[][] places) {

    static final int NONE = -1;
}
