"""The line protocol of dev.retort.benchmarks.peer.PeerServer, which says what goes back and forth."""
import sys
import time

FIRST_TEXT = "The ferry leaves at six, unless the fog rolls in again."


def unescape(line):
    text, i = [], 0
    while i < len(line):
        c = line[i]
        if c == "\\":
            i += 1
            c = {"n": "\n", "r": "\r"}.get(line[i], line[i])
        text.append(c)
        i += 1
    return "".join(text)


def serve(load):
    """load() gives an object with description, batch_size and encode(texts) -> rows of numbers."""
    started = time.monotonic()
    replies = sys.stdout
    sys.stdout = sys.stderr
    try:
        engine = load()
        engine.encode([FIRST_TEXT])
        answer(replies, f"ready {int((time.monotonic() - started) * 1000)} {engine.description}")
        texts = []
        for line in sys.stdin:
            words = line.rstrip("\n").split(" ")
            if words[0] == "texts":
                texts = [unescape(sys.stdin.readline().rstrip("\n")) for _ in range(int(words[1]))]
                answer(replies, "ok")
            elif words[0] == "batch":
                engine.batch_size = int(words[1])
                answer(replies, "ok")
            elif words[0] == "tokens":
                answer(replies, "tokens -1")
            elif words[0] == "encode":
                nanos = []
                for _ in range(int(words[1])):
                    start = time.perf_counter_ns()
                    engine.encode(texts)
                    nanos.append(str(time.perf_counter_ns() - start))
                answer(replies, "nanos " + " ".join(nanos))
            elif words[0] == "vectors":
                vectors = engine.encode(texts)
                answer(replies, f"vectors {len(vectors)}")
                for vector in vectors:
                    answer(replies, " ".join(repr(float(x)) for x in vector))
            elif words[0] == "quit":
                return
            else:
                raise ValueError("request: not known: " + line)
    except Exception as failure:
        answer(replies, "failed " + " ".join(repr(failure).split()))
        raise


def answer(replies, line):
    replies.write(line + "\n")
    replies.flush()
