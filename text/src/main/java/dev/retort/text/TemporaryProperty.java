package dev.retort.text;

/** A system property that is set for the length of a block, unless the user has set it. */
final class TemporaryProperty implements AutoCloseable {

    private final String name;
    private final String value;
    private final boolean set;

    TemporaryProperty(String name, String value) {
        this.name = name;
        this.value = value;
        this.set = System.getProperties().putIfAbsent(name, value) == null;
    }

    @Override
    public void close() {
        if (set) {
            System.getProperties().remove(name, value);
        }
    }
}
