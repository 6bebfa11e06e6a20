package dev.retort.architecture.bad.nowhere;

final class Lost {}
