package dev.retort.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * How much a task's loss counts.
 *
 * @param task its name
 * @param weight 0 or more
 */
record TaskWeight(String task, double weight) {

    /** {@code TASK=WEIGHT}. */
    static final class Parser implements ITypeConverter<TaskWeight> {

        private final RealNumber.NotNegative number = new RealNumber.NotNegative();

        @Override
        public TaskWeight convert(String value) {
            int sign = value.indexOf('=');
            if (sign < 1) {
                throw new TypeConversionException("expected TASK=WEIGHT, got '" + value + "'");
            }
            return new TaskWeight(value.substring(0, sign).strip(), number.convert(value.substring(sign + 1)));
        }
    }

    @Override
    public String toString() {
        return task + "=" + weight;
    }
}
