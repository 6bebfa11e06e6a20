package dev.retort.core;

/**
 * Random numbers that are a function of their place: (seed, step, site, element) gives a number, in any order, on any thread.
 *
 * <p>There is no state to save and none to share: dropout recomputes a mask instead of storing it, and a resumed training draws what an
 * uninterrupted one would have drawn. The mixing function is SplitMix64's finaliser (Steele, Lea, Flood 2014, fig. 14).
 *
 * @param seed of the run
 * @param step of the optimiser
 * @param site which use inside the step, for example a layer's number
 */
public record RandomStream(long seed, long step, long site) {

    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    /** Uniform in [0, 1), 24 bits. */
    public float uniform(long element) {
        return (bits(element) >>> 40) * 0x1.0p-24f;
    }

    /** Standard normal, from two uniforms (Box and Muller 1958). */
    public double gaussian(long element) {
        double radius = Math.sqrt(-2 * Math.log1p(-unit(2 * element)));
        return radius * Math.cos(2 * Math.PI * unit(2 * element + 1));
    }

    private double unit(long element) {
        return (bits(element) >>> 11) * 0x1.0p-53;
    }

    /** Uniform, 64 bits. */
    public long bits(long element) {
        long key = mix(seed + GOLDEN_GAMMA);
        key = mix(key + step * GOLDEN_GAMMA);
        key = mix(key + site * GOLDEN_GAMMA);
        return mix(key + (element + 1) * GOLDEN_GAMMA);
    }

    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
