package dev.retort.architecture.bad.util;

/** In a package without a description, and with a name that says nothing. */
final class Unmarked {}
