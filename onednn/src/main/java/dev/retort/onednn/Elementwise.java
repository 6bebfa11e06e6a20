package dev.retort.onednn;

import dev.retort.autograd.fusion.Activation;
import org.bytedeco.dnnl.global.dnnl.algorithm;

/** An activation's name in the library, with its two parameters. */
record Elementwise(int function, float alpha, float beta) {

    /** The function; of the identity there is none. */
    static Elementwise of(Activation activation) {
        return switch (activation) {
            case IDENTITY -> throw new IllegalArgumentException("activation: the identity needs no kernel");
            case GELU -> new Elementwise(algorithm.eltwise_gelu_erf.value, 0, 0);
            case TANH_GELU -> new Elementwise(algorithm.eltwise_gelu_tanh.value, 0, 0);
            case RELU -> new Elementwise(algorithm.eltwise_relu.value, 0, 0);
            case SILU -> new Elementwise(algorithm.eltwise_swish.value, 1, 0);
            case TANH -> new Elementwise(algorithm.eltwise_tanh.value, 0, 0);
            case SIGMOID -> new Elementwise(algorithm.eltwise_logistic.value, 0, 0);
        };
    }
}
