package dev.retort.weights.safetensors;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/** Small safetensors files, correct ones and ones with faults in members, offsets, bytes and lengths. The same seed, the same file. */
final class HeaderMutations {

    private static final String[] NAMES = {
        "\"a\"",
        "\"b\"",
        "\"weight\"",
        "\"\"",
        "\"é\"",
        "\"\\u00e9\"",
        "\"😀\"",
        "\"\\ud83d\\ude00\"",
        "\"__metadata__x\"",
        "\"\\n\\\"\\\\\\/\"",
        "\"dtype\"",
        "\"\\u0061\""
    };
    private static final String[] VALUES = {
        "null",
        "true",
        "0",
        "1",
        "-1",
        "-0",
        "1.0",
        "1e3",
        "\"F32\"",
        "\"f32\"",
        "\"\"",
        "[]",
        "{}",
        "[0]",
        "[0,0]",
        "[0,4]",
        "[[0],4]",
        "[0,0,0]",
        "[-4,0]",
        "[1,null]",
        "18446744073709551615",
        "9223372036854775807",
        "9223372036854775808",
        "[9223372036854775807]",
        "[4294967296,4294967296]",
        "[4294967296,4294967296,0]",
        "[0,9223372036854775807]",
        "[9223372036854775807,9223372036854775807]",
        "01",
        "+1",
        "NaN",
        "\"\\ud800\"",
        "\"\\x\"",
        ""
    };
    private static final String[] SPACES = {" ", "\t", "\n", "\r", "  \n", "\u00a0", "\f", "\0", "//", "\ufeff"};
    private static final String MARKS = "{}[]\",:\\0123456789.-eE+ \n\tntfu";

    private final Random random;

    HeaderMutations(long seed) {
        this.random = new Random(seed);
    }

    private static final class Tensor {
        String name = "";
        final List<String[]> members = new ArrayList<>(); // {"\"dtype\"", "\"F32\""}
        String whole = ""; // written instead of the members, unless empty

        @Override
        public String toString() {
            String value = whole.isEmpty()
                    ? members.stream().map(m -> m[0] + ":" + m[1]).collect(Collectors.joining(",", "{", "}"))
                    : whole;
            return name + ":" + value;
        }
    }

    byte[] next() {
        List<Tensor> tensors = new ArrayList<>();
        int bodyBytes = correct(tensors);
        int faults = Math.max(0, random.nextInt(6) - 2); // half of the files have none here
        for (int i = 0; i < faults; i++) {
            bodyBytes = Math.max(0, bodyBytes + spoil(tensors));
        }
        String json = tensors.stream().map(Tensor::toString).collect(Collectors.joining(",", "{", "}"));
        if (random.nextInt(4) == 0) {
            json = pick(SPACES) + json;
        }
        if (random.nextInt(4) == 0) {
            json = json + pick(SPACES);
        }
        byte[] header = json.getBytes(StandardCharsets.UTF_8);
        for (int i = Math.max(0, random.nextInt(8) - 5); i > 0; i--) {
            header = spoil(header);
        }
        byte[] file = RawFile.bytes(header, new byte[bodyBytes]);
        return random.nextInt(10) == 0 ? spoilLength(file) : file;
    }

    private int correct(List<Tensor> tensors) {
        int begin = 0;
        List<String> names = new ArrayList<>(Arrays.asList(NAMES));
        Collections.shuffle(names, random);
        for (int i = random.nextInt(5); i > 0; i--) {
            DType dtype = pick(DType.values());
            int rank = random.nextInt(4);
            int[] shape = new int[rank];
            int elements = 1;
            for (int axis = 0; axis < rank; axis++) {
                shape[axis] = random.nextInt(5);
                elements *= shape[axis];
            }
            int end = begin + elements * dtype.bits() / 8; // a sub-byte tensor may come out misaligned
            Tensor tensor = new Tensor();
            tensor.name = names.remove(0);
            tensor.members.add(new String[] {"\"dtype\"", "\"" + dtype + "\""});
            tensor.members.add(new String[] {"\"shape\"", Arrays.toString(shape)});
            tensor.members.add(new String[] {"\"data_offsets\"", "[" + begin + "," + end + "]"});
            Collections.shuffle(tensor.members, random);
            tensors.add(tensor);
            begin = end;
        }
        if (random.nextBoolean()) {
            Tensor metadata = new Tensor();
            metadata.name = "\"__metadata__\"";
            metadata.whole = random.nextBoolean() ? "{\"format\":\"pt\"}" : "{}";
            tensors.add(metadata);
        }
        Collections.shuffle(tensors, random);
        return begin;
    }

