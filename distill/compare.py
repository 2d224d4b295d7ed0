"""Compares ways to solve a task with few labels: networks of the student's shape, the student, and its teacher.

    python distill/compare.py --eval EVAL --checkpoint data/run/checkpoint.pt --tables data/tables --teacher TEACHER \\
        --out data/compare --known data/eval.txt:data/eval.teacher.npy

Sets: THUCNews titles and SMP2020 emotions (accuracy x 100), ATEC pairs (Spearman x 100 / F1 x 100), on the first 3,000
development rows. ATEC has no development part: its first 3,000 rows are it. Training rows that share a text with a
development row are left out. The threshold of F1 is the best one on the training labels.

Systems, each for 100, 1,000 and all labels (--all of them at most), the smaller numbers with --seeds different draws:
  scratch         an LSTM of the student's shape, all weights random, trained on the labels alone
  distilled       the same, trained on the texts of all training rows with the answers of `teacher head` as labels
                  (task-specific distillation, Tang et al. 2019)
  student head    logistic regression on the student's vectors; for pairs on cosine, |u - v| and u v
  student tuned   tune.py
  teacher head    logistic regression on the teacher's vectors
  teacher tuned   the teacher's layers tuned by the same loss, its embedding tables kept
For pairs also `student cosine` and `teacher cosine`, where the labels give only the threshold.

Every cell is kept in OUT/cells.json, so that a second run does only what is missing. A cell of the student belongs to
its checkpoint, one of an LSTM to its sizes. Development sets are for measuring: nothing trained here may be released.
"""

import argparse
import hashlib
import json
import time
from pathlib import Path

import numpy as np
import torch

import encoded
import evalsets
import solve
import tasks
from export import load_student
from teacher import Teacher

SETS = {"thucnews10": tasks.Classes, "smp2020_ewect": tasks.Classes, "atec": tasks.Pairs}


def rows_of(folder, name, most):
    """Development rows, `most` of them, and training rows of a set, as lists of cells; no text is in both."""
    if name == "atec":
        rows = evalsets.rows_of(Path(folder) / "pairs" / "atec.train.tsv", None)
        dev, train = rows[:most], rows[most:]
    else:
        dev = evalsets.rows_of(Path(folder) / "cls" / f"{name}.dev.tsv", most)
        train = evalsets.rows_of(Path(folder) / "cls" / f"{name}.train.tsv", None)
    columns = SETS[name].columns
    seen = {text for row in dev for text in row[:columns]}
    return dev, [row for row in train if seen.isdisjoint(row[:columns])]


class Bench:
    """One set: its rows, its texts as the student and the teacher read them, and what they make of them untuned."""

    def __init__(self, name, args, teacher, known):
        dev, train = rows_of(args.eval, name, args.dev)
        draw = np.random.default_rng(0).permutation(len(train))[: args.all]
        self.task = SETS[name]([*dev, *(train[at] for at in draw)])
        self.dev, self.train = np.arange(len(dev)), np.arange(len(dev), len(self.task))
        folder = args.out / name
        self.data = encoded.encode(self.task.texts, folder, args)
        self.teacher, self.args = teacher, args
        self.teacher_vectors = torch.from_numpy(taught(self.task.texts, teacher, folder, known))
        student = load_student(args.checkpoint, args.weights)
        self.sizes = student.sizes
        self.student_vectors = student.embed(self.data, np.arange(len(self.data)))

    def labelled(self, count, seed):
        """The rows whose labels a cell may read; all of them are the same rows for every seed."""
        return np.sort(np.random.default_rng(seed).permutation(self.train)[:count])


def taught(texts, teacher, folder, known):
    """The teacher's vectors of the texts, float32 [N, D]; those in no file of `known` are kept in the folder."""
    path, names = folder / "teacher.npy", folder / "teacher.txt"
    known = dict(known)
    if path.exists():
        known |= zip(names.read_text(encoding="utf-8").split("\n")[:-1], np.load(path))
    missing = [text for text in texts if text not in known]
    if missing:
        print(f"{folder.name}: {len(missing)} of {len(texts)} texts are new to the teacher", flush=True)
        known |= zip(missing, teacher.embed(missing))
        names.write_text("".join(f"{' '.join(text.splitlines())}\n" for text in texts), encoding="utf-8")
        np.save(path, np.stack([known[text] for text in texts]))
    return np.stack([known[text] for text in texts]).astype(np.float32)


