package dev.retort.weights.onnx;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import dev.retort.weights.onnx.OnnxNode.Attribute;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Decodes the messages of {@code onnx.proto} that describe a graph, field by field. Numbers in the {@code case} labels are that file's
 * field numbers. Elements of large tensors are skipped and their place is noted.
 */
final class GraphReader {

    private static final int MAX_RANK = 8;

    private interface Field {
        /** Reads the value of a field, or returns false without having read anything. */
        boolean read(int number, int wireType) throws IOException;
    }

    private final String fileName;
    private final FileContent content;
    private final CodedInputStream input;

    private GraphReader(String fileName, FileContent content) {
        this.fileName = fileName;
        this.content = content;
        this.input = CodedInputStream.newInstance(content.stream());
    }

    static OnnxGraph read(String fileName, FileContent content) throws MalformedCheckpointException {
        return new GraphReader(fileName, content).readModel();
    }

    private OnnxGraph readModel() throws MalformedCheckpointException {
        List<OnnxGraph> graphs = new ArrayList<>();
        try {
            input.pushLimit((int) content.length());
            fields((number, wireType) -> {
                if (number != 7) { // ModelProto.graph
                    return false;
                }
                message(wireType, () -> graphs.add(readGraph()));
                return true;
            });
        } catch (MalformedCheckpointException e) {
            throw e;
        } catch (InvalidProtocolBufferException e) {
            throw new MalformedCheckpointException(
                    fileName,
                    "not an ONNX file, or one that is cut off or damaged: near byte " + input.getTotalBytesRead()
                            + " of " + content.length() + ": " + e.getMessage());
        } catch (IOException e) { // the content is mapped or in memory: nothing else can fail
            throw new MalformedCheckpointException(fileName, String.valueOf(e.getMessage()));
        }
        if (graphs.size() != 1) {
            throw new MalformedCheckpointException(
                    fileName,
                    "not an ONNX file: expected 1 graph in " + content.length() + " bytes, found " + graphs.size());
        }
        return graphs.get(0);
    }

    private OnnxGraph readGraph() throws IOException {
        List<OnnxNode> nodes = new ArrayList<>();
        List<OnnxTensor> initializers = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        fields((number, wireType) -> {
            switch (number) {
                case 1 -> message(wireType, () -> nodes.add(readNode()));
                case 5 -> message(wireType, () -> initializers.add(readTensor()));
                case 12 -> message(wireType, () -> outputs.add(readValueName()));
                case 15 -> throw problem("graph: sparse initializers are not supported: export dense weights");
                default -> {
                    return false;
                }
            }
            return true;
        });
        return new OnnxGraph(fileName, nodes, initializers, outputs);
    }

    private String readValueName() throws IOException {
        List<String> names = new ArrayList<>();
        fields((number, wireType) -> number == 1 && names.add(string(wireType)));
        return names.isEmpty() ? "" : names.get(names.size() - 1);
    }

    private OnnxNode readNode() throws IOException {
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        Map<String, Attribute> attributes = new HashMap<>();
        String[] texts = {"", "", ""}; // name, operator, domain
        fields((number, wireType) -> {
            switch (number) {
                case 1 -> inputs.add(string(wireType));
                case 2 -> outputs.add(string(wireType));
                case 3 -> texts[0] = string(wireType);
                case 4 -> texts[1] = string(wireType);
                case 5 -> message(wireType, () -> readAttribute(attributes));
                case 7 -> texts[2] = string(wireType);
                default -> {
                    return false;
                }
            }
            return true;
        });
        boolean own = texts[2].isEmpty() || texts[2].equals("ai.onnx");
        return new OnnxNode(texts[0], own ? texts[1] : texts[2] + "." + texts[1], inputs, outputs, attributes);
    }

