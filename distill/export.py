"""Turns a checkpoint into the ONNX file that the package ships, and writes vectors to compare other runtimes with.

    python distill/export.py --checkpoint data/run/checkpoint.pt --out data/model --reference data/inputs

Inputs: char_ids, word_ids int64 [B, L], weights float32 [B, L] (sum 1 in a row, 0 on padding), lengths int64 [B].
Output: embedding float32 [B, D], rows of unit length. Padding does not change a vector, because the LSTM knows the
lengths and padding weighs nothing.

Embedding tables are stored as they were trained, two 4-bit numbers a byte. The matrices are int8 with one scale a
column and are multiplied in integers (--float32 stores floats and multiplies in float32).

The LSTM is ONNX Runtime's DynamicQuantizeLSTM. It takes the scale of its inputs, and of the hidden states at each step,
from the smallest and the largest number of the whole batch, so that a text's vector would depend on its neighbours. Here
it does not, as every text has the extremes: two inputs that weigh nothing span the range of the tables, and two hidden
units whose biases hold all gates open are tanh(t) and -tanh(t) at step t, which no other state can exceed. The scales are
therefore the same for every batch, and integers add up exactly.

Matrices have 7 bits, so that sums of two products fit into the 16 bits that processors without VNNI add them up in.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import TensorProto, helper, numpy_helper

from inputs import Data
from student import Sizes, Student, as_shipped, rounded

OPSET = 17
GATES_OPEN = 40  # far beyond what a sigmoid or tanh of float32 tells from 1
REFERENCE_ROWS = 1000


def load_student(path, weights):
    """The student of a checkpoint; `weights` is "model" or "average"."""
    state = torch.load(path, map_location="cpu")
    student = Student(Sizes(**state["sizes"]))
    student.load_state_dict(state[weights])
    return student.eval()


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


def seven_bits(matrix):
    """float [..., N, K] -> int8 [..., K, N] and a scale for each of the N columns [..., N]."""
    scale = np.maximum(np.abs(matrix).max(-1), 1e-12).astype(np.float32) / np.float32(63)
    whole = np.clip(np.rint(matrix / scale[..., None]), -63, 63).astype(np.int8)
    return np.ascontiguousarray(whole.swapaxes(-1, -2)), scale


def lookup(graph, name, table, bits):
    """Adds the rows of a table for its ids, float32 [B, L, W]; returns their name and the largest magnitude."""
    ids = f"{name}_ids"
    if bits != 4:
        rows = as_shipped(table.detach(), bits).numpy()
        return graph.add("Gather", [graph.constant(f"{name}_table", rows), ids], f"{name}_rows"), np.abs(rows).max()
    whole, scale = (part.numpy() for part in rounded(table.detach(), bits))
    nibbles = (whole + 8).astype(np.uint8)
    half = nibbles.shape[1] // 2
    packed = nibbles[:, :half] | nibbles[:, half:] << 4  # column i and column i + W / 2 share a byte
    graph.add("Gather", [graph.constant(f"{name}_table", packed), ids], f"{name}_packed")
    graph.add("Gather", [graph.constant(f"{name}_scale", scale.astype(np.float16)), ids], f"{name}_scale16")
    graph.add("Cast", [f"{name}_scale16"], f"{name}_scale32", to=TensorProto.FLOAT)
    graph.add("Cast", [f"{name}_packed"], f"{name}_bytes", to=TensorProto.FLOAT)
    graph.add("Mul", [f"{name}_bytes", graph.constant(f"{name}_16th", np.float32(1 / 16))], f"{name}_sixteenths")
    graph.add("Floor", [f"{name}_sixteenths"], f"{name}_high")
    graph.add("Mul", [f"{name}_high", graph.constant(f"{name}_16", np.float32(16))], f"{name}_shifted")
    graph.add("Sub", [f"{name}_bytes", f"{name}_shifted"], f"{name}_low")
    graph.add("Concat", [f"{name}_low", f"{name}_high"], f"{name}_nibbles", axis=2)
    graph.add("Sub", [f"{name}_nibbles", graph.constant(f"{name}_8", np.float32(8))], f"{name}_whole")
    return graph.add("Mul", [f"{name}_whole", f"{name}_scale32"], f"{name}_rows"), np.abs(whole * scale).max()


def float_lstm(graph, student):
    """Adds ONNX's own LSTM over the embedded characters; returns the name of its states [L, 2, B, H]."""
    graph.add("Transpose", ["embedded"], "steps", perm=[1, 0, 2])
    bias = student.bias.detach().numpy()
    inputs = ["steps", graph.constant("lstm_w", student.w_in.detach().numpy())]
    inputs += [graph.constant("lstm_r", student.w_rec.detach().numpy())]
    inputs += [graph.constant("lstm_b", np.concatenate([bias, np.zeros_like(bias)], 1)), "lengths32"]
    return graph.add("LSTM", inputs, "states", direction="bidirectional", hidden_size=student.sizes.hidden)


