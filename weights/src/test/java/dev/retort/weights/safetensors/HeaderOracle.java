package dev.retort.weights.safetensors;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The rules of a safetensors file a second time, by other means: a recursive parser, big integers, and a count of how often each byte of
 * the body is taken instead of sorted offsets. For small files.
 */
final class HeaderOracle {

    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");
    private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);

    /** What a correct file says. */
    record Reading(Map<String, TensorEntry> tensors, Map<String, String> metadata) {}

    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        Refused() {
            super(null, null, false, false);
        }
    }

    private record Members(List<Map.Entry<String, Object>> list) {}

    private record Number(String text) {}

    private enum Literal {
        TRUE,
        FALSE,
        NULL
    }

    private final String json;
    private int at;

    private HeaderOracle(String json) {
        this.json = json;
    }

    /** The file's content, or empty if a rule is broken. */
    static Optional<Reading> read(byte[] file) {
        try {
            require(file.length >= 8);
            long length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
            require(length >= 0 && length <= file.length - 8);
            byte[] header = Arrays.copyOfRange(file, 8, 8 + (int) length);
            String json = new String(header, StandardCharsets.UTF_8);
            require(Arrays.equals(json.getBytes(StandardCharsets.UTF_8), header));
            return Optional.of(validated(new HeaderOracle(json).document(), file.length - 8 - (int) length));
        } catch (Refused e) {
            return Optional.empty();
        }
    }

    private static void require(boolean condition) {
        if (!condition) {
            throw new Refused();
        }
    }

    private static Reading validated(Object document, int bodyBytes) {
        Map<String, TensorEntry> tensors = new HashMap<>();
        Map<String, String> metadata = new HashMap<>();
        for (var member : members(document).entrySet()) {
            if (member.getKey().equals("__metadata__")) {
                members(member.getValue()).forEach((key, value) -> {
                    require(value instanceof String);
                    metadata.put(key, (String) value);
                });
            } else {
                tensors.put(member.getKey(), tensor(member.getKey(), members(member.getValue())));
            }
        }
        int[] taken = new int[bodyBytes];
        for (TensorEntry tensor : tensors.values()) {
            require(tensor.begin() <= tensor.end() && tensor.end() <= bodyBytes);
            for (long i = tensor.begin(); i < tensor.end(); i++) {
                taken[(int) i]++;
            }
        }
        require(Arrays.stream(taken).allMatch(times -> times == 1));
        for (TensorEntry empty : tensors.values()) { // an empty tensor lies between others, not inside one
            require(empty.begin() != empty.end()
                    || tensors.values().stream()
                            .noneMatch(tensor -> tensor.begin() < empty.begin() && empty.begin() < tensor.end()));
        }
        return new Reading(tensors, metadata);
    }

    private static TensorEntry tensor(String name, Map<String, Object> members) {
        require(members.keySet().equals(Set.of("dtype", "shape", "data_offsets")));
        DType dtype = Arrays.stream(DType.values())
                .filter(type -> type.name().equals(members.get("dtype")))
                .findFirst()
                .orElseThrow(Refused::new);
        List<BigInteger> shape = integers(members.get("shape"));
        List<BigInteger> offsets = integers(members.get("data_offsets"));
        require(offsets.size() == 2);
        BigInteger count = BigInteger.ONE;
        for (BigInteger extent : shape) {
            count = count.multiply(extent);
            require(count.compareTo(MAX) <= 0);
        }
        BigInteger bits = count.multiply(BigInteger.valueOf(dtype.bits()));
        require(bits.compareTo(MAX) <= 0);
        require(bits.equals(offsets.get(1).subtract(offsets.get(0)).shiftLeft(3)));
        return new TensorEntry(
                name,
                dtype,
                shape.stream().mapToLong(BigInteger::longValueExact).toArray(),
                offsets.get(0).longValueExact(),
                offsets.get(1).longValueExact());
    }

    private static List<BigInteger> integers(Object value) {
        require(value instanceof List);
        List<BigInteger> integers = new ArrayList<>();
        for (Object element : (List<?>) value) {
            require(element instanceof Number number && number.text().chars().allMatch(c -> c >= '0' && c <= '9'));
            BigInteger integer = new BigInteger(((Number) element).text());
            require(integer.compareTo(MAX) <= 0);
            integers.add(integer);
        }
        return integers;
    }

    private static Map<String, Object> members(Object value) {
        require(value instanceof Members);
        Map<String, Object> map = new HashMap<>();
        Set<String> names = new HashSet<>();
        for (var member : ((Members) value).list()) {
            require(names.add(member.getKey()));
            map.put(member.getKey(), member.getValue());
        }
        return map;
    }

    private Object document() {
        Object value = value();
        space();
        require(at == json.length());
        return value;
    }

    private void space() {
        while (at < json.length() && " \t\n\r".indexOf(json.charAt(at)) >= 0) {
            at++;
        }
    }

    private boolean take(String text) {
        space();
        boolean there = json.startsWith(text, at);
        at += there ? text.length() : 0;
        return there;
    }

    private Object value() {
        if (take("{")) {
            List<Map.Entry<String, Object>> list = new ArrayList<>();
            if (take("}")) {
                return new Members(list);
            }
            do {
                require(take("\""));
                String name = text();
                require(take(":"));
                list.add(Map.entry(name, value()));
            } while (take(","));
            require(take("}"));
            return new Members(list);
        }
        if (take("[")) {
            List<Object> list = new ArrayList<>();
            if (take("]")) {
                return list;
            }
            do {
                list.add(value());
            } while (take(","));
            require(take("]"));
            return list;
        }
        if (take("\"")) {
            return text();
        }
        for (Literal literal : Literal.values()) {
            if (take(literal.name().toLowerCase(Locale.ROOT))) {
                return literal;
            }
        }
        Matcher number = NUMBER.matcher(json).region(at, json.length());
        require(number.lookingAt());
        at = number.end();
        return new Number(number.group());
    }

    /** Behind the opening quotation mark. */
    private String text() {
        StringBuilder text = new StringBuilder();
        while (true) {
            require(at < json.length());
            char c = json.charAt(at++);
            if (c == '"') {
                break;
            }
            require(c >= ' ');
            if (c != '\\') {
                text.append(c);
                continue;
            }
            require(at < json.length());
            char escape = json.charAt(at++);
            int plain = "\"\\/bfnrt".indexOf(escape);
            if (plain >= 0) {
                text.append("\"\\/\b\f\n\r\t".charAt(plain));
            } else {
                require(escape == 'u' && at + 4 <= json.length());
                String digits = json.substring(at, at += 4);
                require(digits.matches("[0-9a-fA-F]{4}"));
                text.append((char) Integer.parseInt(digits, 16));
            }
        }
        require(StandardCharsets.UTF_16.newEncoder().canEncode(text)); // no half of a surrogate pair
        return text.toString();
    }
}
