"""OpenVINO behind the line protocol: texts sorted by length, mean pooling and unit length in numpy.

usage: openvino_peer.py MODEL.onnx TOKENIZER.json f32|bf16|int8 THREADS LATENCY|THROUGHPUT CALIBRATION.txt

int8 is NNCF's post-training quantisation, calibrated on the lines of the last file; its result is kept beside the model.
Needs: pip install openvino tokenizers numpy, for int8 also nncf.
"""
import os
import sys

import numpy as np
import openvino
from tokenizers import Tokenizer

from line_protocol import serve

MAX_TOKENS = 256


class OpenVino:
    def __init__(self, model, tokenizer, precision, threads, hint, calibration):
        self.batch_size = 1
        self.tokenizer = Tokenizer.from_file(tokenizer)
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAX_TOKENS)
        core = openvino.Core()
        network = core.read_model(model)
        self.inputs = [name for node in network.inputs for name in node.get_names()]
        if precision == "int8":
            network = self.quantized(core, network, model, calibration)
        compiled = core.compile_model(
            network,
            "CPU",
            {
                "INFERENCE_NUM_THREADS": threads,
                "PERFORMANCE_HINT": hint,
                "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32",
            },
        )
        requests = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
        self.queue = openvino.AsyncInferQueue(compiled, requests)
        self.queue.set_callback(self.finish)
        version = openvino.__version__.split("-")[0]
        self.description = f"OpenVINO {version} (Python) {precision}, {hint}, {requests} requests at once"

    def quantized(self, core, network, model, calibration):
        path = os.path.splitext(model)[0] + "-nncf.xml"
        if not os.path.exists(path):
            import nncf

            with open(calibration, encoding="utf-8") as lines:
                texts = [line.rstrip("\n") for line in lines]
            feeds = [self.feed(np.array([e.ids]), np.ones((1, len(e.ids)), np.int64)) for e in self.tokenizer.encode_batch(texts)]
            network = nncf.quantize(network, nncf.Dataset(feeds), model_type=nncf.ModelType.TRANSFORMER, subset_size=len(feeds))
            openvino.save_model(network, path, compress_to_fp16=False)
        return core.read_model(path)

    def feed(self, ids, mask):
        all_inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        return {name: all_inputs[name] for name in self.inputs}

    def encode(self, texts):
        encodings = self.tokenizer.encode_batch(texts)
        order = sorted(range(len(texts)), key=lambda i: -len(encodings[i].ids))
        vectors = [None] * len(texts)
        for first in range(0, len(order), self.batch_size):
            places = order[first : first + self.batch_size]
            length = len(encodings[places[0]].ids)
            ids = np.zeros((len(places), length), np.int64)
            mask = np.zeros_like(ids)
            for row, place in enumerate(places):
                own = encodings[place].ids
                ids[row, : len(own)] = own
                mask[row, : len(own)] = 1
            self.queue.start_async(self.feed(ids, mask), (vectors, places, mask))
        self.queue.wait_all()
        return vectors

    @staticmethod
    def finish(request, batch):
        vectors, places, mask = batch
        sums = (request.get_output_tensor(0).data * mask[:, :, None].astype(np.float32)).sum(1)
        sums /= np.linalg.norm(sums, axis=1, keepdims=True)
        for row, place in enumerate(places):
            vectors[place] = sums[row]


if __name__ == "__main__":
    serve(lambda: OpenVino(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5], sys.argv[6]))
