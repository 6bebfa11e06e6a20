package dev.retort.architecture.bad.model;

final class LayerHelper {

    record ModelData() {}

    record Metadata() {}
}
