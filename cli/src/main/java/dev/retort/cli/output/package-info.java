/** How vectors are written: JSON lines, CSV, NumPy arrays; and files that appear whole or not at all. */
@NullMarked
package dev.retort.cli.output;

import org.jspecify.annotations.NullMarked;
