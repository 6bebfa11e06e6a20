package dev.retort.cli;

import java.math.BigDecimal;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number with a fraction, in some range. NaN and infinities are in none. */
final class RealNumber {

    private RealNumber() {}

    /** From 0. */
    static final class NotNegative implements ITypeConverter<Double> {

        @Override
        public Double convert(String value) {
            return parse(value, "a number of 0 or more", number -> number >= 0);
        }
    }

    /** A part of a whole, which is never all of it. */
    static final class Share implements ITypeConverter<Double> {

        @Override
        public Double convert(String value) {
            return parse(value, "a number in [0, 1)", number -> number >= 0 && number < 1);
        }
    }

    /** What makes nothing larger and leaves something of it. */
    static final class Factor implements ITypeConverter<Double> {

        @Override
        public Double convert(String value) {
            return parse(value, "a number in (0, 1]", number -> number > 0 && number <= 1);
        }
    }

    @FunctionalInterface
    private interface Range {
        boolean contains(double number);
    }

    private static double parse(String value, String expected, Range range) {
        try {
            double number =
                    new BigDecimal(value).doubleValue(); // takes neither NaN nor hexadecimal digits nor a suffix
            if (Double.isFinite(number) && range.contains(number)) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new TypeConversionException("expected " + expected + ", got '" + value + "'");
        }
        throw new TypeConversionException("expected " + expected + ", got '" + value + "'");
    }
}
