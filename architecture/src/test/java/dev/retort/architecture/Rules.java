package dev.retort.architecture;

import static com.tngtech.archunit.core.domain.JavaModifier.PROTECTED;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.lang.SimpleConditionEvent.violated;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toSet;

import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaParameter;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** The rules that compiled classes are held to, each for the modules below one root package. */
final class Rules {

    /** {@link INDArray} methods that write into the array or change its shape. {@link RulesTest} holds this against ND4J's interface. */
    static final Pattern WRITES_ARRAY = Pattern.compile("(add|sub|mul|div|rsub|rdiv|put)i(Row|Column)Vector"
            + "|(add|sub|mul|div|rsub|rdiv|neg|mmul|fmod|remainder|cumsum|permute|transpose)i"
            + "|put|put(Scalar|ScalarUnsafe|Row|Column|Slice|Where|WhereWithMask)"
            + "|assign|assignIf|replaceWhere|setShapeAndStride|setOrder|setData");

    private static final Pattern WRITES_BUFFER = Pattern.compile("put|assign|setData|copyAtStride|reallocate");

    /** Static methods that write into an argument, or run an operation that may name its output. */
    private static final Pattern WRITES_ARGUMENT =
            Pattern.compile("copy|gemm|exec|getExecutioner|scatterUpdate|shuffle|sort|clearNans|accumulate");

    private static final List<String> MUTATING_PACKAGES = List.of("core", "autograd", "onednn", "train.optimizer");

    private static final List<String> MODULES_IN_JAVA_VALUES = List.of("inference", "cli");

    private static final Pattern TENSOR_TYPE =
            Pattern.compile("org\\.(nd4j|bytedeco)\\..*|.*\\.autograd\\.(Variable|Operation|Gradients?)");

    private static final Set<String> FORBIDDEN_WORDS = Set.of(
            "Util",
            "Utils",
            "Helper",
            "Helpers",
            "Manager",
            "Common",
            "Misc",
            "Impl",
            "Base",
            "Abstract",
            "Data",
            "Info",
            "Processor",
            "Handler");

    private static final Set<String> FORBIDDEN_SEGMENTS =
            FORBIDDEN_WORDS.stream().map(word -> word.toLowerCase(Locale.ROOT)).collect(toSet());

    private final String root;

    /** @param root the package whose immediate subpackages are the modules */
    Rules(String root) {
        this.root = root;
    }

    /** Each class lies in a known module and uses only its own and those that {@code permitted} names for it. */
    ArchRule arrows(Map<String, Set<String>> permitted) {
        return classes().should(condition("follow the module arrows", (origin, violation) -> {
            String from = moduleOf(origin);
            if (!permitted.containsKey(from)) {
                violation.accept(origin.getName() + " lies in no known module");
                return;
            }
            for (Dependency dependency : origin.getDirectDependenciesFromSelf()) {
                JavaClass used = dependency.getTargetClass().getBaseComponentType();
                if (!used.getPackageName().startsWith(root + ".")) {
                    continue;
                }
                String to = moduleOf(used);
                if (!to.equals(from) && !permitted.get(from).contains(to)) {
                    violation.accept(from + " must not use " + to + ": " + dependency.getDescription());
                }
            }
        }));
    }

    ArchRule noPackageCycles() {
        return slices().matching(root + ".(**)").should().beFreeOfCycles();
    }

    /** A tensor is a value everywhere but where tensors are made and where the optimiser updates them. */
    ArchRule noMutation() {
        return classes().should(condition("not write into a tensor", (origin, violation) -> {
            if (MUTATING_PACKAGES.stream().anyMatch(name -> isIn(origin, name))) {
                return;
            }
            for (JavaAccess<?> access : origin.getAccessesFromSelf()) {
                if (access.getTarget() instanceof CodeUnitAccessTarget target && writes(target)) {
                    violation.accept(access.getDescription());
                }
            }
        }));
    }