    private void readAttribute(Map<String, Attribute> attributes) throws IOException {
        List<Double> numbers = new ArrayList<>();
        String[] texts = {"", ""}; // name, s
        fields((number, wireType) -> {
            switch (number) {
                case 1 -> texts[0] = string(wireType);
                case 2 -> numbers.add((double) floatValue(wireType));
                case 3 -> numbers.add((double) varint(wireType));
                case 4 -> texts[1] = string(wireType);
                case 5 -> message(wireType, () -> numbers.addAll(readTensor().values()));
                case 7 -> floats(wireType, numbers);
                case 8 -> varints(wireType, numbers);
                default -> { // among them g, the body of a loop or a branch
                    return false;
                }
            }
            return true;
        });
        attributes.put(texts[0], new Attribute(List.copyOf(numbers), texts[1]));
    }

    /** The fields of a {@code TensorProto}, in whatever order they come. */
    private final class TensorFields {
        private final List<Long> shape = new ArrayList<>();
        private int type;
        private String name = "";
        private boolean external;
        private String elementsField = ""; // raw_data or one of the typed fields
        private long position;
        private long byteCount;
        private final List<Double> typedValues = new ArrayList<>();

        private boolean read(int number, int wireType) throws IOException {
            switch (number) {
                case 1 -> {
                    List<Double> extents = new ArrayList<>();
                    varints(wireType, extents);
                    extents.forEach(extent -> shape.add(extent.longValue()));
                    if (shape.size() > MAX_RANK) {
                        throw problem("tensor " + name + ": over " + MAX_RANK + " extents");
                    }
                }
                case 2 -> type = (int) varint(wireType);
                case 4 -> { // float_data: its packed form is laid out like raw_data
                    if (wireType != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                        throw problem("tensor " + name + ": float_data is not packed");
                    }
                    place("float_data");
                }
                case 5 -> typed("int32_data", wireType);
                case 7 -> typed("int64_data", wireType);
                case 8 -> name = string(wireType);
                case 9 -> {
                    require(wireType, WireFormat.WIRETYPE_LENGTH_DELIMITED);
                    place("raw_data");
                }
                case 10 -> {
                    require(wireType, WireFormat.WIRETYPE_LENGTH_DELIMITED);
                    place("double_data");
                }
                case 13 -> {
                    external = true;
                    return false;
                }
                case 14 -> external |= varint(wireType) == 1;
                default -> {
                    return false;
                }
            }
            return true;
        }

        private void place(String field) throws IOException {
            begin(field);
            int length = input.readRawVarint32();
            position = input.getTotalBytesRead();
            byteCount = length;
            input.skipRawBytes(length);
        }

        private void typed(String field, int wireType) throws IOException {
            if (!elementsField.equals(field)) { // its unpacked form comes an element at a time
                begin(field);
            }
            varints(wireType, typedValues);
        }

        private void begin(String field) throws MalformedCheckpointException {
            if (!elementsField.isEmpty()) {
                throw problem("tensor " + name + ": elements given twice: " + elementsField + ", " + field);
            }
            elementsField = field;
        }

        private OnnxTensor toTensor() throws MalformedCheckpointException {
            long elementCount = 1;
            try {
                for (long extent : shape) {
                    if (extent < 0) {
                        throw problem("tensor " + name + ": negative extent: " + shape);
                    }
                    elementCount = Math.multiplyExact(elementCount, extent);
                }
                Math.multiplyExact(elementCount, Double.BYTES);
            } catch (ArithmeticException e) {
                throw problem("tensor " + name + ": more elements than a file can hold: " + shape);
            }
            if (external) {
                throw problem("tensor " + name + ": its elements lie in another file, which is not supported: "
                        + "save the model as one file (onnx.save without save_as_external_data)");
            }
            if (type == OnnxTensor.FLOAT && byteCount != elementCount * Float.BYTES) {
                throw problem("tensor " + name + ": shape " + shape + " needs " + elementCount * Float.BYTES
                        + " bytes, the file has " + byteCount);
            }
            return new OnnxTensor(name, shape, type, position, byteCount, values(elementCount));
        }

