/**
 * Adam and AdamW: parameters, with their gradients, to the next parameters. Groups of parameters with a rate, decay and schedule each; the
 * global norm and clipping; what of it a checkpoint must hold.
 *
 * <p>The only package above the kernels that writes into parameters, in place. One pass over memory an update: an element's parameter,
 * gradient and moments are read once and written once. Not here: what a loss is, when to stop, which parameters are frozen (one without a
 * gradient is left alone).
 *
 * <p>Letters: g gradient, m and v the first and second moment, t the number of updates of one parameter, η its rate, λ its decay.
 *
 * <p>Sources: Kingma and Ba 2015, "Adam", algorithm 1 and the remark after it; Loshchilov and Hutter 2019, "Decoupled weight decay
 * regularization", algorithm 2; PyTorch's {@code torch/optim/adam.py} and {@code adamw.py}; Clark et al. 2020, "ELECTRA" (layer-wise rates).
 */
@NullMarked
package dev.retort.train.optimizer;

import org.jspecify.annotations.NullMarked;
