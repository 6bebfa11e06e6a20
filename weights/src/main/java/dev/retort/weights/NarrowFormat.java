package dev.retort.weights;

import dev.retort.core.Precision;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a folder holds weights that were brought to a narrower precision on purpose: {@code docs/precision.md} has each to the letter. The
 * name, with a version, is in the metadata of each safetensors file.
 */
public enum NarrowFormat {
    /** Linear layers and embedding tables in bfloat16, all else in float32. */
    BFLOAT16("bfloat16/1", Precision.BF16),
    /** Linear layers in 8-bit integers with a scale for each output, embedding tables in bfloat16, all else in float32. */
    INT8("int8-per-channel/1", Precision.INT8);

    /** The metadata's key. */
    public static final String KEY = "retort.quantization";

    /** Follows the name of a tensor of integers in the name of the tensor of its scales. */
    public static final String SCALE = "_scale";

    private final String formatName;
    private final Precision precision;

    NarrowFormat(String formatName, Precision precision) {
        this.formatName = formatName;
        this.precision = precision;
    }

    /** The name in the files: {@code int8-per-channel/1}. */
    public String formatName() {
        return formatName;
    }

    /** What it was written to be computed in. */
    public Precision precision() {
        return precision;
    }

    /** The format for a precision; none, null, for float32. */
    public static @Nullable NarrowFormat of(Precision precision) {
        for (NarrowFormat format : values()) {
            if (format.precision == precision) {
                return format;
            }
        }
        return null;
    }

    /**
     * The format that metadata names, or null if it names none.
     *
     * @param fileName for messages
     * @throws MalformedCheckpointException if nobody knows that format, or that version of it
     */
    public static @Nullable NarrowFormat in(Map<String, String> metadata, String fileName)
            throws MalformedCheckpointException {
        String name = metadata.get(KEY);
        return name == null ? null : named(name, fileName, KEY);
    }

    /**
     * The format of that name.
     *
     * @param fileName for messages
     * @param key where the name was found, for messages
     * @throws MalformedCheckpointException if there is none
     */
    public static NarrowFormat named(String name, String fileName, String key) throws MalformedCheckpointException {
        List<String> known = new ArrayList<>();
        for (NarrowFormat format : values()) {
            if (format.formatName.equals(name)) {
                return format;
            }
            known.add(format.formatName);
        }
        throw new MalformedCheckpointException(
                fileName,
                key + ": expected one of " + known + ", got \"" + name + "\": another version of Retort wrote it");
    }
}
