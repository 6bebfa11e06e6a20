/**
 * Engines in processes of their own: the line protocol, our own side of it, and the client. {@link
 * dev.retort.benchmarks.peer.PeerServer} and {@link dev.retort.benchmarks.peer.PeerEngine} use nothing but the JDK, because they run on
 * other engines' class paths.
 *
 * <p>Not here: code that names another engine; that is built apart, under {@code benchmarks/peers}.
 */
@NullMarked
package dev.retort.benchmarks.peer;

import org.jspecify.annotations.NullMarked;
