package dev.retort.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar on standard error. */
final class Progress implements AutoCloseable {

    private static final int UPDATE_MILLIS = 200;
    private static final int KIBIBYTES = 1 << 10;
    private static final int MEBIBYTES = 1 << 20;
    private static final long MANY_BYTES =
            10 * MEBIBYTES; // from here on the line is short of room for the smaller unit

    private final ProgressBar bar;
    private final long begin = System.nanoTime();

    private Progress(ProgressBarBuilder builder, PrintStream err, int width) {
        this.bar = builder.setTaskName("")
                .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BAR)
                .setUpdateIntervalMillis(UPDATE_MILLIS)
                .setConsumer(new ConsoleProgressBarConsumer(err, width - 1))
                .clearDisplayOnFinish()
                .build();
    }

    /** @param total texts */
    static Progress ofTexts(long total, PrintStream err, int width) {
        return new Progress(new ProgressBarBuilder().setInitialMax(total), err, width);
    }

    /** @param total bytes of input, or -1 */
    static Progress ofBytes(long total, PrintStream err, int width) {
        ProgressBarBuilder builder = new ProgressBarBuilder().setInitialMax(total);
        return new Progress(
                total < MANY_BYTES ? builder.setUnit(" KiB", KIBIBYTES) : builder.setUnit(" MiB", MEBIBYTES),
                err,
                width);
    }

    /**
     * A bar of a run that was begun before.
     *
     * @param total rows of all epochs
     * @param done rows
     * @param elapsed in which they were done
     */
    static Progress ofRows(long total, long done, Duration elapsed, PrintStream err, int width) {
        return new Progress(new ProgressBarBuilder().setInitialMax(total).startsFrom(done, elapsed), err, width);
    }

    /** @param message what stands beside the bar */
    void show(long position, String message) {
        bar.setExtraMessage(message);
        bar.stepTo(position);
    }

    /**
     * @param position in the unit of the total
     * @param texts embedded so far
     * @param tokens embedded so far
     */
    void show(long position, long texts, long tokens) {
        double seconds = (System.nanoTime() - begin) / 1e9;
        bar.setExtraMessage(rounded(texts) + " texts, " + rounded(Math.round(tokens / seconds)) + " tokens/s");
        bar.stepTo(position);
    }

    /** In at most four characters: the bar, bytes and both times leave no more in 80 columns. */
    static String rounded(long count) {
        if (count < 1000) {
            return Long.toString(count);
        }
        double thousands = count / 1e3;
        if (thousands < 9.95) {
            return String.format(Locale.ROOT, "%.1fk", thousands);
        }
        if (thousands < 999.5) {
            return String.format(Locale.ROOT, "%.0fk", thousands);
        }
        return String.format(Locale.ROOT, thousands < 9950 ? "%.1fM" : "%.0fM", thousands / 1e3);
    }

    @Override
    public void close() {
        bar.close();
    }
}
