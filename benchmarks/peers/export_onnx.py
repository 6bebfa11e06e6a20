"""Writes FOLDER's DistilBERT as OUT/base.onnx and, weights and activations in int8, as OUT/base-int8.onnx.

usage: export_onnx.py FOLDER OUT

The graph is the plain forward pass, without the mask machinery of transformers: fewer nodes, so no slower than the usual export.
Needs: pip install torch transformers onnx onnxscript onnxruntime.
"""
import os
import sys

import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import DistilBertModel


class Encoder(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model
        self.heads = model.config.n_heads
        self.width = model.config.dim // model.config.n_heads

    def split(self, x):
        return x.reshape(x.shape[0], x.shape[1], self.heads, self.width).transpose(1, 2)

    def forward(self, input_ids, attention_mask):
        table = self.model.embeddings
        positions = torch.arange(input_ids.shape[1])
        x = table.LayerNorm(table.word_embeddings(input_ids) + table.position_embeddings(positions).unsqueeze(0))
        hidden = (1.0 - attention_mask[:, None, None, :].to(torch.float32)) * -10000.0
        for layer in self.model.transformer.layer:
            attention = layer.attention
            query, key, value = (self.split(f(x)) for f in (attention.q_lin, attention.k_lin, attention.v_lin))
            weights = torch.softmax(query @ key.transpose(2, 3) / self.width**0.5 + hidden, -1)
            context = (weights @ value).transpose(1, 2).reshape(x.shape)
            x = layer.sa_layer_norm(attention.out_lin(context) + x)
            x = layer.output_layer_norm(layer.ffn.lin2(torch.nn.functional.gelu(layer.ffn.lin1(x))) + x)
        return x


def export(encoder, file):
    ids = torch.randint(1000, 20000, (3, 17))
    mask = torch.ones_like(ids)
    mask[1, 9:] = 0
    batch, length = torch.export.Dim("batch"), torch.export.Dim("length")
    torch.onnx.export(
        encoder,
        (ids, mask),
        file,
        input_names=["input_ids", "attention_mask"],
        output_names=["last_hidden_state"],
        dynamic_shapes={"input_ids": {0: batch, 1: length}, "attention_mask": {0: batch, 1: length}},
        dynamo=True,
        external_data=False,
    )
    session = onnxruntime.InferenceSession(file)
    got = session.run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})[0]
    with torch.no_grad():
        expected = encoder.model(input_ids=ids, attention_mask=mask).last_hidden_state
    difference = ((torch.tensor(got) - expected) * mask[..., None]).abs().max().item()
    print("greatest difference to transformers:", difference)
    if difference > 1e-4:
        raise SystemExit(f"export differs from transformers by {difference}")


def main(folder, out):
    model = DistilBertModel.from_pretrained(folder, attn_implementation="eager").eval()
    f32 = os.path.join(out, "base.onnx")
    with torch.no_grad():
        export(Encoder(model).eval(), f32 + ".part")
    quantize_dynamic(f32 + ".part", os.path.join(out, "base-int8.onnx"), per_channel=True, weight_type=QuantType.QInt8)
    os.replace(f32 + ".part", f32)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
