package dev.retort.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RecentKeysTest {

    private final RecentKeys<String> keys = new RecentKeys<>();

    @Test
    void near_nothingPut_isNull() {
        assertThat(keys.near(7)).isNull();
    }

    @Test
    void near_afterPut_isTheSameObject() {
        String key = keys.put(7, new String("rows 16"));

        assertThat(keys.near(7)).isSameAs(key);
        assertThat(keys.near(8)).isNull();
    }

    @Test
    void near_anotherKeyAtThePlace_isTheLastOne() {
        keys.put(7, "rows 16");
        keys.put(7, "rows 32");

        assertThat(keys.near(7)).isEqualTo("rows 32");
    }

    @Test
    void put_hashesOfEveryKind_haveAPlace() {
        for (int hash : new int[] {Integer.MIN_VALUE, -1, 0, 63, 64, Integer.MAX_VALUE}) {
            assertThat(keys.put(hash, "hash " + hash)).isSameAs(keys.near(hash));
        }
    }
}
