/**
 * Where a command's texts come from: arguments, lines, columns of TSV and CSV, fields of JSON lines. Read as a stream, a text at a time,
 * with strict UTF-8 and with the place of each text for messages.
 */
@NullMarked
package dev.retort.cli.input;

import org.jspecify.annotations.NullMarked;
