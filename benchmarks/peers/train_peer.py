"""PyTorch training DistilBERT's base shape on the CPU, behind the lines of dev.retort.benchmarks.training.TrainingProcess.

usage: train_peer.py full|frozen-backbone|lower-layers|frozen-head|heads-only f32|bf16 THREADS

Random weights, mean pooling, unit length, two heads (768 -> 128, ReLU, dropout, 128 -> 3), the sum of two cross-entropies, dropout 0.1, fused
Adam. bf16 is autocast. A batch is padded to its longest text, and is a tensor before the clock starts. A frozen backbone is in eval mode, under
no_grad; its heads are not. heads-only draws a random unit vector a row and trains on those.

    rows N, and N lines TOPIC SENTIMENT ID ID ...    ok       the data set
    batches N, and N lines ROW ROW ...               ok       what the steps that follow go through, over and over
    steps N                                          nanos NANOSECONDS OF EACH STEP
    phases                                           phases FORWARD BACKWARD OPTIMISER: nanoseconds of the last steps together
    quit
Needs: pip install torch transformers.
"""
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn
from transformers import DistilBertConfig, DistilBertModel, __version__ as transformers_version

HIDDEN = 768
HEAD_HIDDEN = 128
CLASSES = 3
DROPOUT = 0.1
FROZEN_LAYERS = 4


def head():
    return nn.Sequential(nn.Linear(HIDDEN, HEAD_HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT), nn.Linear(HEAD_HIDDEN, CLASSES))


class Training:
    def __init__(self, case, precision, threads):
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.case, self.narrow = case, precision == "bf16"
        self.topic, self.sentiment = head(), head()
        parts = [self.topic, self.sentiment]
        if case != "heads-only":
            self.backbone = DistilBertModel(DistilBertConfig(dropout=DROPOUT, attention_dropout=DROPOUT))
            parts.append(self.backbone)
            self.freeze()
        trained = [p for part in parts for p in part.parameters() if p.requires_grad]
        self.optimizer = torch.optim.Adam(trained, lr=2e-5, fused=True)
        self.parameters = sum(p.numel() for p in trained)
        self.rows, self.batches, self.next = [], [], 0
        self.phases = [0, 0, 0]

    def freeze(self):
        self.backbone.train()
        if self.case == "frozen-backbone":
            self.backbone.requires_grad_(False).eval()
        elif self.case == "lower-layers":
            self.backbone.embeddings.requires_grad_(False)
            self.backbone.transformer.layer[:FROZEN_LAYERS].requires_grad_(False)
        elif self.case == "frozen-head":
            self.sentiment.requires_grad_(False)

    def set_rows(self, rows):
        self.rows = rows
        if self.case == "heads-only":
            self.features = F.normalize(torch.randn(len(rows), HIDDEN), dim=1)

    def set_batches(self, batches):
        self.batches = [self.batch(places) for places in batches]
        self.next = 0

    def batch(self, places):
        labels = [torch.tensor([self.rows[place][task] for place in places]) for task in (0, 1)]
        if self.case == "heads-only":
            return torch.tensor(places), None, *labels
        texts = [self.rows[place][2:] for place in places]
        longest = max(map(len, texts))
        ids = torch.tensor([text + [0] * (longest - len(text)) for text in texts])
        mask = torch.tensor([[1] * len(text) + [0] * (longest - len(text)) for text in texts])
        return ids, mask, *labels

    def vectors(self, ids, mask):
        if self.case == "heads-only":
            return self.features[ids]
        with torch.set_grad_enabled(self.case != "frozen-backbone"):
            states = self.backbone(input_ids=ids, attention_mask=mask).last_hidden_state
            weights = mask.unsqueeze(-1).to(states.dtype)
            return F.normalize((states * weights).sum(1) / weights.sum(1), dim=1)

    def step(self):
        ids, mask, topics, sentiments = self.batches[self.next]
        self.next = (self.next + 1) % len(self.batches)
        start = time.perf_counter_ns()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.narrow):
            vectors = self.vectors(ids, mask)
            topic, sentiment = self.topic(vectors), self.sentiment(vectors)
            loss = F.cross_entropy(topic.float(), topics) + F.cross_entropy(sentiment.float(), sentiments)
        forward = time.perf_counter_ns()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        backward = time.perf_counter_ns()
        self.optimizer.step()
        end = time.perf_counter_ns()
        for phase, nanos in enumerate((forward - start, backward - forward, end - backward)):
            self.phases[phase] += nanos
        return end - start


def integers(line):
    return [int(word) for word in line.split()]


def serve(case, precision, threads):
    started = time.monotonic()
    replies = sys.stdout
    sys.stdout = sys.stderr

    def answer(line):
        replies.write(line + "\n")
        replies.flush()

    training = Training(case, precision, threads)
    versions = f"PyTorch {torch.__version__}, transformers {transformers_version}"
    name = "f32" if precision == "f32" else "bf16 autocast"
    answer(f"ready {int((time.monotonic() - started) * 1000)} {versions}, {name}, {threads} threads")
    for line in sys.stdin:
        words = line.split()
        if words[0] == "rows":
            training.set_rows([integers(sys.stdin.readline()) for _ in range(int(words[1]))])
            answer("ok")
        elif words[0] == "batches":
            training.set_batches([integers(sys.stdin.readline()) for _ in range(int(words[1]))])
            answer("ok")
        elif words[0] == "steps":
            training.phases = [0, 0, 0]
            answer("nanos " + " ".join(str(training.step()) for _ in range(int(words[1]))))
        elif words[0] == "phases":
            answer("phases " + " ".join(map(str, training.phases)))
        elif words[0] == "quit":
            return
        else:
            answer("failed request: not known: " + line.strip())
            return


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]))
