package dev.retort.train.report;

import dev.retort.train.Optimization;
import dev.retort.train.TrainingSettings;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** All settings of a run, by name. */
final class SettingsList {

    private SettingsList() {}

    static Map<String, String> of(TrainingSettings settings) {
        Map<String, String> list = new LinkedHashMap<>();
        list.put("scenario", settings.scenario().toString());
        list.put("epochs", Numbers.count(settings.epochs()));
        list.put("batch size", Numbers.count(settings.batchSize()));
        list.put("accumulated batches", Numbers.count(settings.accumulatedBatches()));
        list.put("seed", Long.toString(settings.seed()));
        list.put("threads", Numbers.count(settings.threads()));
        list.put("max tokens", settings.maxTokens() == 0 ? "the model's limit" : Numbers.count(settings.maxTokens()));
        list.put("batches grouped by", lower(settings.grouping()));
        list.put("dropout in frozen parts", yesNo(settings.dropoutInFrozenParts()));
        Optimization optimization = settings.optimization();
        list.put("optimiser", lower(optimization.kind()));
        list.put("rate of the backbone", Double.toString(optimization.backboneRate()));
        list.put("rate of the heads", Double.toString(optimization.headRate()));
        list.put("layer decay", optimization.layerFactor() == 1 ? "none" : Double.toString(optimization.layerFactor()));
        list.put("weight decay", orNone(optimization.weightDecay()));
        list.put("decay of embedding tables", yesNo(optimization.decaysTables()));
        list.put("gradients clipped at", orNone(optimization.maxNorm()));
        list.put("schedule", lower(optimization.shape()));
        list.put(
                "warm-up",
                optimization.warmup() == 0 ? "none" : Numbers.percent(optimization.warmup()) + " of the steps");
        list.put("β₁", Double.toString(optimization.beta1()));
        list.put("β₂", Double.toString(optimization.beta2()));
        list.put("ε", Double.toString(optimization.epsilon()));
        list.put("patience", settings.patience() == 0 ? "none" : Numbers.count(settings.patience()) + " epochs");
        list.put("kept checkpoints", Numbers.count(settings.keptCheckpoints()));
        list.put(
                "steps per checkpoint",
                settings.stepsPerCheckpoint() == 0 ? "an epoch's" : Numbers.count(settings.stepsPerCheckpoint()));
        return list;
    }

    private static String lower(Enum<?> value) {
        return value.toString().toLowerCase(Locale.ROOT);
    }

    private static String orNone(double value) {
        return value == 0 ? "none" : Double.toString(value);
    }

    private static String yesNo(boolean value) {
        return value ? "yes" : "no";
    }
}
