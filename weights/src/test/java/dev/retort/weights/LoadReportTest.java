package dev.retort.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LoadReportTest {

    @Test
    void toString_everything_isReadable() {
        TensorSet.Tensor half = new TensorSet.Tensor("w", List.of(1000L, 2L), "F16", true, 4000);
        TensorSet.Tensor single = new TensorSet.Tensor("b", List.of(2L), "F32", true, 8);
        LoadReport report = new LoadReport(
                "models/small",
                "DistilBERT(1 layers, 2 wide, 1 heads, gelu) -> mean, at most 9 tokens",
                List.of(new LoadReport.Used("weight", half), new LoadReport.Used("bias", single)),
                List.of(
                        new LoadReport.Ignored("vocab_projector.bias", "head of masked language modelling"),
                        new LoadReport.Ignored("classifier.bias", "classification head"),
                        new LoadReport.Ignored("classifier.weight", "classification head")),
                List.of("no modules.json: mean pooling, not normalised"),
                List.of("tensor w: element 3 is not a finite number"));

        assertThat(report.parameterCount()).isEqualTo(2002);
        assertThat(report.byteCount()).isEqualTo(4008);
        assertThat(report).hasToString("""
                        model: models/small
                        pipeline: DistilBERT(1 layers, 2 wide, 1 heads, gelu) -> mean, at most 9 tokens
                        weights: 2 tensors, 2,002 parameters, 4,008 bytes, {F16=1, F32=1}
                        ignored: classifier.bias, classifier.weight: classification head
                        ignored: vocab_projector.bias: head of masked language modelling
                        remark: no modules.json: mean pooling, not normalised
                        warning: tensor w: element 3 is not a finite number""");
    }
}
