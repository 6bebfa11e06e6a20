package dev.retort.benchmarks;

/**
 * How much is measured.
 *
 * @param quick whether five minutes must do
 * @param rounds A B pairs
 * @param passSeconds the corpus is cut so that the slower engine's pass takes no longer than about this
 * @param leastTexts of the corpus in any case: of a few texts no engine makes good batches
 * @param warmSeconds each engine works before anything counts
 * @param callWarmSeconds the same of calls with one text: so many that what runs is the machine code that a service runs all day
 * @param calls with one text, a round; fewer where they would take longer than half a second
 * @param starts of fresh processes
 */
record Settings(
        boolean quick,
        int rounds,
        double passSeconds,
        int leastTexts,
        double warmSeconds,
        double callWarmSeconds,
        int calls,
        int starts) {

    /** Five minutes for all. */
    static Settings quick(int rounds) {
        return new Settings(true, rounds > 0 ? rounds : 3, 1.2, 320, 0.7, 2, 60, 3);
    }

    /** Some minutes for each. */
    static Settings full(int rounds) {
        return new Settings(false, rounds > 0 ? rounds : 7, 3, 640, 3, 5, 200, 9);
    }
}
