package dev.retort.train.report;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/**
 * A page as it is written: elements are closed in the order in which they were opened, all text is escaped. What comes out is HTML 5 and
 * well-formed XML at once.
 */
final class Html {

    private final StringBuilder out = new StringBuilder("<!DOCTYPE html>\n");
    private final Deque<String> open = new ArrayDeque<>();

    /** A page of its own, open where its content begins: no scripts, nothing from elsewhere. */
    static Html page(String title) {
        Html page = new Html();
        page.open("html", "lang", "en").open("head");
        page.empty("meta", "charset", "utf-8");
        page.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        page.empty(
                "meta",
                "http-equiv",
                "Content-Security-Policy",
                "content",
                "default-src 'none'; style-src 'unsafe-inline'");
        page.element("title", title);
        page.open("style").out.append(Stylesheet.CSS);
        return page.close().close().open("body").open("main");
    }

    /** Closes what {@link #page} has opened. */
    String end() {
        return close().close().close().toString();
    }

    /** @param attributes names and values by turns */
    Html open(String element, String... attributes) {
        start(element, attributes);
        out.append('>');
        open.push(element);
        return this;
    }

    Html close() {
        out.append("</").append(open.pop()).append(">\n");
        return this;
    }

    /** An element without content. */
    Html empty(String element, String... attributes) {
        start(element, attributes);
        out.append("/>\n");
        return this;
    }

    /** An element with text. */
    Html element(String element, String text, String... attributes) {
        return open(element, attributes).text(text).close();
    }

    Html text(String text) {
        escape(text);
        return this;
    }

    // ---- parts of a report ----

    void section(String title, Runnable content) {
        open("section").element("h2", title);
        content.run();
        close();
    }

    /** A figure that stands out; within a list of the class {@code tiles}. */
    void tile(String name, String value, String more) {
        open("div").element("dt", name);
        open("dd").text(value + " ").element("small", more).close().close();
    }

    /** A table that scrolls by itself, with keys too, where the window is too narrow for it. */
    void table(String style, String name, Runnable content) {
        open("div", "class", "scroll", "role", "region", "tabindex", "0", "aria-label", name);
        open("table", "role", "table", "class", style);
        content.run();
        close().close();
    }

    /** The heading of a column of numbers. */
    void heading(String text) {
        element("th", text, "scope", "col", "class", "number");
    }

    void number(String text) {
        element("td", text, "class", "number");
    }

    void pairs(String caption, Map<String, String> pairs) {
        table("pairs", caption, () -> {
            element("caption", caption).open("tbody");
            pairs.forEach((name, value) -> open("tr")
                    .element("th", name, "scope", "row")
                    .element("td", value)
                    .close());
            close();
        });
    }

    // ---- text ----

    private void start(String element, String... attributes) {
        out.append('<').append(element);
        for (int i = 0; i < attributes.length; i += 2) {
            out.append(' ').append(attributes[i]).append("=\"");
            escape(attributes[i + 1]);
            out.append('"');
        }
    }

    private void escape(String text) {
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.appendCodePoint(isPermitted(c) ? c : 0xFFFD);
            }
        });
    }

    /** Whether it may stand in XML 1.0 (§2.2): no control character, no half of a pair. */
    private static boolean isPermitted(int c) {
        return c == '\t'
                || c == '\n'
                || c == '\r'
                || (c >= 0x20 && c <= 0xD7FF && (c < 0x7F || c > 0x9F))
                || (c >= 0xE000 && c <= 0xFFFD)
                || c >= 0x10000;
    }

    @Override
    public String toString() {
        if (!open.isEmpty()) {
            throw new IllegalStateException("page: elements are still open: " + open);
        }
        return out.toString();
    }
}
