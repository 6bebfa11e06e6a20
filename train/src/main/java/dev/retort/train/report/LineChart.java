package dev.retort.train.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Values over epochs as an SVG. Series differ in colour and in dashes, neighbours in the shape of their marks too. A value that is no
 * finite number leaves a gap.
 */
final class LineChart {

    private static final double WIDTH = 480;
    private static final double PLOT_HEIGHT = 202;
    private static final double LEFT = 54;
    private static final double RIGHT = WIDTH - 18;
    private static final double LEGEND_LINE = 20;
    private static final double ABOVE_PLOT = 32; // the best epoch's name, and room
    private static final double BELOW_PLOT = 46; // ticks and the axis's name
    private static final int STYLES = 7; // of the style sheet
    private static final int MOST_MARKS = 30; // with more epochs, marks would hide the line
    private static final int X_TICKS = 8;
    private static final int Y_TICKS = 6;
    private static final double LABEL_WIDTH = 96; // about, of "best epoch 100"

    private final String name;
    private final int[] epochs;
    private final List<Series> series;
    private final int best;

    private final double yStep;
    private final double low;
    private final double high;
    private final List<Entry> legend;
    private final double top;
    private final double bottom;

    /** @param values one an epoch */
    record Series(String name, double[] values) {

        boolean has(int i) {
            return Double.isFinite(values[i]);
        }
    }

    /** A series' place in the legend. */
    private record Entry(double x, int line) {}

    /**
     * @param name of what is shown
     * @param epochs that the values belong to, from 1, rising
     * @param series with more than seven, styles come again
     * @param best place in {@code epochs} of the one to mark, or -1
     * @param isShare whether values lie in [0, 1]; others are shown from 0
     */
    LineChart(String name, int[] epochs, List<Series> series, int best, boolean isShare) {
        this.name = name;
        this.epochs = epochs;
        this.series = series;
        this.best = best;
        double[] finite = series.stream()
                .flatMapToDouble(each -> Arrays.stream(each.values()))
                .filter(Double::isFinite)
                .toArray();
        double least = Arrays.stream(finite).min().orElse(0);
        double most = Arrays.stream(finite).max().orElse(1);
        if (isShare) {
            double room = most - least < 0.02 ? 0.05 : 0;
            least = Math.max(0, least - room);
            most = Math.min(1, most + room);
        } else {
            least = Math.min(0, least);
            most = most > least ? most : least + 1;
        }
        this.yStep = niceStep((most - least) / Y_TICKS);
        this.low = Math.floor(least / yStep + 1e-9) * yStep;
        this.high = Math.ceil(most / yStep - 1e-9) * yStep;
        this.legend = legend(series);
        this.top = ABOVE_PLOT + LEGEND_LINE * (1 + legend.get(legend.size() - 1).line());
        this.bottom = top + PLOT_HEIGHT;
    }

    /** From left to right, in as many lines as they take. */
    private static List<Entry> legend(List<Series> series) {
        List<Entry> entries = new ArrayList<>();
        double at = LEFT;
        int line = 0;
        for (Series each : series) {
            double width = 62 + 7.5 * each.name().length();
            if (at > LEFT && at + width > WIDTH) {
                at = LEFT;
                line++;
            }
            entries.add(new Entry(at, line));
            at += width;
        }
        return entries;
    }

