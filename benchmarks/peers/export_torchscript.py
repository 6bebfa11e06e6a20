"""Traces all-MiniLM-L6-v2 with mean pooling and unit length, for DJL's PyTorch engine.

usage: export_torchscript.py MODEL.onnx OUT.pt

The weights are those of the ONNX file, so that every engine computes the same model. Its attention is PyTorch's fused function.
Needs: pip install torch onnx numpy.
"""
import sys

import numpy as np
import onnx
import torch
from onnx import numpy_helper

HEADS, LAYERS, EPSILON = 12, 6, 1e-12


def initializers(graph):
    """The graph's tensors under BERT's names. A product's matrix has no name: it is the one multiplied where the bias is added."""
    tensors = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    named = {k.removeprefix("bert."): v for k, v in tensors.items() if "." in k}
    products = {n.output[0]: n for n in graph.node if n.op_type == "MatMul"}
    for add in graph.node:
        if add.op_type != "Add":
            continue
        bias = next((i for i in add.input if i.endswith(".bias")), None)
        product = next((products[i] for i in add.input if i in products), None)
        if bias and product:
            matrix = next(i for i in product.input if i in tensors)
            named[bias.removeprefix("bert.").removesuffix("bias") + "weight"] = tensors[matrix].T
    return {k: torch.tensor(np.array(v)) for k, v in named.items()}


class Sentences(torch.nn.Module):
    def __init__(self, tensors):
        super().__init__()
        self.names = {}
        for name, value in tensors.items():
            if value.dtype == torch.float32:
                self.names[name] = name.replace(".", "_")
                self.register_buffer(self.names[name], value.contiguous())

    def p(self, name):
        return getattr(self, self.names[name])

    def linear(self, x, name):
        return torch.nn.functional.linear(x, self.p(name + ".weight"), self.p(name + ".bias"))

    def norm(self, x, name):
        return torch.nn.functional.layer_norm(x, (x.shape[-1],), self.p(name + ".weight"), self.p(name + ".bias"), EPSILON)

    def forward(self, ids, mask):
        x = self.p("embeddings.word_embeddings.weight")[ids]
        x = x + self.p("embeddings.position_embeddings.weight")[: ids.shape[1]]
        x = self.norm(x + self.p("embeddings.token_type_embeddings.weight")[0], "embeddings.LayerNorm")
        hidden = ((1.0 - mask[:, None, None, :].float()) * -1e9).expand(-1, HEADS, ids.shape[1], -1)
        for i in range(LAYERS):
            at = f"encoder.layer.{i}."
            parts = []
            for part in ("query", "key", "value"):
                y = self.linear(x, at + "attention.self." + part)
                parts.append(y.view(y.shape[0], y.shape[1], HEADS, -1).transpose(1, 2))
            context = torch.nn.functional.scaled_dot_product_attention(*parts, attn_mask=hidden)
            context = context.transpose(1, 2).reshape(x.shape)
            x = self.norm(self.linear(context, at + "attention.output.dense") + x, at + "attention.output.LayerNorm")
            inner = torch.nn.functional.gelu(self.linear(x, at + "intermediate.dense"))
            x = self.norm(self.linear(inner, at + "output.dense") + x, at + "output.LayerNorm")
        kept = mask.unsqueeze(-1).float()
        return torch.nn.functional.normalize((x * kept).sum(1) / kept.sum(1), dim=1)


def main(model, out):
    sentences = Sentences(initializers(onnx.load(model).graph)).eval()
    ids = torch.randint(1000, 20000, (3, 17))
    mask = torch.ones_like(ids)
    mask[1, 9:] = 0
    with torch.no_grad():
        torch.jit.trace(sentences, (ids, mask), check_trace=False).save(out)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
