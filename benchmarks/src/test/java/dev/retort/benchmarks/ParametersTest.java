package dev.retort.benchmarks;

import static com.tngtech.archunit.lang.SimpleConditionEvent.violated;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;

import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaFieldAccess.AccessType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Param;

/** An axis that nothing reads would show as many equal figures. */
class ParametersTest {

    @Test
    void parameters_ofAllBenchmarks_areRead() {
        fields().that()
                .areAnnotatedWith(Param.class)
                .should(new ArchCondition<>("be read by their class") {
                    @Override
                    public void check(JavaField field, ConditionEvents events) {
                        boolean read = field.getAccessesToSelf().stream()
                                .anyMatch(access -> access.getAccessType() == AccessType.GET
                                        && access.getOriginOwner().equals(field.getOwner()));
                        if (!read) {
                            events.add(violated(field, field.getFullName() + " is not read"));
                        }
                    }
                })
                .check(new ClassFileImporter().importPackages("dev.retort.benchmarks"));
    }
}