    /** The next of 1, 2 and 5 times a power of ten. */
    static double niceStep(double least) {
        double power = Math.pow(10, Math.floor(Math.log10(least)));
        double lead = least / power;
        return power * (lead <= 1 + 1e-9 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
    }

    void write(Html page) {
        page.open("figure");
        page.element("figcaption", name);
        page.open(
                "svg",
                "viewBox",
                "0 0 " + number(WIDTH) + " " + number(bottom + BELOW_PLOT),
                "role",
                "img",
                "aria-label",
                description());
        axes(page);
        if (best >= 0 && !isEmpty()) {
            markBest(page);
        }
        for (int s = 0; s < series.size(); s++) {
            line(page, s);
        }
        legend(page);
        if (isEmpty()) {
            text(page, (LEFT + RIGHT) / 2, (top + bottom) / 2, "middle", "tick", "no values");
        }
        page.close().close();
    }

    /** For those who do not see it: where each series begins, ends and is best. */
    private String description() {
        StringBuilder text = new StringBuilder(name + " over epochs");
        for (Series each : series) {
            int[] present = IntStream.range(0, epochs.length).filter(each::has).toArray();
            text.append("; ").append(each.name()).append(": ");
            if (present.length == 0) {
                text.append("no values");
                continue;
            }
            int first = present[0];
            int last = present[present.length - 1];
            text.append(Numbers.measure(each.values()[first]))
                    .append(" in epoch ")
                    .append(epochs[first]);
            if (last > first) {
                text.append(", ")
                        .append(Numbers.measure(each.values()[last]))
                        .append(" in epoch ")
                        .append(epochs[last]);
            }
        }
        return best >= 0 ? text.append("; best epoch ").append(epochs[best]).toString() : text.toString();
    }

    private boolean isEmpty() {
        return series.stream()
                .flatMapToDouble(each -> Arrays.stream(each.values()))
                .noneMatch(Double::isFinite);
    }

    private double x(int epoch) {
        int first = epochs[0];
        int last = epochs[epochs.length - 1];
        return last == first ? (LEFT + RIGHT) / 2 : LEFT + 8 + (RIGHT - LEFT - 16) * (epoch - first) / (last - first);
    }

    private double y(double value) {
        return bottom - (bottom - top) * (value - low) / (high - low);
    }

    // ---- parts ----

    private void axes(Html page) {
        long count = Math.round((high - low) / yStep);
        for (long i = 0; i <= count; i++) {
            double value = low + i * yStep;
            segment(page, i == 0 ? "axis" : "grid", LEFT, y(value), RIGHT, y(value));
            text(page, LEFT - 7, y(value) + 4, "end", "tick", tick(value));
        }
        if (epochs.length > 0) {
            int last = epochs[epochs.length - 1];
            int step = (int) Math.max(1, niceStep((last - epochs[0]) / (double) X_TICKS + 1e-9));
            xTick(page, epochs[0]);
            for (int epoch = (epochs[0] / step + 1) * step; epoch <= last; epoch += step) {
                xTick(page, epoch);
            }
        }
        text(page, (LEFT + RIGHT) / 2, bottom + BELOW_PLOT - 8, "middle", "tick", "epoch");
    }

    private void xTick(Html page, int epoch) {
        segment(page, "axis", x(epoch), bottom, x(epoch), bottom + 5);
        text(page, x(epoch), bottom + 19, "middle", "tick", Integer.toString(epoch));
    }

    /** At most six characters or so: what there is room for. */
    private String tick(double value) {
        if (high >= 1e5 || yStep < 1e-3) {
            int exponent = (int) Math.floor(Math.log10(Math.max(high, -low)));
            return value == 0 ? "0" : String.format(Locale.ROOT, "%.1fe%d", value / Math.pow(10, exponent), exponent);
        }
        int digits = (int) Math.max(0, -Math.floor(Math.log10(yStep) + 1e-9));
        return String.format(Locale.ROOT, "%,." + digits + "f", value);
    }

    private void markBest(Html page) {
        double x = x(epochs[best]);
        segment(page, "best", x, top - 6, x, bottom);
        String anchor = x < LEFT + LABEL_WIDTH / 2 ? "start" : x > RIGHT - LABEL_WIDTH / 2 ? "end" : "middle";
        double at = "start".equals(anchor) ? LEFT : "end".equals(anchor) ? RIGHT : x;
        text(page, at, top - 11, anchor, "best-label", "best epoch " + epochs[best]);
    }

    private void line(Html page, int s) {
        double[] values = series.get(s).values();
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < epochs.length; i++) {
            if (series.get(s).has(i)) {
                boolean goesOn = i > 0 && series.get(s).has(i - 1);
                path.append(goesOn ? 'L' : 'M')
                        .append(number(x(epochs[i])))
                        .append(' ')
                        .append(number(y(values[i])));
            }
        }
        if (path.length() > 0) {
            page.empty("path", "class", "line " + style(s), "d", path.toString());
        }
        for (int i = 0; i < epochs.length; i++) {
            if (series.get(s).has(i)) {
                boolean alone = (i == 0 || !series.get(s).has(i - 1))
                        && (i == epochs.length - 1 || !series.get(s).has(i + 1));
                boolean shown = epochs.length <= MOST_MARKS || alone || i == best;
                String hint = series.get(s).name() + ", epoch " + epochs[i] + ": " + Numbers.measure(values[i]);
                mark(
                        page,
                        s,
                        x(epochs[i]),
                        y(values[i]),
                        shown ? "mark " + style(s) : "hint",
                        i == best ? 5 : 3.5,
                        hint);
            }
        }
    }

    private void legend(Html page) {
        for (int s = 0; s < series.size(); s++) {
            double x = legend.get(s).x();
            double y = 14 + LEGEND_LINE * legend.get(s).line();
            String line = "M" + number(x) + " " + number(y) + "L" + number(x + 30) + " " + number(y);
            page.empty("path", "class", "line " + style(s), "d", line);
            mark(page, s, x + 15, y, "mark " + style(s), 3.5, series.get(s).name());
            text(page, x + 37, y + 4, "start", "legend", series.get(s).name());
        }
    }

    private static String style(int s) {
        return "s" + s % STYLES;
    }

    private static void mark(Html page, int s, double x, double y, String style, double radius, String hint) {
        if (s % 2 == 0) {
            page.open("circle", "class", style, "cx", number(x), "cy", number(y), "r", number(radius));
        } else {
            page.open(
                    "rect",
                    "class",
                    style,
                    "x",
                    number(x - radius),
                    "y",
                    number(y - radius),
                    "width",
                    number(2 * radius),
                    "height",
                    number(2 * radius));
        }
        page.element("title", hint).close();
    }

    private static void segment(Html page, String style, double x1, double y1, double x2, double y2) {
        page.empty("line", "class", style, "x1", number(x1), "y1", number(y1), "x2", number(x2), "y2", number(y2));
    }

    private static void text(Html page, double x, double y, String anchor, String style, String text) {
        page.element("text", text, "class", style, "x", number(x), "y", number(y), "text-anchor", anchor);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
