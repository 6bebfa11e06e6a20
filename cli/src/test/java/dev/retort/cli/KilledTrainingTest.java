package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.cli.KilledTraining.Moment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training process that is killed (SIGKILL), again and again, and each time goes on from its newest checkpoint. */
class KilledTrainingTest {

    private static final int KILLS = 20;

    @TempDir
    private Path folder;

    @Test
    void resume_afterAFewKills_endsWithTheBytesOfTheUndisturbedRun() throws IOException, InterruptedException {
        new KilledTraining(folder, 8, System.nanoTime()).killAt(List.of(Moment.STEP, Moment.CHECKPOINT, Moment.MODEL));
    }

    /** {@code mvn -Pendurance -pl cli -am test}. */
    @Test
    @Tag("endurance")
    void resume_afterTwentyKills_endsWithTheBytesOfTheUndisturbedRun() throws IOException, InterruptedException {
        List<Moment> moments = new ArrayList<>();
        for (int kill = 0; kill < KILLS - 1; kill++) {
            moments.add(List.of(Moment.ANY, Moment.CHECKPOINT, Moment.STEP).get(kill % 3));
        }
        moments.add(Moment.MODEL);
        KilledTraining training = new KilledTraining(folder, 40, System.nanoTime());

        training.killAt(moments);

        assertThat(training.checkpointsCutOff())
                .as("checkpoints that were half written")
                .isPositive();
    }
}
