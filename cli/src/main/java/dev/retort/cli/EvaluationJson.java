package dev.retort.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.retort.train.Evaluation;
import java.util.List;

/** How well a model answers, as commands print it. */
final class EvaluationJson {

    private EvaluationJson() {}

    /** {@code {"tasks":{"topic":{"accuracy":..,"macroF1":..,"confusion":[[..]],"labels":[..]},..},"joint":{"accuracy":..},"rows":..}}. */
    static ObjectNode of(Evaluation evaluation) {
        ObjectNode report = JsonNodeFactory.instance.objectNode();
        ObjectNode ofTasks = report.putObject("tasks");
        for (Evaluation.TaskEvaluation task : evaluation.tasks()) {
            ObjectNode figures = ofTasks.putObject(task.task());
            put(figures, "accuracy", task.accuracy());
            put(figures, "macroF1", task.rows() == 0 ? Double.NaN : task.macroF1());
            ArrayNode confusion = figures.putArray("confusion");
            for (List<Integer> line : task.confusion()) {
                ArrayNode counts = confusion.addArray();
                line.forEach(counts::add);
            }
            ArrayNode labels = figures.putArray("labels");
            task.labels().forEach(labels::add);
        }
        put(report.putObject("joint"), "accuracy", evaluation.jointAccuracy());
        report.put("rows", evaluation.rows());
        return report;
    }

    private static void put(ObjectNode object, String name, double figure) {
        if (Double.isNaN(figure)) {
            object.putNull(name); // JSON has no NaN
        } else {
            object.put(name, figure);
        }
    }
}
