package dev.retort.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An integer in some range. */
final class WholeNumber {

    private WholeNumber() {}

    /** From 0. */
    static final class NotNegative implements ITypeConverter<Integer> {

        @Override
        public Integer convert(String value) {
            return parse(value, "a whole number of 0 or more", 0);
        }
    }

    /** From 1. */
    static final class Positive implements ITypeConverter<Integer> {

        @Override
        public Integer convert(String value) {
            return parse(value, "a positive whole number", 1);
        }
    }

    /** Tokens of a text: two mark its ends. */
    static final class TokenCount implements ITypeConverter<Integer> {

        @Override
        public Integer convert(String value) {
            return parse(value, "a whole number of 3 or more", 3);
        }
    }

    /** Width of a head's hidden layer: what is wider than this has no use, and does not fit into an array. */
    static final class LayerWidth implements ITypeConverter<Integer> {

        private static final int MOST = 1 << 16;

        @Override
        public Integer convert(String value) {
            int number = parse(value, "a whole number of 0 or more", 0);
            if (number > MOST) {
                throw new TypeConversionException("expected at most " + MOST + ", got '" + value + "'");
            }
            return number;
        }
    }

    /** Threads: far above what computers have, and far below what they can hold. */
    static final class ThreadCount implements ITypeConverter<Integer> {

        private static final int MOST = 1024;

        @Override
        public Integer convert(String value) {
            int number = parse(value, "a positive whole number", 1);
            if (number > MOST) {
                throw new TypeConversionException("expected at most " + MOST + " threads, got '" + value + "'");
            }
            return number;
        }
    }

    /** Of 64 bits. */
    static final class Any implements ITypeConverter<Long> {

        @Override
        public Long convert(String value) {
            try {
                return Long.parseLong(value);
            } catch (NumberFormatException e) {
                throw new TypeConversionException(
                        "expected a whole number" + limits(value, Long.MAX_VALUE) + ", got '" + value + "'");
            }
        }
    }

    private static int parse(String value, String expected, int least) {
        try {
            int number = Integer.parseInt(value);
            if (number >= least) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new TypeConversionException(
                    "expected " + expected + limits(value, Integer.MAX_VALUE) + ", got '" + value + "'");
        }
        throw new TypeConversionException("expected " + expected + ", got '" + value + "'");
    }

    /** What is missing in the expectation where the value is a number, but too large. */
    private static String limits(String value, long most) {
        return value.matches("[-+]?\\d+") ? ", at most " + most : "";
    }
}
