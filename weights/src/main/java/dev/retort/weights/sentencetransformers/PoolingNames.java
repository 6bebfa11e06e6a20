package dev.retort.weights.sentencetransformers;

import dev.retort.autograd.fusion.PoolingMode;
import dev.retort.model.sentence.Pooling;
import dev.retort.weights.JsonFile;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What pooling modes are called in 1_Pooling/config.json, and in which order the older format joins several. */
final class PoolingNames {

    /** Names of the newer format. */
    private static final Map<PoolingMode, String> NAMES = new EnumMap<>(Map.of(
            PoolingMode.CLS, "cls",
            PoolingMode.MAX, "max",
            PoolingMode.MEAN, "mean",
            PoolingMode.MEAN_SQRT_LENGTH, "mean_sqrt_len_tokens",
            PoolingMode.WEIGHTED_MEAN, "weightedmean",
            PoolingMode.LAST_TOKEN, "lasttoken"));

    private static final String PREFIX = "pooling_mode_";

    /** Truth values of the older format, in the order in which it joins the vectors. */
    private static final List<Map.Entry<String, PoolingMode>> KEYS = List.of(
            Map.entry("pooling_mode_cls_token", PoolingMode.CLS),
            Map.entry("pooling_mode_max_tokens", PoolingMode.MAX),
            Map.entry("pooling_mode_mean_tokens", PoolingMode.MEAN),
            Map.entry("pooling_mode_mean_sqrt_len_tokens", PoolingMode.MEAN_SQRT_LENGTH),
            Map.entry("pooling_mode_weightedmean_tokens", PoolingMode.WEIGHTED_MEAN),
            Map.entry("pooling_mode_lasttoken", PoolingMode.LAST_TOKEN));

    private PoolingNames() {}

    static String nameOf(PoolingMode mode) {
        return NAMES.getOrDefault(mode, mode.name());
    }

    static List<String> namesOf(Pooling pooling) {
        return pooling.modes().stream().map(PoolingNames::nameOf).toList();
    }

    /** Whether the older format can say this: each mode once, in its order. */
    static boolean isLegacyOrder(Pooling pooling) {
        int last = -1;
        for (PoolingMode mode : pooling.modes()) {
            int place = KEYS.stream().map(Map.Entry::getValue).toList().indexOf(mode);
            if (place <= last) {
                return false;
            }
            last = place;
        }
        return true;
    }

    /** The truth values of the older format. */
    static List<Map.Entry<String, Boolean>> legacyFlags(Pooling pooling) {
        List<Map.Entry<String, Boolean>> flags = new ArrayList<>();
        for (Map.Entry<String, PoolingMode> key : KEYS) {
            flags.add(Map.entry(key.getKey(), pooling.modes().contains(key.getValue())));
        }
        return flags;
    }

    /** Either format; the newer key counts where both are there. */
    static Pooling in(JsonFile file) throws MalformedCheckpointException {
        List<String> names = file.findTexts("pooling_mode");
        return new Pooling(names == null ? legacy(file) : named(file, names));
    }

    private static List<PoolingMode> named(JsonFile file, List<String> names) throws MalformedCheckpointException {
        List<PoolingMode> modes = new ArrayList<>();
        for (String name : names) {
            PoolingMode mode = find(name);
            if (mode == null) {
                throw new MalformedCheckpointException(
                        file.name(), "pooling_mode: expected one of " + NAMES.values() + ", got \"" + name + "\"");
            }
            modes.add(mode);
        }
        if (modes.isEmpty()) {
            throw new MalformedCheckpointException(file.name(), "pooling_mode: expected at least one, got []");
        }
        return modes;
    }

    private static @Nullable PoolingMode find(String name) {
        return NAMES.entrySet().stream()
                .filter(entry -> entry.getValue().equals(name))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
    }

    private static List<PoolingMode> legacy(JsonFile file) throws MalformedCheckpointException {
        List<PoolingMode> modes = new ArrayList<>();
        for (Map.Entry<String, PoolingMode> key : KEYS) {
            if (file.findBoolean(key.getKey(), false)) {
                modes.add(key.getValue());
            }
        }
        List<String> known = KEYS.stream().map(Map.Entry::getKey).toList();
        for (String key : file.keys()) {
            if (key.startsWith(PREFIX) && !known.contains(key) && file.findBoolean(key, false)) {
                throw new MalformedCheckpointException(
                        file.name(), key + ": unknown pooling, expected one of " + known);
            }
        }
        return modes.isEmpty() ? List.of(PoolingMode.MEAN) : modes;
    }
}
