"""Turns a model package back into a checkpoint and tables, for training to go on from where no checkpoint is left.

    python distill/unpack.py --package models/ltd-zh-2 --out data/start
    python distill/train.py --start data/start/checkpoint.pt --start-tables data/start/tables ...

The numbers are those that the package has: of 4 bits in the tables and of 7 in the matrices. Reads what export.py writes in integers.
"""

import argparse
import gzip
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from student import Sizes, Student

GATES = 4


def table_of(constants, name):
    """An embedding table, float32: two numbers a byte, with a scale a row."""
    packed = constants[f"{name}_table"]
    whole = np.concatenate([packed & 15, packed >> 4], 1).astype(np.float32) - 8
    return whole * constants[f"{name}_scale"].astype(np.float32)


def layer_of(constants, name):
    """The weights of a layer, float32 [N, K]."""
    return (constants[f"{name}_w"].astype(np.float32) * constants[f"{name}_scale"]).T


def lstm_of(constants, hidden, inputs):
    """Weights of inputs and states and the bias of both directions, without the two inputs and two units that pin the scales."""
    w, r = (constants[f"lstm_{name}"].astype(np.float32) * constants[f"lstm_{name}_scale"][:, None] for name in "wr")
    units = w.shape[2] // GATES
    own = (slice(units - hidden, units), slice(0, hidden))  # pins stand first, and last backwards
    w_in = [w[d, :inputs].T.reshape(GATES, units, inputs)[:, own[d]].reshape(-1, inputs) for d in (0, 1)]
    w_rec = [r[d].T.reshape(GATES, units, units)[:, own[d], own[d]].reshape(-1, hidden) for d in (0, 1)]
    bias = [constants["lstm_b"][d, : GATES * units].reshape(GATES, units)[:, own[d]].reshape(-1) for d in (0, 1)]
    return np.stack(w_in), np.stack(w_rec), np.stack(bias)


def student_of(graph):
    """The student that the constants of a graph in integers are."""
    constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    chars, words = table_of(constants, "char"), table_of(constants, "word")
    head, down = layer_of(constants, "head"), layer_of(constants, "down")
    inputs, up = chars.shape[1] + words.shape[1], down.shape[1]
    hidden = (head.shape[1] - inputs) // 2
    w_in, w_rec, bias = lstm_of(constants, hidden, inputs)
    widths = (chars.shape[1], words.shape[1], hidden)
    student = Student(Sizes(len(chars), len(words), *widths, dims=len(down), head=up, table_bits=4))
    values = {"char_table": chars, "word_table": words, "w_in": w_in, "w_rec": w_rec, "bias": bias}
    values |= {"up.weight": head[:up], "proj.weight": head[up:], "down.weight": down}
    values |= {"up.bias": constants["head_b"][:up], "proj.bias": constants["head_b"][up:]}
    student.load_state_dict({name: torch.tensor(value) for name, value in values.items()})
    return student


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--package", required=True, type=Path, help="model folder")
    parser.add_argument("--out", required=True, type=Path, help="folder for checkpoint.pt and tables")
    args = parser.parse_args()

    student = student_of(onnx.load(str(args.package / "student.onnx")).graph)
    state = student.state_dict()
    tables = args.out / "tables"
    tables.mkdir(parents=True, exist_ok=True)
    torch.save({"sizes": vars(student.sizes), "model": state, "average": state}, args.out / "checkpoint.pt")
    shutil.copy(args.package / "chars.txt", tables)
    (tables / "words.tsv").write_bytes(gzip.decompress((args.package / "words.tsv.gz").read_bytes()))
    text = json.loads((args.package / "model.json").read_text(encoding="utf-8"))["text"]
    about = {name: text[name] for name in ("documents", "smoothing", "maxChars")}
    about |= {"chars": student.sizes.chars, "words": student.sizes.words}
    (tables / "tables.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    print(f"{args.out}: {student.sizes}")


if __name__ == "__main__":
    main()
