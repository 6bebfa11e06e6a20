package dev.retort.core;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class FixtureTensorsTest {

    private FixtureTensors tensors;

    @BeforeEach
    void write(@TempDir Path folder) throws IOException {
        byte[] header = ("{\"__metadata__\":{\"by\":\"hand\"},"
                        + "\"wide\":{\"dtype\":\"F64\",\"shape\":[1,2],\"data_offsets\":[0,16]},"
                        + "\"ids\":{\"dtype\":\"I64\",\"shape\":[2,1],\"data_offsets\":[16,32]},"
                        + "\"scalar\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[32,36]},"
                        + "\"few\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[36,40]},"
                        + "\"signed\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[40,41]},"
                        + "\"unsigned\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[41,42]}}")
                .getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + header.length + 42).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(header.length).put(header);
        file.putDouble(0.1).putDouble(-2).putLong(7).putLong(-100);
        file.putFloat(1.5f).putInt(-3).put((byte) -1).put((byte) -1);
        Path path = folder.resolve("hand.safetensors");
        Files.write(path, file.array());
        tensors = FixtureTensors.read(path);
    }

    @Test
    void names_always_areTheTensorsInFileOrder() {
        assertThat(tensors.names()).containsExactly("wide", "ids", "scalar", "few", "signed", "unsigned");
        assertThat(tensors.contains("ids")).isTrue();
        assertThat(tensors.contains("mask")).isFalse();
    }

    @Test
    void float64AndFloat32_realTensors_haveShapeAndType() {
        assertThat(tensors.float64("wide"))
                .hasType(DataType.DOUBLE)
                .isIdenticalTo(Nd4j.createFromArray(new double[][] {{0.1, -2}}));
        assertThat(tensors.float32("wide"))
                .hasType(DataType.FLOAT)
                .isIdenticalTo(Nd4j.createFromArray(new float[][] {{0.1f, -2}}));
        assertThat(tensors.float32("scalar")).hasShape().isIdenticalTo(Nd4j.scalar(1.5f));
    }

    @Test
    void ints_everyIntegerType_areRead() {
        assertThat(tensors.ints("ids")).containsExactly(7, -100);
        assertThat(tensors.intRows("ids")).isDeepEqualTo(new int[][] {{7}, {-100}});
        assertThat(tensors.ints("few")).containsExactly(-3);
        assertThat(tensors.ints("signed")).containsExactly(-1);
        assertThat(tensors.ints("unsigned")).containsExactly(255);
    }

    @Test
    void ints_realTensor_isRejected() {
        assertThatThrownBy(() -> tensors.ints("wide")).hasMessage("wide: element 0 is no int: 0.1");
    }

    @Test
    void float64_unknownName_isRejected() {
        assertThatThrownBy(() -> tensors.float64("mask")).hasMessage("mask: no such tensor in hand.safetensors");
    }
}