def read_known(pairs):
    """{text: teacher's vector} of files like data/eval.txt:data/eval.teacher.npy."""
    known = {}
    for pair in pairs:
        texts, vectors = pair.split(":")
        known |= zip(Path(texts).read_text(encoding="utf-8").split("\n")[:-1], np.load(vectors, mmap_mode="r"))
    return known


def read_cells(path):
    """{key: scores} of the cells that are done, by whichever process."""
    return json.loads(path.read_text()) if path.exists() else {}


def cell_text(found, draws):
    """The mean over draws of a cell's scores, and the number of draws where some are missing."""
    if not found:
        return "–"
    mean = " / ".join(f"{np.mean([cell[part] for cell in found]):.1f}" for part in found[0] if part != "seconds")
    return mean if len(found) == draws else f"{mean} ({len(found)} of {draws})"


def markdown(cells, wanted, counts):
    """One table of the cells that are there; `wanted` are the keys of each (set, system, place in `counts`)."""
    head = [f"{count:,} labels" for count in counts[:-1]] + [f"all, at most {counts[-1]:,}"]
    lines = [["set", "system", *head], ["---", "---", *["---:"] * len(counts)]]
    for name, system in dict.fromkeys((name, system) for name in SETS for of, system, _ in wanted if of == name):
        keys = [wanted.get((name, system, at), []) for at in range(len(counts))]
        lines.append([name, system, *(cell_text([cells[key] for key in of if key in cells], len(of)) for of in keys)])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def options():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("--eval", required=True, help="folder of the development sets")
    add("--checkpoint", required=True, type=Path, help="checkpoint.pt of train.py")
    encoded.add_options(parser)
    add("--teacher", required=True, help="folder with model.onnx and tokenizer.json")
    add("--out", required=True, type=Path, help="folder for cells.json, table.md and what is kept between runs")
    add("--known", action="append", default=[], metavar="TEXTS:NPY", help="teacher vectors there already; repeatable")
    add("--weights", choices=("average", "model"), default="average", help="of the checkpoint (default average)")
    add("--systems", default=",".join(solve.SYSTEMS), help="only these, with commas between them (default all)")
    add("--sets", default=",".join(SETS), help=f"only these (default {','.join(SETS)})")
    add("--labels", default="100,1000", help="numbers of labels beside all of them (default 100,1000)")
    add("--dev", type=int, default=3000, help="development rows of a set, at most (default 3000)")
    add("--all", type=int, default=20000, help="most training rows of a set (default 20000)")
    add("--most", type=int, default=10**9, help="leave cells of more labels for another run (default none)")
    add("--seeds", type=int, default=3, help="draws of each number of labels (default 3)")
    add("--threads", type=int, default=1)
    return parser.parse_args()


def main():
    args = options()
    torch.set_num_threads(args.threads)
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / "cells.json"
    cells = read_cells(path)
    teacher, known = Teacher(args.teacher, args.threads), read_known(args.known)
    benches = {name: Bench(name, args, teacher, known) for name in args.sets.split(",")}
    sizes = next(iter(benches.values())).sizes
    marks = {
        "student": hashlib.sha256(args.checkpoint.read_bytes()).hexdigest()[:12],
        "network": hashlib.sha256(json.dumps(vars(sizes)).encode()).hexdigest()[:12],
        "teacher": "",
    }
    counts = [*map(int, args.labels.split(",")), args.all]
    wanted = {}
    for seed in range(args.seeds):  # one draw of everything first: the table is of use early
        for system, name in ((system, name) for system in args.systems.split(",") for name in benches):
            bench, (depends, solved) = benches[name], solve.SYSTEMS[system]
            if system in solve.FOR_PAIRS and SETS[name] is not tasks.Pairs:
                continue
            for at, count in enumerate(counts if seed == 0 else counts[:-1]):
                rows = bench.labelled(count, seed)
                key = f"{name}/{system}/{len(rows)} of {len(bench.train)}/{len(bench.dev)}/{seed}/{marks[depends]}"
                wanted.setdefault((name, system, at), []).append(key)
                if key not in cells and len(rows) <= args.most:
                    started = time.process_time()
                    cell = solved(bench, rows, seed)
                    cells = read_cells(path) | {key: cell | {"seconds": round(time.process_time() - started, 1)}}
                    path.write_text(json.dumps(cells, indent=1) + "\n")
                    print(key, cells[key], flush=True)
    table = markdown(cells, wanted, counts)
    (args.out / "table.md").write_text(table)
    print("\n" + table)
    print(json.dumps({key: cells[key] for keys in wanted.values() for key in keys if key in cells}))


if __name__ == "__main__":
    main()