        private List<Double> values(long elementCount) throws MalformedCheckpointException {
            int elementBytes = switch (type) {
                case OnnxTensor.FLOAT, OnnxTensor.INT32 -> 4;
                case OnnxTensor.INT64, OnnxTensor.DOUBLE -> 8;
                default -> 0;
            };
            if (elementBytes == 0 || elementCount > OnnxTensor.SMALL) {
                return List.of();
            }
            if (elementsField.endsWith("_data") && elementsField.startsWith("int")) {
                return countOf(elementCount, typedValues);
            }
            if (byteCount != elementCount * elementBytes) {
                throw problem("tensor " + name + ": shape " + shape + " needs " + elementCount * elementBytes
                        + " bytes, the file has " + byteCount);
            }
            byte[] bytes = new byte[(int) byteCount]; // at most SMALL elements
            content.copy(position, bytes, 0, bytes.length);
            ByteBuffer elements = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            List<Double> values = new ArrayList<>();
            while (elements.hasRemaining()) {
                values.add(
                        switch (type) {
                            case OnnxTensor.FLOAT -> (double) elements.getFloat();
                            case OnnxTensor.INT32 -> (double) elements.getInt();
                            case OnnxTensor.INT64 -> (double) elements.getLong();
                            default -> elements.getDouble();
                        });
            }
            return values;
        }

        private List<Double> countOf(long elementCount, List<Double> values) throws MalformedCheckpointException {
            if (values.size() != elementCount) {
                throw problem("tensor " + name + ": shape " + shape + " needs " + elementCount
                        + " elements, the file has " + values.size());
            }
            return values;
        }
    }

    private OnnxTensor readTensor() throws IOException {
        TensorFields tensor = new TensorFields();
        fields(tensor::read);
        return tensor.toTensor();
    }

    /** Offers every field up to the current limit to {@code field} and skips those that it leaves. */
    private void fields(Field field) throws IOException {
        for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
            int number = WireFormat.getTagFieldNumber(tag);
            if (!field.read(number, WireFormat.getTagWireType(tag)) && !input.skipField(tag)) {
                throw problem("not an ONNX file, or a damaged one: unexpected end of a group near byte "
                        + input.getTotalBytesRead());
            }
        }
    }

    private interface Body {
        void read() throws IOException;
    }

    private void message(int wireType, Body body) throws IOException {
        limited(wireType, () -> {
            body.read();
            input.checkLastTagWas(0);
        });
    }

    private void limited(int wireType, Body body) throws IOException {
        require(wireType, WireFormat.WIRETYPE_LENGTH_DELIMITED);
        int outer = input.pushLimit(input.readRawVarint32());
        body.read();
        input.popLimit(outer);
    }

    private String string(int wireType) throws IOException {
        require(wireType, WireFormat.WIRETYPE_LENGTH_DELIMITED);
        return input.readString();
    }

    private long varint(int wireType) throws IOException {
        require(wireType, WireFormat.WIRETYPE_VARINT);
        return input.readRawVarint64();
    }

    private float floatValue(int wireType) throws IOException {
        require(wireType, WireFormat.WIRETYPE_FIXED32);
        return Float.intBitsToFloat(input.readRawLittleEndian32());
    }

    /** A repeated integer, packed or not. Like {@link #floats} it drops what is more than a small tensor has. */
    private void varints(int wireType, List<Double> into) throws IOException {
        if (wireType == WireFormat.WIRETYPE_VARINT) {
            keep((double) input.readRawVarint64(), into);
            return;
        }
        limited(wireType, () -> {
            while (input.getBytesUntilLimit() > 0) {
                keep((double) input.readRawVarint64(), into);
            }
        });
    }

    /** A repeated float, packed or not. */
    private void floats(int wireType, List<Double> into) throws IOException {
        if (wireType == WireFormat.WIRETYPE_FIXED32) {
            keep(floatValue(wireType), into);
            return;
        }
        limited(wireType, () -> {
            while (input.getBytesUntilLimit() > 0) {
                keep(Float.intBitsToFloat(input.readRawLittleEndian32()), into);
            }
        });
    }

    private static void keep(double value, List<Double> into) {
        if (into.size() <= OnnxTensor.SMALL) {
            into.add(value);
        }
    }

    private void require(int wireType, int expected) throws MalformedCheckpointException {
        if (wireType != expected) {
            throw problem("not an ONNX file, or a damaged one: wire type " + wireType + " for " + expected
                    + " near byte " + input.getTotalBytesRead());
        }
    }

    private MalformedCheckpointException problem(String problem) {
        return new MalformedCheckpointException(fileName, problem);
    }
}