def int8_lstm(graph, student, most):
    """The same in integers; `most` is the largest magnitude of an input. Adds two inputs and two units that pin the scales."""
    hidden, width = student.sizes.hidden, student.sizes.inputs
    units = hidden + 2
    w_in, w_rec = np.zeros((2, 4, units, width + 2), np.float32), np.zeros((2, 4, units, units), np.float32)
    bias = np.zeros((2, 8, units), np.float32)  # ONNX has a second bias, which stays zero
    w_in[:, :, :hidden, :width] = student.w_in.detach().numpy().reshape(2, 4, hidden, width)
    w_rec[:, :, :hidden, :hidden] = student.w_rec.detach().numpy().reshape(2, 4, hidden, hidden)
    bias[:, :4, :hidden] = student.bias.detach().numpy().reshape(2, 4, hidden)
    bias[:, :4, hidden:] = GATES_OPEN
    bias[:, 3, hidden + 1] = -GATES_OPEN

    graph.add("Shape", ["char_ids"], "texts_chars")
    graph.add("Concat", ["texts_chars", graph.constant("two", np.array([2], np.int64))], "pins_shape", axis=0)
    graph.add("Expand", [graph.constant("range", np.array([-most, most], np.float32)), "pins_shape"], "pins")
    graph.add("Concat", ["char_rows", "word_rows", "pins"], "pinned", axis=2)
    graph.add("Transpose", ["pinned"], "steps", perm=[1, 0, 2])
    whole_in, scale_in = seven_bits(w_in.reshape(2, 4 * units, width + 2))
    whole_rec, scale_rec = seven_bits(w_rec.reshape(2, 4 * units, units))
    inputs = ["steps", graph.constant("lstm_w", whole_in), graph.constant("lstm_r", whole_rec)]
    inputs += [graph.constant("lstm_b", bias.reshape(2, 8 * units)), "lengths32", "", "", ""]
    for name, scale in (("w", scale_in), ("r", scale_rec)):
        inputs.append(graph.constant(f"lstm_{name}_scale", scale))
        inputs.append(graph.constant(f"lstm_{name}_zero", np.zeros(scale.shape, np.int8)))
    how = {"direction": "bidirectional", "hidden_size": units, "domain": "com.microsoft"}
    graph.add("DynamicQuantizeLSTM", inputs, "all_states", **how)
    slices = [graph.constant(name, np.array([at], np.int64)) for name, at in (("from", 0), ("to", hidden), ("axis", 3))]
    return graph.add("Slice", ["all_states", *slices], "states")


