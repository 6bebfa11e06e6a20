/**
 * The command line: one class a command.
 *
 * <p>A command reads its options, calls the libraries and prints. Not here: arithmetic on vectors beyond the figures that a command
 * reports, anything an embedder could want to call.
 *
 * <p>What every command keeps to: results on standard output, everything else on standard error; a failure is one line, {@code retort:
 * subject: what is wrong: values: remedy}; exit code 0 fine, 1 failure, 2 usage.
 */
@NullMarked
package dev.retort.cli;

import org.jspecify.annotations.NullMarked;
