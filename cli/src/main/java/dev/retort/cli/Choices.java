package dev.retort.cli;

import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads a constant as it is spelled on the command line, which is what its {@code toString} gives, in lower case.
 *
 * @param values all there are
 */
record Choices<E extends Enum<E>>(List<E> values) implements ITypeConverter<E> {

    Choices {
        values = List.copyOf(values);
    }

    /** Lets options have that type. */
    static <E extends Enum<E>> void register(CommandLine commands, Class<E> type) {
        commands.registerConverter(type, new Choices<>(List.of(type.getEnumConstants())));
    }

    @Override
    public E convert(String name) {
        return values.stream()
                .filter(value -> value.toString().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException(
                        "expected one of " + values.toString().toLowerCase(Locale.ROOT) + ", got '" + name + "'"));
    }
}