def int8_linear(graph, name, layer, x):
    """Adds x [B, K] -> [B, N]: x becomes 8 bits with a scale of its own for each row, the product is one of integers."""
    whole, scale = seven_bits(layer.weight.detach().numpy())
    graph.add("Abs", [x], f"{name}_abs")
    graph.add("ReduceMax", [f"{name}_abs"], f"{name}_peak", axes=[1], keepdims=1)
    graph.add("Max", [f"{name}_peak", graph.constant(f"{name}_least", np.float32(1e-12))], f"{name}_safe")
    graph.add("Div", [f"{name}_safe", graph.constant(f"{name}_127", np.float32(127))], f"{name}_step")
    graph.add("Div", [x, f"{name}_step"], f"{name}_steps")
    graph.add("Round", [f"{name}_steps"], f"{name}_rounded")
    graph.add("Add", [f"{name}_rounded", graph.constant(f"{name}_128", np.float32(128))], f"{name}_shifted")
    graph.add("Cast", [f"{name}_shifted"], f"{name}_bytes", to=TensorProto.UINT8)
    zero = graph.constant(f"{name}_zero", np.array(128, np.uint8))
    graph.add("MatMulInteger", [f"{name}_bytes", graph.constant(f"{name}_w", whole), zero], f"{name}_sum")
    graph.add("Cast", [f"{name}_sum"], f"{name}_float", to=TensorProto.FLOAT)
    graph.add("Mul", [f"{name}_float", f"{name}_step"], f"{name}_row_scaled")
    out = graph.add("Mul", [f"{name}_row_scaled", graph.constant(f"{name}_scale", scale)], f"{name}_scaled")
    if layer.bias is None:
        return out
    return graph.add("Add", [out, graph.constant(f"{name}_b", layer.bias.detach().numpy())], f"{name}_out")


def float_linear(graph, name, layer, x):
    """The same in float32."""
    inputs = [x, graph.constant(f"{name}_w", layer.weight.detach().numpy())]
    if layer.bias is not None:
        inputs.append(graph.constant(f"{name}_b", layer.bias.detach().numpy()))
    return graph.add("Gemm", inputs, f"{name}_out", transB=1)


def build(student, int8):
    """The ONNX model."""
    graph = Graph()
    bits = student.sizes.table_bits if int8 else 32
    if not int8:  # the values that the small package has, in floats
        for table in (student.char_table, student.word_table):
            table.data = as_shipped(table.data, student.sizes.table_bits)
    rows, most = zip(lookup(graph, "char", student.char_table, bits), lookup(graph, "word", student.word_table, bits))
    graph.add("Concat", rows, "embedded", axis=2)  # [B, L, I]
    graph.add("Cast", ["lengths"], "lengths32", to=TensorProto.INT32)
    states = int8_lstm(graph, student, max(most)) if int8 else float_lstm(graph, student)
    graph.add("Transpose", [states], "by_row", perm=[2, 0, 1, 3])  # [B, L, 2, H]
    graph.add("Reshape", ["by_row", graph.constant("joined", np.array([0, 0, -1], np.int64))], "joined_states")
    graph.add("Unsqueeze", ["weights", graph.constant("middle", np.array([1], np.int64))], "weight_row")
    for name, each in (("pooled_states", "joined_states"), ("pooled_rows", "embedded")):
        graph.add("MatMul", ["weight_row", each], f"{name}_row")
        graph.add("Squeeze", [f"{name}_row", "middle"], name)
    pooled = graph.add("Concat", ["pooled_states", "pooled_rows"], "pooled", axis=1)
    linear = int8_linear if int8 else float_linear
    up = graph.add("Relu", [linear(graph, "up", student.up, pooled)], "up_relu")
    both = [linear(graph, "proj", student.proj, pooled), linear(graph, "down", student.down, up)]
    graph.add("Add", both, "projected")
    graph.add("ReduceL2", ["projected"], "norm", axes=[1], keepdims=1)
    graph.add("Max", ["norm", graph.constant("least", np.array(1e-12, np.float32))], "safe_norm")
    graph.add("Div", ["projected", "safe_norm"], "embedding")

    integer, real = TensorProto.INT64, TensorProto.FLOAT
    inputs = [helper.make_tensor_value_info(name, integer, ["B", "L"]) for name in ("char_ids", "word_ids")]
    inputs += [helper.make_tensor_value_info("weights", real, ["B", "L"])]
    inputs += [helper.make_tensor_value_info("lengths", integer, ["B"])]
    output = helper.make_tensor_value_info("embedding", real, ["B", student.sizes.dims])
    body = helper.make_graph(graph.nodes, "student", inputs, [output], graph.constants)
    model = helper.make_model(
        body,
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)],
        producer_name="ltd-index distill",
    )
    model.ir_version = 8
    onnx.checker.check_model(model)
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
    parser.add_argument("--float32", action="store_true", help="store floats and compute in float32")
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
