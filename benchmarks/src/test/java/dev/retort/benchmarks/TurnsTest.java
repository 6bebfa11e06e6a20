package dev.retort.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TurnsTest {

    private static final Claim CLAIM = Claim.ratio("row", "a by b", Target.atLeast(2));

    @Test
    void twice_twoLanes_takeTurnsAndEveryRoundTwice() throws IOException {
        List<String> order = new ArrayList<>();
        Turns.twice(2, List.of(lane("a", order), lane("b", order)));
        assertThat(order).containsExactly("a", "b", "a", "b", "a", "b", "a", "b");
    }

    @Test
    void finding_machineThatSlowsDown_comparesNeighbours() throws IOException {
        double[] speed = {64};
        Turns turns = Turns.twice(2, List.of(() -> 4 * (speed[0] /= 2), () -> speed[0]));
        Finding finding = turns.finding(CLAIM, 0, 1, true, "tokens/ms", "");
        assertThat(finding.value()).isEqualTo(Spread.of(4));
        assertThat(finding.busy()).isEqualTo(Spread.of(4));
        assertThat(finding.met()).isEqualTo("yes");
        assertThat(finding.ours().idle()).isEqualTo(new Spread(128, 32, 128));
    }

    @Test
    void side_halfTheSpeedBesideTheBusyThread_isKeptForRatesAndTimes() throws IOException {
        double[] values = {10, 5};
        int[] call = {0};
        Turns turns = Turns.twice(1, List.of(() -> values[call[0]++]));
        assertThat(turns.side(0, true).kept()).isEqualTo(Spread.of(0.5));
        assertThat(turns.side(0, false).kept()).isEqualTo(Spread.of(2));
    }

    @Test
    void idle_lanes_haveNothingBesideABusyThread() throws IOException {
        Finding finding = Turns.idle(3, List.of(() -> 1, () -> 2)).finding(CLAIM, 0, 1, true, "s", "");
        assertThat(finding.busy()).isNull();
        assertThat(finding.ours().kept()).isNull();
        assertThat(finding.met()).isEqualTo("no");
    }

    private static Turns.Lane lane(String name, List<String> order) {
        return () -> {
            order.add(name);
            return 1;
        };
    }
}
