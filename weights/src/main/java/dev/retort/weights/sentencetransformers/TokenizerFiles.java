package dev.retort.weights.sentencetransformers;

import java.nio.file.Path;
import java.util.Arrays;

/** Where a model's tokenizer is. */
public sealed interface TokenizerFiles {

    /**
     * In a folder, as tokenizer.json or vocab.txt.
     *
     * @param path the folder; for models whose transformer has its own, that one
     */
    record InFolder(Path path) implements TokenizerFiles {}

    /**
     * In memory.
     *
     * @param name what messages call it
     * @param json the contents of a tokenizer.json
     */
    record InMemory(String name, byte[] json) implements TokenizerFiles {

        /** Copies {@code json}. */
        public InMemory {
            json = json.clone();
        }

        /** A copy. */
        @Override
        public byte[] json() {
            return json.clone();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof InMemory that && name.equals(that.name) && Arrays.equals(json, that.json);
        }

        @Override
        public int hashCode() {
            return 31 * name.hashCode() + Arrays.hashCode(json);
        }

        @Override
        public String toString() {
            return "InMemory[" + name + ", " + json.length + " bytes]";
        }
    }
}
