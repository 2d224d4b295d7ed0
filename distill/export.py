"""Turns a checkpoint into the ONNX file that the package ships, and writes vectors to compare other runtimes with.

    python distill/export.py --checkpoint data/run/checkpoint.pt --out data/model --reference data/inputs

Inputs: char_ids, word_ids int64 [B, L], weights float32 [B, L] (sum 1 in a row, 0 on padding), lengths int64 [B].
Output: embedding float32 [B, D], rows of unit length. Stock operators only; padding does not change a vector, because
the LSTM knows the lengths and padding weighs nothing.

The tables are stored as int8 with one float32 scale a row (--float32 leaves them alone); all arithmetic is float32.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import TensorProto, helper, numpy_helper

from inputs import Data
from student import Sizes, Student

OPSET = 17
REFERENCE_ROWS = 1000


def load_student(path, weights):
    """The student of a checkpoint; `weights` is "model" or "average"."""
    state = torch.load(path, map_location="cpu")
    student = Student(Sizes(**state["sizes"]))
    student.load_state_dict(state[weights])
    return student.eval()


def rounded(table):
    """float32 [N, W] -> int8 rows and their scales [N, 1], so that row = int8 x scale."""
    scale = np.maximum(np.abs(table).max(1, keepdims=True), 1e-12).astype(np.float32) / np.float32(127)
    return np.clip(np.rint(table / scale), -127, 127).astype(np.int8), scale


class Graph:
    """Collects nodes and constants."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, value):
        """An initializer."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, operator, inputs, output, **attributes):
        """A node with one output that anybody reads."""
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output


def build(student, int8):
    """The ONNX model. With int8 the student's tables are replaced by their rounded values, so that both stay equal."""
    graph = Graph()

    def lookup(name, table, ids):
        if not int8:
            return graph.add("Gather", [graph.constant(f"{name}_table", table.detach().numpy()), ids], f"{name}_rows")
        rows, scale = rounded(table.detach().numpy())
        with torch.no_grad():
            table.copy_(torch.from_numpy(rows.astype(np.float32) * scale))
        graph.add("Gather", [graph.constant(f"{name}_table", rows), ids], f"{name}_int8")
        graph.add("Gather", [graph.constant(f"{name}_scale", scale), ids], f"{name}_row_scale")
        graph.add("Cast", [f"{name}_int8"], f"{name}_wide", to=TensorProto.FLOAT)
        return graph.add("Mul", [f"{name}_wide", f"{name}_row_scale"], f"{name}_rows")

    both = [lookup("char", student.char_table, "char_ids"), lookup("word", student.word_table, "word_ids")]
    graph.add("Concat", both, "embedded", axis=2)
    graph.add("Transpose", ["embedded"], "steps", perm=[1, 0, 2])
    graph.add("Cast", ["lengths"], "lengths32", to=TensorProto.INT32)
    bias = student.bias.detach().numpy()
    lstm = ["steps", graph.constant("lstm_w", student.w_in.detach().numpy())]
    lstm += [graph.constant("lstm_r", student.w_rec.detach().numpy())]
    lstm += [graph.constant("lstm_b", np.concatenate([bias, np.zeros_like(bias)], 1)), "lengths32"]
    graph.add("LSTM", lstm, "states", direction="bidirectional", hidden_size=student.sizes.hidden)  # [L, 2, B, H]
    graph.add("Transpose", ["states"], "by_row", perm=[2, 0, 1, 3])  # [B, L, 2, H]
    graph.add("Reshape", ["by_row", graph.constant("joined", np.array([0, 0, -1], np.int64))], "joined_states")
    graph.add("Unsqueeze", ["weights", graph.constant("middle", np.array([1], np.int64))], "weight_row")
    graph.add("MatMul", ["weight_row", "joined_states"], "pooled_row")
    graph.add("Squeeze", ["pooled_row", "middle"], "pooled")
    proj = [graph.constant("proj_w", student.proj.weight.detach().numpy())]
    proj += [graph.constant("proj_b", student.proj.bias.detach().numpy())]
    graph.add("Gemm", ["pooled", *proj], "projected", transB=1)
    graph.add("ReduceL2", ["projected"], "norm", axes=[1], keepdims=1)
    graph.add("Max", ["norm", graph.constant("least", np.array(1e-12, np.float32))], "safe_norm")
    graph.add("Div", ["projected", "safe_norm"], "embedding")

    integer, real = TensorProto.INT64, TensorProto.FLOAT
    inputs = [helper.make_tensor_value_info(name, integer, ["B", "L"]) for name in ("char_ids", "word_ids")]
    inputs += [helper.make_tensor_value_info("weights", real, ["B", "L"])]
    inputs += [helper.make_tensor_value_info("lengths", integer, ["B"])]
    output = helper.make_tensor_value_info("embedding", real, ["B", student.sizes.dims])
    body = helper.make_graph(graph.nodes, "student", inputs, [output], graph.constants)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="ltd-index distill")
    model.ir_version = 8
    onnx.checker.check_model(model, full_check=True)
    return model


def run_onnx(path, data, rows, batch=32, threads=1):
    """The vectors of these rows by ONNX Runtime, in batches of mixed length, padded."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    out = []
    for start in range(0, len(rows), batch):
        part = rows[start : start + batch]
        lengths = data.lengths[part]
        char_ids, word_ids = (np.zeros((len(part), lengths.max()), np.int64) for _ in range(2))
        weights = np.zeros(char_ids.shape, np.float32)
        for at, row in enumerate(part):
            span = slice(data.offsets[row], data.offsets[row + 1])
            char_ids[at, : lengths[at]] = data.chars[span]
            word_ids[at, : lengths[at]] = data.words[span]
            weights[at, : lengths[at]] = data.weights[span]
        feed = {"char_ids": char_ids, "word_ids": word_ids, "weights": weights, "lengths": lengths}
        out.append(session.run(None, feed)[0])
    return np.concatenate(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--checkpoint", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path, help="folder for student.onnx and reference.npy")
    parser.add_argument("--weights", choices=("average", "model"), default="average", help="default: average")
    parser.add_argument("--float32", action="store_true", help="tables in float32, not int8")
    parser.add_argument("--reference", help="inputs folder whose first 1,000 rows that are not empty are compared")
    args = parser.parse_args()

    student = load_student(args.checkpoint, args.weights)
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / "student.onnx"
    onnx.save(build(student, not args.float32), path)
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")
    if args.reference:
        data = Data([args.reference])
        rows = np.flatnonzero(data.lengths)[:REFERENCE_ROWS]
        vectors = student.embed(data, rows).numpy()
        np.save(args.out / "reference.npy", vectors)
        np.save(args.out / "reference.rows.npy", rows)
        for batch in (1, 32):
            cosine = (vectors * run_onnx(path, data, rows, batch)).sum(1, dtype=np.float64)
            print(f"PyTorch and ONNX Runtime, batch {batch}: cosine {cosine.mean():.7f}, at worst {cosine.min():.7f}")


if __name__ == "__main__":
    main()
