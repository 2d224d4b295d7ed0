"""Draws the distillation sentences from a corpus: at most --cap sentences of each source, chosen by a hash of the
sentence, so that the same corpus gives the same sample in the same order on every machine.

    python distill/sample.py --corpus sentences.tsv.gz --out data/sentences.txt --cap 60000

The corpus is a TSV (gzip or plain) with the header line "source<TAB>sentence". The output has one sentence a line.
"""

import argparse
import gzip
import hashlib
import heapq
from collections import defaultdict
from pathlib import Path


def read_corpus(path):
    """Yields (source, sentence) for every row of the TSV."""
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", newline="\n") as lines:
        header = next(lines).rstrip("\n").split("\t")
        if header != ["source", "sentence"]:
            raise SystemExit(f"{path}: expected the header 'source<TAB>sentence', found {header}")
        for line in lines:
            source, sentence = line.rstrip("\n").split("\t", 1)
            yield source, sentence


def order_of(sentence):
    """A seedless, machine-independent shuffle key: 64 bits of the sentence's BLAKE2b digest."""
    return int.from_bytes(hashlib.blake2b(sentence.encode(), digest_size=8).digest(), "big")


def sample(rows, cap, caps, min_chars, max_chars):
    """Keeps the `cap` sentences with the smallest keys of every source; returns them all, in the order of the keys."""
    kept = defaultdict(list)  # source -> heap of (-key, sentence): the largest key on top
    for source, sentence in rows:
        if not min_chars <= len(sentence) <= max_chars:
            continue
        heap, item = kept[source], (-order_of(sentence), sentence)
        if len(heap) < caps.get(source, cap):
            heapq.heappush(heap, item)
        elif heap and item > heap[0]:
            heapq.heapreplace(heap, item)
    counts = {source: len(heap) for source, heap in sorted(kept.items())}
    drawn = sorted({item for heap in kept.values() for item in heap}, reverse=True)
    return [sentence for _, sentence in drawn], counts


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--corpus", required=True, help="TSV with the columns source, sentence (may be .gz)")
    parser.add_argument("--out", required=True, type=Path, help="text file to write, one sentence a line")
    parser.add_argument("--cap", type=int, default=60_000, help="sentences of one source at most (default 60000)")
    parser.add_argument("--cap-of", action="append", default=[], metavar="SOURCE=N", help="another cap for one source")
    parser.add_argument("--min-chars", type=int, default=2, help="shortest sentence (default 2)")
    parser.add_argument("--max-chars", type=int, default=48, help="longest sentence (default 48)")
    args = parser.parse_args()

    caps = {source: int(n) for source, n in (pair.split("=") for pair in args.cap_of)}
    rows = read_corpus(args.corpus)
    sentences, counts = sample(rows, args.cap, caps, args.min_chars, args.max_chars)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text("".join(f"{sentence}\n" for sentence in sentences), encoding="utf-8")
    for source, count in counts.items():
        print(f"{count:8d}  {source}")
    print(f"{len(sentences):8d}  sentences in {args.out}")


if __name__ == "__main__":
    main()
