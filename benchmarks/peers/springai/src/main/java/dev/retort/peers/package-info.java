/** Another engine behind the line protocol of {@code dev.retort.benchmarks.peer}, used as its own documentation says. */
package dev.retort.peers;
