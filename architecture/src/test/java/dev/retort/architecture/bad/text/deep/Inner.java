package dev.retort.architecture.bad.text.deep;

import dev.retort.architecture.bad.text.Outer;

public record Inner(Outer outer) {}
