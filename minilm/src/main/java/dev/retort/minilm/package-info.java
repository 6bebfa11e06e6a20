/**
 * Nothing to call: this artifact puts the default model's file beside the library, and whoever names it may load the default model. No
 * code belongs here; what reads the file is in {@code weights}.
 */
@NullMarked
package dev.retort.minilm;

import org.jspecify.annotations.NullMarked;
