package dev.retort.architecture.bad.core;

import dev.retort.architecture.bad.inference.ShowsTensors;

public final class UsesInference {

    ShowsTensors[] above() {
        return new ShowsTensors[0];
    }
}
