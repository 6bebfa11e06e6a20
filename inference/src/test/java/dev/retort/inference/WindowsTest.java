package dev.retort.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class WindowsTest {

    private final List<Integer> windowSizes = new ArrayList<>();

    private List<Embedding> lengths(List<String> texts) {
        windowSizes.add(texts.size());
        return texts.stream()
                .map(text -> Embedding.ofFloats(new float[] {text.length()}, 1, 1, false))
                .toList();
    }

    @Test
    void next_manyTexts_keepsOrderAndBoundsTheWindow() {
        Windows windows =
                new Windows(IntStream.range(0, 5000).mapToObj("x"::repeat).iterator(), this::lengths);

        List<Integer> seen = new ArrayList<>();
        windows.forEachRemaining(embedding -> seen.add((int) embedding.vector()[0]));

        assertThat(seen).isEqualTo(IntStream.range(0, 5000).boxed().toList());
        assertThat(windowSizes).allMatch(size -> size <= 2048);
    }

    @Test
    void next_longTexts_boundsTheCharactersInMemory() {
        Windows windows =
                new Windows(Stream.generate(() -> "x".repeat(1 << 20)).limit(10).iterator(), this::lengths);

        windows.forEachRemaining(embedding -> {});

        assertThat(windowSizes).containsExactly(2, 2, 2, 2, 2);
    }

    @Test
    void hasNext_beforeAnythingIsAskedFor_readsNothing() {
        List<String> read = new ArrayList<>();
        Iterator<String> texts = Stream.iterate("x", text -> text + "x")
                .limit(3000)
                .peek(read::add)
                .iterator();

        new Windows(texts, this::lengths);

        assertThat(read).isEmpty();
    }
}
