"""Scores sentence vectors on the development sets, beside the teacher and two untrained controls.

    python distill/evaluate.py texts --eval EVAL --out data/eval.txt
    python distill/teacher.py --teacher DIR --texts data/eval.txt --out data/eval.teacher.npy
    npx ltd-index embed data/eval.txt --npy data/eval.student.npy
    npx ltd-index distill-data inputs --tables data/tables --texts data/eval.txt --out data/eval.inputs
    python distill/evaluate.py score --eval EVAL --texts data/eval.txt --inputs data/eval.inputs \\
        --system student=data/eval.student.npy --system teacher=data/eval.teacher.npy
    python distill/evaluate.py threshold --eval EVAL --texts data/eval.txt --vectors data/eval.student.npy

Pairs: the first 3,000 of each file, Spearman x 100 of cosine and label. Classes: accuracy x 100 of a logistic
regression (C = 10) trained on 4,000 vectors. Clusters: V-measure x 100 of mini-batch k-means, mean of three seeds. FAQ:
recall at 1 and mean reciprocal rank at 10. The sets are for measuring only: nothing of them may be trained on.
"""

import argparse
import json
from pathlib import Path

import numpy as np

import evalsets
import scores
import thresholds
from inputs import Data

CHARS, BM25 = "char-IDF", "bigram BM25"
NOT_KEPT = "pawsx_zh.dev"  # near chance for every system here, the teacher too: a ratio would be noise


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


def score_vectors(folder, of):
    """{row: score} of one system."""
    found = {}
    for name in evalsets.PAIRS:
        first, second, labels = evalsets.pairs(folder, name)
        found[name] = scores.pair_score((of(first) * of(second)).sum(1), labels)
    for name in evalsets.CLASSES:
        train, train_labels = evalsets.classified(folder, name, "train")
        dev, dev_labels = evalsets.classified(folder, name, "dev")
        found[f"{name} accuracy"] = scores.probe(of(train), train_labels, of(dev), dev_labels)
    dev, labels = evalsets.classified(folder, evalsets.CLUSTERS, "dev")
    found[f"{evalsets.CLUSTERS} V-measure"] = scores.cluster_score(of(dev), labels)
    faq = evalsets.law_faq(folder)
    ranks = scores.places(scores.dense_slices(of(faq.queries), of(faq.corpus)), faq.right)
    found["diac2019_law R@1"], found["diac2019_law MRR@10"] = scores.faq_scores(ranks)
    return found


def score_controls(folder, texts, data):
    """{control: {row: score}}; a row that a control has no score for is left out."""
    of = Lookup(texts, scores.char_bags(data))
    chars = {}
    for name in evalsets.PAIRS:
        first, second, labels = evalsets.pairs(folder, name)
        chars[name] = scores.pair_score(np.asarray(of(first).multiply(of(second)).sum(1)).ravel(), labels)
    faq = evalsets.law_faq(folder)
    found = {CHARS: scores.sparse_slices(of(faq.queries), of(faq.corpus)), BM25: scores.bm25(faq.queries, faq.corpus)}
    table = {CHARS: chars, BM25: {}}
    for name, slices in found.items():
        recall, rank = scores.faq_scores(scores.places(slices, faq.right))
        table[name] |= {"diac2019_law R@1": recall, "diac2019_law MRR@10": rank}
    return table


def kept(system, teacher):
    """How much of the teacher is left, in %: the mean over all rows but PAWS-X."""
    return 100 * float(np.mean([system[row] / teacher[row] for row in system if row != NOT_KEPT]))


def by_row(table):
    """{row: {system: score or None}}, the form that a model package keeps its scores in."""
    rows = max(table.values(), key=len)

    def cell(scored, row):
        return round(scored[row], 2) if row in scored else None

    return {row: {name: cell(scored, row) for name, scored in table.items()} for row in rows}


def markdown(table):
    """One Markdown table; † marks the sets whose sentences stand in the corpus."""
    lines = [["set", *table], ["---"] * (1 + len(table))]
    for row, scored in by_row(table).items():
        mark = " †" if row.split(" ")[0] in evalsets.STAND_IN_CORPUS else ""
        cells = ["–" if score is None else f"{score:.1f}" for score in scored.values()]
        lines.append([row + mark, *cells])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def run_texts(args):
    texts = evalsets.all_texts(args.eval)
    args.out.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    print(f"{len(texts)} texts in {args.out}")


def read_texts(path):
    return path.read_text(encoding="utf-8").split("\n")[:-1]


def run_score(args):
    texts = read_texts(args.texts)
    systems = dict(pair.split("=", 1) for pair in args.system)
    table = score_controls(args.eval, texts, Data([args.inputs])) if args.inputs else {}
    for name, path in systems.items():
        table[name] = score_vectors(args.eval, Lookup(texts, read_vectors(path, texts)))
    if args.teacher in table:
        for name in systems:
            table[name]["kept, mean %"] = kept(table[name], table[args.teacher])
    print(markdown(table))
    print("† Most of these sentences stand in the distillation corpus, without their labels.")
    print(f"Kept: the mean over all rows but {NOT_KEPT} of the score divided by the teacher's.")
    if args.json:
        args.json.write_text(json.dumps(by_row(table), indent=2) + "\n", encoding="utf-8")


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
    verb.add_argument("--json", type=Path, help="also write the table as JSON")
    verb.set_defaults(run=run_score)

    verb = verbs.add_parser("threshold", help="similarities from which an answer is right often enough")
    verb.add_argument("--eval", required=True, help="folder of the development sets")
    verb.add_argument("--texts", required=True, type=Path, help="the file that `texts` wrote")
    verb.add_argument("--vectors", required=True, help="vectors of --texts, .npy")
    verb.add_argument("--json", type=Path, help="also write the result as JSON")
    verb.set_defaults(run=run_threshold)

    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
