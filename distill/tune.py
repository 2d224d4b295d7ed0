"""Tunes the whole student for a task, from labelled pairs or labelled texts.

    python distill/tune.py --checkpoint data/run/checkpoint.pt --tables data/tables --pairs pairs.tsv --out data/tuned

--pairs: a TSV with a header line; two texts, and 0 or 1 or a graded score. The cosine learns the labels' order.
--classes: a TSV with a header line; a text and its class. A linear head learns the classes, and the student with it;
the head is written beside the checkpoint (head.npz: names [C], weight [C, D], bias [C]; the class of a vector v is the
largest of weight v + bias).

A tenth of the rows is held out, and the epoch that solves them best is kept; where tuning does not help, the student
stays as it was. OUT/checkpoint.pt goes through export.py and `ltd-index distill-data package` like any other.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

import encoded
import tasks
from export import load_student
from fit import StudentEncoder, fit
from inputs import read_tables

HELD_MOST = 2000  # rows held out, at most


def options():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("--checkpoint", required=True, type=Path, help="checkpoint.pt of train.py")
    encoded.add_options(parser)
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--pairs", type=Path, help="TSV: text, text, label")
    task.add_argument("--classes", type=Path, help="TSV: text, class")
    add("--out", required=True, type=Path, help="folder for checkpoint.pt")
    add("--without", type=Path, help="text file; rows with one of its lines are left out, such as evaluation texts")
    add("--rows", type=int, default=None, help="read at most this many rows (default: all)")
    add("--weights", choices=("average", "model"), default="average", help="those to start from (default average)")
    add("--epochs", type=int, default=3, help="most passes over the rows (default 3)")
    add("--patience", type=int, default=1, help="epochs without a better score before it stops (default 1)")
    add("--batch", type=int, default=128, help="rows in a batch (default 128)")
    add("--lr", type=float, default=3e-4, help="highest learning rate (default 3e-4)")
    add("--dropout", type=float, default=0.05, help="on embedded characters (default 0.05)")
    add("--clip", type=float, default=1.0, help="largest norm of the gradient (default 1)")
    add("--held-out", type=float, default=0.1, help=f"share of rows held out, at most {HELD_MOST} rows (default 0.1)")
    add("--seed", type=int, default=0)
    add("--threads", type=int, default=1)
    return parser.parse_args()


def main():
    args = options()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    without = args.without.read_text(encoding="utf-8").split("\n") if args.without else ()
    task = tasks.read(args.pairs or args.classes, tasks.Pairs if args.pairs else tasks.Classes, without, args.rows)
    student = load_student(args.checkpoint, args.weights)
    tables = read_tables(args.tables)
    if (tables["chars"], tables["words"]) != (student.sizes.chars, student.sizes.words):
        raise SystemExit(f"{args.checkpoint} was not trained with {args.tables}: their ids differ in number")
    args.out.mkdir(parents=True, exist_ok=True)
    data = encoded.encode(task.texts, args.out / "inputs", args)
    order = np.random.default_rng(args.seed).permutation(len(task))
    held = order[: min(round(args.held_out * len(task)), HELD_MOST)]
    fitted = order[len(held) :]
    print(f"{len(fitted)} rows to tune on, {len(held)} held out, {len(task.texts)} texts", flush=True)

    encoder = StudentEncoder(student, data, args.dropout, args.seed)
    before, after = fit(encoder, task, fitted, held, args, lambda line: print(line, flush=True))
    state = {name: value.clone() for name, value in student.state_dict().items()}
    torch.save({"sizes": vars(student.sizes), "model": state, "average": state}, args.out / "checkpoint.pt")
    if args.classes:
        weight, bias = (p.detach().numpy() for p in task.head_parameters())
        np.savez(args.out / "head.npz", names=task.names, weight=weight, bias=bias)
    found = {"measure": task.measure, "rows": len(fitted), "held": len(held), "before": before, "after": after}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
