package dev.retort.architecture.bad.autograd;

public final class Variable {}
