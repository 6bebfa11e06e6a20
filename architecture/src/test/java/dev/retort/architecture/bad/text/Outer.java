package dev.retort.architecture.bad.text;

import dev.retort.architecture.bad.text.deep.Inner;

public record Outer(Inner inner) {}