    /** Changes the tensors; returns by how much the body grows. */
    private int spoil(List<Tensor> tensors) {
        if (tensors.isEmpty()) {
            return random.nextInt(3);
        }
        Tensor tensor = pick(tensors);
        switch (random.nextInt(10)) {
            case 0 -> tensors.add(tensor); // a name twice
            case 1 -> tensors.remove(tensor);
            case 2 -> tensor.name = pick(NAMES);
            case 3 -> tensor.name = random.nextBoolean() ? "\"__metadata__\"" : pick(VALUES);
            case 4 -> tensor.whole = pick(VALUES);
            case 5 -> {
                tensor.name = "\"__metadata__\"";
                tensor.whole = "{" + pick(NAMES) + ":" + pick(VALUES) + "," + pick(NAMES) + ":" + pick(NAMES) + "}";
            }
            case 6 -> {
                return random.nextInt(17) - 8;
            }
            default -> spoilMembers(tensor);
        }
        return 0;
    }

    private void spoilMembers(Tensor tensor) {
        if (tensor.members.isEmpty()) {
            return;
        }
        String[] member = pick(tensor.members);
        switch (random.nextInt(8)) {
            case 0 -> tensor.members.add(member);
            case 1 -> tensor.members.remove(member);
            case 2 -> tensor.members.add(new String[] {pick(NAMES), pick(VALUES)});
            case 3 -> member[1] = pick(VALUES);
            case 4 -> member[0] = pick(NAMES);
            case 5 -> member[1] = "[" + (1L << (20 + random.nextInt(43))) + ", " + (1L << random.nextInt(43)) + "]";
            default -> member[1] = otherDigit(member[1]);
        }
    }

    private String otherDigit(String text) {
        List<Integer> digits = new ArrayList<>();
        for (int i = 0; i < text.length(); i++) {
            if (Character.isDigit(text.charAt(i))) {
                digits.add(i);
            }
        }
        if (digits.isEmpty()) {
            return text;
        }
        int place = pick(digits);
        return text.substring(0, place) + random.nextInt(10) + text.substring(place + 1);
    }

    private byte[] spoil(byte[] header) {
        int place = random.nextInt(header.length + 1);
        int length = random.nextInt(1 + Math.min(12, header.length - place));
        ByteArrayOutputStream spoiled = new ByteArrayOutputStream();
        spoiled.write(header, 0, place);
        switch (random.nextInt(7)) {
            case 0 -> spoiled.write(header, place + length, header.length - place - length); // cut out
            case 1 -> { // doubled
                spoiled.write(header, place, length);
                spoiled.write(header, place, header.length - place);
            }
            case 2 -> { // a mark put in
                spoiled.write(MARKS.charAt(random.nextInt(MARKS.length())));
                spoiled.write(header, place, header.length - place);
            }
            case 3 -> { // end cut off
            }
            case 4 -> { // a bit turned
                if (place < header.length) {
                    spoiled.write(header[place] ^ (1 << random.nextInt(8)));
                    spoiled.write(header, place + 1, header.length - place - 1);
                }
            }
            default -> { // a byte replaced
                if (place < header.length) {
                    spoiled.write(
                            random.nextBoolean() ? MARKS.charAt(random.nextInt(MARKS.length())) : random.nextInt(256));
                    spoiled.write(header, place + 1, header.length - place - 1);
                }
            }
        }
        return spoiled.toByteArray();
    }

    private byte[] spoilLength(byte[] file) {
        ByteBuffer prefix = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        switch (random.nextInt(5)) {
            case 0 -> prefix.putLong(0, prefix.getLong(0) + random.nextInt(9) - 4);
            case 1 -> prefix.putLong(0, random.nextLong());
            case 2 -> prefix.putLong(0, 100_000_000L + random.nextInt(3) - 1);
            case 3 -> file[random.nextInt(8)] ^= (byte) (1 << random.nextInt(8));
            default -> {
                return Arrays.copyOf(file, random.nextInt(file.length + 9));
            }
        }
        return file;
    }

    private <T> T pick(T[] choices) {
        return choices[random.nextInt(choices.length)];
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
