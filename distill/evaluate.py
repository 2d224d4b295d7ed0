"""Scores sentence vectors on the development sets, beside the teacher and two untrained controls.

    python distill/evaluate.py texts --eval EVAL --out data/eval.txt
    python distill/teacher.py --teacher DIR --texts data/eval.txt --out data/eval.teacher.npy
    npx ltd-index embed data/eval.txt --npy data/eval.student.npy
    npx ltd-index distill-data inputs --tables data/tables --texts data/eval.txt --out data/eval.inputs
    python distill/evaluate.py score --eval EVAL --texts data/eval.txt --inputs data/eval.inputs \\
        --system student=data/eval.student.npy --system teacher=data/eval.teacher.npy --json data/scores.json
    python distill/evaluate.py threshold --eval EVAL --texts data/eval.txt --vectors data/eval.student.npy

Pairs: the first 3,000 of each file, Spearman x 100 of cosine and label. Classes: accuracy x 100 of a logistic
regression (C = 10) trained on 4,000 vectors. Clusters: V-measure x 100 of mini-batch k-means, mean of three seeds. FAQ:
recall at 1 and mean reciprocal rank at 10. The sets are for measuring only: nothing of them may be trained on.

`npm run bench:quality` runs these steps for one model package or several. Every score is defined here and in scores.py.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

import comparison
import evalsets
import livesets
import scores
import thresholds
from inputs import Data

CHARS, BM25 = "char-IDF", "bigram BM25"


def read_vectors(path, texts):
    """{text: row} and the vectors of a .npy made from --texts, unit length, float32."""
    vectors = np.nan_to_num(np.load(path).astype(np.float32))  # NaN: a text without letter or digit
    if len(vectors) != len(texts):
        raise SystemExit(f"{path} has {len(vectors)} rows, but the texts are {len(texts)}: embed the file again")
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


class Lookup:
    """The vectors of texts, dense or sparse, by text."""

    def __init__(self, texts, vectors):
        self.place = {text: at for at, text in enumerate(texts)}
        self.vectors = vectors

    def __call__(self, texts):
        return self.vectors[[self.place[text] for text in texts]]


def measure(folder, of):
    """{row: Measure} of one system; `of` gives the vectors of texts, dense or sparse, of unit length."""
    found = {}
    for name in evalsets.PAIRS:
        first, second, labels = evalsets.pairs(folder, name)
        found[name] = scores.pairs(of(first), of(second), labels)
    for name in (*evalsets.CLASSES, evalsets.NEWS, evalsets.INTENTS):
        train, train_labels, dev, dev_labels = evalsets.labelled(folder, name)
        found[f"{name} accuracy"] = scores.probe(of(train), train_labels, of(dev), dev_labels)
    for name in (evalsets.CLUSTERS, evalsets.NEWS):
        _, _, dev, labels = evalsets.labelled(folder, name)
        found[f"{name} V-measure"] = scores.clusters(of(dev), labels)
    faqs = evalsets.faqs(folder)
    found |= measure_faqs(faqs, lambda faq: scores.slices(of(faq.queries), of(faq.corpus)))
    return found | measure_live(folder, lambda table: scores.slices(of(table.queries), of(table.corpus)))


def measure_live(folder, similarities):
    """{row: Measure}: whether a right row is the first, over all tables together, and for the questions with Latin words."""
    found = {}
    tables = livesets.tables(folder).values()
    for name, wanted in ((livesets.LIVE, lambda _: True), (livesets.LATIN, livesets.has_latin)):
        outcomes = []
        for table in (each.of(wanted) for each in tables):
            if table.queries:
                outcomes += scores.first_is_right(np.concatenate(list(similarities(table))), table.right)
        if outcomes:
            found[f"{name} R@1"] = scores.share(outcomes)
    return found


def measure_latin(folder, of):
    """How similar texts are that have little to do with each other: random Latin ones, and numbers that differ in a digit."""
    found = {}
    for name, pairs in (("random Latin texts", livesets.latin_pairs(folder)), ("one digit", livesets.digit_pairs())):
        if pairs:
            first, second = zip(*pairs)
            found[name] = scores.spread((of(first) * of(second)).sum(1))
    return found


def measure_faqs(faqs, similarities):
    """{row: Measure} of the FAQs."""
    found = {}
    for name, faq in faqs.items():
        ranks = scores.places(similarities(faq), faq.right)
        found[f"{name} R@1"], found[f"{name} MRR@10"] = scores.recall(ranks), scores.reciprocal_rank(ranks)
    return found


def measure_controls(folder, texts, data):
    """{control: {row: Measure}}: what needs no training."""
    faqs = evalsets.faqs(folder)
    return {
        CHARS: measure(folder, Lookup(texts, scores.char_bags(data))),
        BM25: measure_faqs(faqs, lambda faq: scores.bm25(faq.queries, faq.corpus))
        | measure_live(folder, lambda table: scores.bm25(table.queries, table.corpus)),
    }


def run_texts(args):
    texts = evalsets.all_texts(args.eval)
    args.out.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    print(f"{len(texts)} texts in {args.out}")


def read_texts(path):
    return path.read_text(encoding="utf-8").split("\n")[:-1]


def run_score(args):
    texts = read_texts(args.texts)
    systems = dict(pair.split("=", 1) for pair in args.system)
    controls = measure_controls(args.eval, texts, Data([args.inputs])) if args.inputs else {}
    vectors = {name: Lookup(texts, read_vectors(path, texts)) for name, path in systems.items()}
    measured = {name: measure(args.eval, of) for name, of in vectors.items()}
    document = comparison.compare(controls | measured, args.teacher, controls, args.samples)
    document["latin"] = {name: measure_latin(args.eval, of) for name, of in vectors.items()}
    print(comparison.markdown(document))
    print(comparison.latin_table(document))
    print(comparison.notes(document))
    if args.json:
        args.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def run_threshold(args):
    texts = read_texts(args.texts)
    result = thresholds.find(args.eval, Lookup(texts, read_vectors(args.vectors, texts)))
    print(thresholds.markdown(result))
    if args.json:
        found = {name: result[name]["law"]["threshold"] for name in result}
        args.json.write_text(json.dumps({"thresholds": found, "measured": result}, indent=2) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    verbs = parser.add_subparsers(required=True)

    verb = verbs.add_parser("texts", help="write every text that the sets need, one a line")
    verb.add_argument("--eval", required=True, help="folder of the development sets")
    verb.add_argument("--out", required=True, type=Path)
    verb.set_defaults(run=run_texts)

    verb = verbs.add_parser("score", help="one table of all systems and the controls")
    verb.add_argument("--eval", required=True, help="folder of the development sets")
    verb.add_argument("--texts", required=True, type=Path, help="the file that `texts` wrote")
    verb.add_argument("--system", action="append", required=True, metavar="NAME=NPY", help="repeatable")
    verb.add_argument("--teacher", default="teacher", help="system that the others are compared with (default teacher)")
    verb.add_argument("--inputs", help="inputs folder of --texts: adds the controls that need no training")
    verb.add_argument("--samples", type=int, default=1000, help="drawings of the bootstrap (default 1000)")
    verb.add_argument("--json", type=Path, help="also write the table as JSON")
    verb.set_defaults(run=run_score)

    verb = verbs.add_parser("threshold", help="similarities from which an answer is right often enough")
    verb.add_argument("--eval", required=True, help="folder of the development sets")
    verb.add_argument("--texts", required=True, type=Path, help="the file that `texts` wrote")
    verb.add_argument("--vectors", required=True, help="vectors of --texts, .npy")
    verb.add_argument("--json", type=Path, help="also write the result as JSON")
    verb.set_defaults(run=run_threshold)

    args = parser.parse_args()
    with threadpool_limits(1):  # more would wait for each other, and the last digits would depend on how many they are
        args.run(args)


if __name__ == "__main__":
    main()
