package dev.retort.benchmarks.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeerProcessTest {

    @Test
    void start_engine_tellsDescriptionAndTime() throws IOException {
        try (PeerProcess peer = PeerProcess.start(command())) {
            assertThat(peer.description()).startsWith("counting ");
            assertThat(peer.startNanos()).isPositive();
        }
    }

    @Test
    void builder_anyCommand_leavesNumericLibrariesUnbound() {
        assertThat(PeerProcess.builder(List.of("anything")).environment())
                .doesNotContainKeys("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
                .containsKey("PATH");
    }

    @Test
    void vectors_textsWithLineFeedsAndBackslashes_arriveWhole() throws IOException {
        try (PeerProcess peer = PeerProcess.start(command())) {
            peer.texts(List.of("", "one\ntwo\r\n", "back\\nslash", "ÄÖ€"));
            assertThat(peer.vectors()).isDeepEqualTo(new float[][] {{0, 0, 1}, {9, 2, 1}, {11, 0, 1}, {3, 0, 1}});
            assertThat(peer.tokenCount()).isEqualTo(23);
        }
    }

    @Test
    void encode_severalCalls_timesEach() throws IOException {
        try (PeerProcess peer = PeerProcess.start(command())) {
            peer.texts(List.of("a", "b"));
            peer.batchSize(2);
            assertThat(peer.encode(3)).hasSize(3);
        }
    }

    @Test
    void tokenCount_textsOverAndOver_countsAll() throws IOException {
        try (PeerProcess peer = PeerProcess.start(command())) {
            peer.texts(List.of("a", "bc", "def"));
            peer.repeat(5);
            assertThat(peer.tokenCount()).isEqualTo(1 + 2 + 3 + 1 + 2);
            peer.repeat(2);
            assertThat(peer.tokenCount()).isEqualTo(1 + 2);
        }
    }

    @Test
    void encode_callsByManyThreads_embedsEveryTextOnce() throws IOException {
        try (PeerProcess peer = PeerProcess.start(command())) {
            peer.texts(List.of("a", "b", "c", "d", "e", "f", "g"));
            peer.textsPerCall(2);
            peer.callers(3);
            assertThat(peer.encode(4)).hasSize(4); // it counts the vectors itself
        }
    }

    @Test
    void differing_engineThatDependsOnTheCall_countsItsVectors() throws IOException {
        List<String> texts = List.of("a", "bc", "def");
        try (PeerProcess steady = PeerProcess.start(command());
                PeerProcess wavering = PeerProcess.start(command("wavering"))) {
            for (PeerProcess peer : List.of(steady, wavering)) {
                peer.texts(texts);
                peer.callers(4);
                peer.textsPerCall(2);
            }
            assertThat(steady.differing()).isZero();
            assertThat(wavering.differing()).isEqualTo(4 * texts.size());
        }
    }

    @Test
    void heapBytes_moreTexts_areMore() throws IOException {
        try (PeerProcess peer = PeerProcess.start(command())) {
            peer.texts(List.of("a"));
            peer.heapBytes();
            long ofOne = peer.heapBytes();
            peer.repeat(10_000);
            long vectors = 10_000 * (16 + 3 * Float.BYTES);
            assertThat(peer.heapBytes()).isGreaterThan(ofOne + vectors);
        }
    }

    @Test
    void start_engineThatFails_passesItsReasonOn() {
        assertThatThrownBy(() -> PeerProcess.start(command("fails")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no engine here");
    }

    @Test
    void start_processThatDies_passesItsLastWordsOn() {
        assertThatThrownBy(() -> PeerProcess.start(command("dies")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("last words");
    }

    static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                CountingPeer.class.getName()));
        command.addAll(List.of(arguments));
        return command;
    }
}