    private static boolean writes(CodeUnitAccessTarget target) {
        JavaClass owner = target.getOwner();
        String name = target.getName();
        if (owner.isAssignableTo(INDArray.class)) {
            return WRITES_ARRAY.matcher(name).matches();
        }
        if (owner.isAssignableTo(DataBuffer.class)) {
            return WRITES_BUFFER.matcher(name).matches();
        }
        if (owner.isEquivalentTo(Nd4j.class)) {
            return WRITES_ARGUMENT.matcher(name).matches();
        }
        if (owner.isEquivalentTo(Transforms.class)) { // exp(x, false) writes into x
            List<JavaClass> parameters = target.getRawParameterTypes();
            return !parameters.isEmpty()
                    && parameters.get(parameters.size() - 1).isEquivalentTo(boolean.class);
        }
        return false;
    }

    /** What callers of these modules see is Java values: no tensor in a public or protected signature, a field, or a supertype. */
    ArchRule signaturesWithoutTensors() {
        return classes().should(condition("show no tensor in its public API", (origin, violation) -> {
            if (MODULES_IN_JAVA_VALUES.stream().noneMatch(name -> isIn(origin, name)) || !isVisible(origin)) {
                return;
            }
            Stream.concat(origin.getSuperclass().stream(), origin.getInterfaces().stream())
                    .forEach(supertype -> reportTensors(supertype, origin.getName(), violation));
            for (JavaMember member : origin.getMembers()) {
                if (!member.getModifiers().contains(PUBLIC)
                        && !member.getModifiers().contains(PROTECTED)) {
                    continue;
                }
                if (member instanceof JavaCodeUnit unit) {
                    reportTensors(unit.getReturnType(), unit.getFullName(), violation);
                    for (JavaParameter parameter : unit.getParameters()) {
                        reportTensors(parameter.getType(), unit.getFullName(), violation);
                    }
                } else if (member instanceof JavaField field) {
                    reportTensors(field.getType(), field.getFullName(), violation);
                }
            }
        }));
    }

    private static void reportTensors(JavaType type, String where, Consumer<String> violation) {
        type.getAllInvolvedRawTypes().stream()
                .map(JavaClass::getBaseComponentType)
                .map(JavaClass::getName)
                .filter(name -> TENSOR_TYPE.matcher(name).matches())
                .forEach(name -> violation.accept(where + " shows " + name));
    }

    private static boolean isVisible(JavaClass origin) {
        boolean visible =
                origin.getModifiers().contains(PUBLIC) || origin.getModifiers().contains(PROTECTED);
        return visible && origin.getEnclosingClass().map(Rules::isVisible).orElse(true);
    }

    /** A name says what a thing is, not that it is of use. */
    ArchRule tellingNames() {
        return classes().should(condition("have a telling name", (origin, violation) -> {
            Set<String> words = Arrays.stream(
                            origin.getSimpleName().split("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"))
                    .filter(FORBIDDEN_WORDS::contains)
                    .collect(toCollection(TreeSet::new));
            Arrays.stream(origin.getPackageName().split("\\."))
                    .filter(FORBIDDEN_SEGMENTS::contains)
                    .forEach(words::add);
            if (!words.isEmpty()) {
                violation.accept(origin.getName() + " is named with " + words);
            }
        }));
    }

    /** Every package declares that its types are not null unless they say so. */
    ArchRule nullMarkedPackages() {
        return classes().should(condition("lie in a null-marked package", (origin, violation) -> {
            if (!origin.getPackage().isAnnotatedWith(NullMarked.class)) {
                violation.accept(origin.getName() + ": its package has no package-info.java with @NullMarked");
            }
        }));
    }

    private boolean isIn(JavaClass origin, String name) {
        return (origin.getPackageName() + ".").startsWith(root + "." + name + ".");
    }

    /** The segment after the root; empty for a class in the root itself. */
    private String moduleOf(JavaClass origin) {
        String name = origin.getPackageName();
        return name.startsWith(root + ".") ? name.substring(root.length() + 1).split("\\.")[0] : "";
    }

    private static ArchCondition<JavaClass> condition(
            String description, BiConsumer<JavaClass, Consumer<String>> violations) {
        return new ArchCondition<>(description) {
            @Override
            public void check(JavaClass origin, ConditionEvents events) {
                violations.accept(origin, message -> events.add(violated(origin, message)));
            }
        };
    }
}
