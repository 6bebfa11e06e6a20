package dev.retort.weights;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/** The weights of the fixtures' README at base shape: a hash of tensor number and element. */
public final class HashTensors implements TensorSet {

    private static final float TWO_POW_24 = 1 << 24;

    private record Formula(long number, double scale, double offset, long crc) {}

    private final Map<String, Formula> formulas = new LinkedHashMap<>();
    private final List<Tensor> tensors = new ArrayList<>();
    private final long seed;

    /** The encoder's tensors. */
    public static HashTensors encoder(JsonNode baseShape) {
        return new HashTensors(baseShape, false);
    }

    /** The heads' tensors, {@code heads.topic.hidden.weight} and so on. */
    public static HashTensors heads(JsonNode baseShape) {
        return new HashTensors(baseShape, true);
    }

    private HashTensors(JsonNode json, boolean heads) {
        this.seed = json.path("hash_seed").longValue();
        for (JsonNode each : json.path("tensors")) {
            String name = each.path("name").textValue();
            if (name.startsWith("heads.") != heads) {
                continue;
            }
            List<Long> shape = new ArrayList<>();
            each.path("shape").forEach(extent -> shape.add(extent.longValue()));
            Tensor tensor = new Tensor(name, shape, "F32", true, 0);
            tensors.add(tensor);
            formulas.put(
                    name,
                    new Formula(
                            each.path("t").longValue(),
                            each.path("scale").doubleValue(),
                            each.path("offset").doubleValue(),
                            each.path("crc32").longValue()));
            assertThat(crc(tensor)).as(name).isEqualTo(formulas.get(name).crc());
        }
    }

    private long crc(Tensor tensor) {
        float[] chunk = new float[1 << 16];
        ByteBuffer bytes = ByteBuffer.allocate(4 * chunk.length).order(ByteOrder.LITTLE_ENDIAN);
        CRC32 crc = new CRC32();
        for (long first = 0; first < tensor.elementCount(); first += chunk.length) {
            int count = (int) Math.min(chunk.length, tensor.elementCount() - first);
            readFloats(tensor, first, chunk, 0, count);
            bytes.asFloatBuffer().put(chunk, 0, count);
            crc.update(bytes.array(), 0, 4 * count);
        }
        return crc.getValue();
    }

    @Override
    public String origin() {
        return "hash";
    }

    @Override
    public List<Tensor> tensors() {
        return tensors;
    }

    @Override
    public void readFloats(Tensor tensor, long firstElement, float[] target, int offset, int count) {
        Formula formula = formulas.get(tensor.name());
        for (int i = 0; i < count; i++) {
            long z = (formula.number() << 40 | (firstElement + i)) + (seed + 1) * 0x9E3779B97F4A7C15L;
            z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
            z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
            z = z ^ z >>> 31;
            float unit = (z >>> 40) / TWO_POW_24 - 0.5f;
            target[offset + i] = unit * (float) formula.scale() + (float) formula.offset();
        }
    }
}
