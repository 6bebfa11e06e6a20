package dev.retort.cli.input;

/**
 * A text and where it stands.
 *
 * @param text the text
 * @param place for messages: {@code file:line}
 */
public record PlacedText(String text, String place) {}
