package dev.retort.weights.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** Writes small ONNX files, field by field as {@code onnx.proto} numbers them. */
public final class OnnxWriter {

    /** One message's fields. */
    public static final class Message {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final CodedOutputStream output = CodedOutputStream.newInstance(bytes);

        @FunctionalInterface
        private interface Write {
            void run() throws IOException;
        }

        private Message with(Write write) {
            try {
                write.run();
                return this;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        public Message text(int number, String value) {
            return with(() -> output.writeString(number, value));
        }

        public Message number(int number, long value) {
            return with(() -> output.writeInt64(number, value));
        }

        public Message real(int number, float value) {
            return with(() -> output.writeFloat(number, value));
        }

        public Message bytes(int number, byte[] value) {
            return with(() -> output.writeBytes(number, ByteString.copyFrom(value)));
        }

        public Message message(int number, Message value) {
            return bytes(number, value.toBytes());
        }

        public byte[] toBytes() {
            with(output::flush);
            return bytes.toByteArray();
        }
    }

    private final Message graph = new Message();

    /** Adds a node; attributes are messages of {@link #integer}, {@link #real}, {@link #word} or {@link #tensorAttribute}. */
    public OnnxWriter node(String operator, String name, List<String> inputs, String output, Message... attributes) {
        Message node = new Message();
        inputs.forEach(input -> node.text(1, input));
        node.text(2, output).text(3, name);
        int dot = operator.lastIndexOf('.');
        node.text(4, operator.substring(dot + 1));
        if (dot > 0) {
            node.text(7, operator.substring(0, dot));
        }
        Arrays.stream(attributes).forEach(attribute -> node.message(5, attribute));
        graph.message(1, node);
        return this;
    }

    /** Adds an initialiser with raw little-endian floats. */
    public OnnxWriter floats(String name, float[] values, long... shape) {
        return initializer(rawFloats(name, values, shape));
    }

    public OnnxWriter initializer(Message tensor) {
        graph.message(5, tensor);
        return this;
    }

    public OnnxWriter output(String name) {
        graph.message(12, new Message().text(1, name));
        return this;
    }

    /** A constant node's value; more than one is a vector. */
    public OnnxWriter constant(String name, float... values) {
        long[] shape = values.length == 1 ? new long[0] : new long[] {values.length};
        return node("Constant", "", List.of(), name, tensorAttribute("value", rawFloats("", values, shape)));
    }

    public OnnxWriter integers(String name, long... values) {
        ByteBuffer raw = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(values).forEach(raw::putLong);
        Message tensor = new Message().number(1, values.length).number(2, 7).bytes(9, raw.array());
        return node("Constant", "", List.of(), name, tensorAttribute("value", tensor));
    }

    public static Message rawFloats(String name, float[] values, long... shape) {
        Message tensor = new Message();
        Arrays.stream(shape).forEach(extent -> tensor.number(1, extent));
        return tensor.number(2, 1).text(8, name).bytes(9, littleEndian(values));
    }

    public static byte[] littleEndian(float[] values) {
        ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(values);
        return raw.array();
    }

    public static Message integer(String name, long value) {
        return new Message().text(1, name).number(3, value).number(20, 2);
    }

    public static Message real(String name, float value) {
        return new Message().text(1, name).real(2, value).number(20, 1);
    }

    public static Message word(String name, String value) {
        return new Message().text(1, name).text(4, value).number(20, 3);
    }

    public static Message tensorAttribute(String name, Message tensor) {
        return new Message().text(1, name).message(5, tensor).number(20, 4);
    }

    /** The file. */
    public byte[] toBytes() {
        return new Message()
                .number(1, 6)
                .text(2, "pytorch")
                .message(7, graph)
                .message(8, new Message().number(2, 11))
                .toBytes();
    }
}
