"""Simple classifiers beside the figures of docs/results.md: naive Bayes on counted words, and logistic regression on the sentence vectors
that `retort embed` writes.

    python benchmarks/peers/text_classifiers.py ../shared/data

Needs numpy and scikit-learn, and ./retort in the current folder.
"""

import collections
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import sklearn
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

TOPIC_TRAIN = ["topic/topic3_huffpost_train.tsv", "topic/topic3_reddit_train.tsv"]
QUESTIONS = [  # name, training files, dev file, column of the labels
    ("HuffPost topic", TOPIC_TRAIN, "topic/topic3_huffpost_dev.tsv", "label"),
    ("Reddit topic", TOPIC_TRAIN, "topic/topic3_reddit_dev.tsv", "label"),
    ("joint topic", ["joint/joint_train.tsv"], "joint/joint_dev.tsv", "topic"),
    ("joint sentiment", ["joint/joint_train.tsv"], "joint/joint_dev.tsv", "sentiment"),
]


def column(data, file, name):
    """A column of a file that is split at TAB and LF alone."""
    with open(data / file, encoding="utf-8", newline="\n") as opened:
        lines = opened.read().rstrip("\n").split("\n")
    place = lines[0].split("\t").index(name)
    return [line.split("\t")[place] for line in lines[1:]]


def vectors(data, file):
    """(rows, 384), by the default model."""
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "vectors.npy"
        command = ["./retort", "embed", "--input", str(data / file), "--field", "text", "--format", "npy"]
        subprocess.run([*command, "--output", str(output)], check=True)
        return np.load(output)


def main():
    data = pathlib.Path(sys.argv[1])
    print(f"scikit-learn {sklearn.__version__}, numpy {np.__version__}")
    files = {file for _, train, dev, _ in QUESTIONS for file in [*train, dev]}
    embedded = {file: vectors(data, file) for file in sorted(files)}
    for name, train, dev, label in QUESTIONS:
        texts = [text for file in train for text in column(data, file, "text")]
        labels = [each for file in train for each in column(data, file, label)]
        truth = column(data, dev, label)
        common = collections.Counter(labels).most_common(1)[0][0]
        answers = {
            "most frequent class": [common] * len(truth),
            "naive Bayes, words": make_pipeline(CountVectorizer(), MultinomialNB())
            .fit(texts, labels)
            .predict(column(data, dev, "text")),
            "naive Bayes, words and pairs": make_pipeline(CountVectorizer(ngram_range=(1, 2)), MultinomialNB())
            .fit(texts, labels)
            .predict(column(data, dev, "text")),
            "logistic regression on vectors": LogisticRegression(max_iter=1000)
            .fit(np.concatenate([embedded[file] for file in train]), labels)
            .predict(embedded[dev]),
        }
        for method, predicted in answers.items():
            accuracy = np.mean(np.array(truth) == np.array(predicted))
            macro = f1_score(truth, predicted, average="macro", zero_division=0)
            print(f"{name:16} {method:31} accuracy {accuracy:.4f}  macro-F1 {macro:.4f}", flush=True)


if __name__ == "__main__":
    main()
