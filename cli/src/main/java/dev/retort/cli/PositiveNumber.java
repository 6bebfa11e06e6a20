package dev.retort.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An integer from 1. */
final class PositiveNumber implements ITypeConverter<Integer> {

    @Override
    public Integer convert(String value) {
        try {
            int number = Integer.parseInt(value);
            if (number > 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new TypeConversionException("expected a positive whole number, got '" + value + "'");
        }
        throw new TypeConversionException("expected a positive whole number, got '" + value + "'");
    }
}
