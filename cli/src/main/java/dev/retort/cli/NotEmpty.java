package dev.retort.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A name of something: in a script, an empty one is a variable that has not been set. */
final class NotEmpty implements ITypeConverter<String> {

    @Override
    public String convert(String value) {
        if (value.isBlank()) {
            throw new TypeConversionException("expected a name, got '" + value + "'");
        }
        return value;
    }
}
