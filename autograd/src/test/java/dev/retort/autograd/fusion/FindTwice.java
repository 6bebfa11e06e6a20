package dev.retort.autograd.fusion;

/** Looks for a backend as two models that are loaded do. */
final class FindTwice {

    private FindTwice() {}

    public static void main(String[] arguments) {
        Backend first = Backend.find();
        if (Backend.find() != first) {
            throw new AssertionError("found another one");
        }
    }
}
