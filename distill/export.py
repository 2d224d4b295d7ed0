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

OPSET = 21
MICROSOFT = {"domain": "com.microsoft"}
GATES_OPEN = 40  # far beyond what a sigmoid or tanh of float32 tells from 1
PINS = 2  # the least and the most
REFERENCE_ROWS = 1000


def load_student(paths, weights):
    """The student of a checkpoint, or the mean of several of one run; `weights` is "model" or "average"."""
    states = [torch.load(path, map_location="cpu") for path in ([paths] if isinstance(paths, (str, Path)) else paths)]
    student = Student(Sizes(**states[0]["sizes"]))
    mean = {name: sum(state[weights][name] for state in states) / len(states) for name in states[0][weights]}
    student.load_state_dict(mean)
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
    graph.add("BitwiseAnd", [f"{name}_packed", graph.constant(f"{name}_15", np.uint8(15))], f"{name}_low")
    shift = [f"{name}_packed", graph.constant(f"{name}_4", np.uint8(4))]
    graph.add("BitShift", shift, f"{name}_high", direction="RIGHT")
    graph.add("Concat", [f"{name}_low", f"{name}_high"], f"{name}_nibbles", axis=2)
    graph.add("Cast", [f"{name}_nibbles"], f"{name}_shifted", to=TensorProto.FLOAT)
    graph.add("Sub", [f"{name}_shifted", graph.constant(f"{name}_8", np.float32(8))], f"{name}_whole")
    graph.add("Gather", [graph.constant(f"{name}_scale", scale.astype(np.float16)), ids], f"{name}_scale16")
    graph.add("Cast", [f"{name}_scale16"], f"{name}_scale32", to=TensorProto.FLOAT)
    return graph.add("Mul", [f"{name}_whole", f"{name}_scale32"], f"{name}_rows"), np.abs(whole * scale).max()


def float_lstm(graph, student):
    """Adds ONNX's own LSTM over the steps [L, B, I]: states [L, 2, B, H]."""
    bias = student.bias.detach().numpy()
    inputs = ["steps", graph.constant("lstm_w", student.w_in.detach().numpy())]
    inputs += [graph.constant("lstm_r", student.w_rec.detach().numpy())]
    inputs += [graph.constant("lstm_b", np.concatenate([bias, np.zeros_like(bias)], 1)), "lengths32"]
    graph.add("LSTM", inputs, "states", direction="bidirectional", hidden_size=student.sizes.hidden)


def input_pins(graph, most):
    """Adds the two inputs that pin the scale of all others, [B, L, 2]; `most` is the largest magnitude of these."""
    graph.add("Shape", ["char_ids"], "texts_chars")
    graph.add("Concat", ["texts_chars", graph.constant("two", np.array([2], np.int64))], "pins_shape", axis=0)
    return graph.add("Expand", [graph.constant("range", np.array([-most, most], np.float32)), "pins_shape"], "pins")


def int8_lstm(graph, student):
    """The same in integers, over steps that end with pins, with two units that pin the states: first, and last backwards."""
    hidden, width = student.sizes.hidden, student.sizes.inputs
    units = hidden + PINS
    w_in, w_rec = np.zeros((2, 4, units, width + PINS), np.float32), np.zeros((2, 4, units, units), np.float32)
    bias = np.zeros((2, 8, units), np.float32)  # ONNX has a second bias, which stays zero
    for direction, (own, pins) in enumerate(((slice(PINS, None), (0, 1)), (slice(hidden), (hidden, hidden + 1)))):
        w_in[direction, :, own, :width] = student.w_in[direction].detach().numpy().reshape(4, hidden, width)
        w_rec[direction, :, own, own] = student.w_rec[direction].detach().numpy().reshape(4, hidden, hidden)
        bias[direction, :4, own] = student.bias[direction].detach().numpy().reshape(4, hidden)
        bias[direction, :4, pins] = GATES_OPEN
        bias[direction, 3, pins[1]] = -GATES_OPEN

    whole_in, scale_in = seven_bits(w_in.reshape(2, 4 * units, width + PINS))
    whole_rec, scale_rec = seven_bits(w_rec.reshape(2, 4 * units, units))
    inputs = ["steps", graph.constant("lstm_w", whole_in), graph.constant("lstm_r", whole_rec)]
    inputs += [graph.constant("lstm_b", bias.reshape(2, 8 * units)), "lengths32", "", "", ""]
    for name, scale in (("w", scale_in), ("r", scale_rec)):
        inputs.append(graph.constant(f"lstm_{name}_scale", scale))
        inputs.append(graph.constant(f"lstm_{name}_zero", np.zeros(scale.shape, np.int8)))
    graph.add("DynamicQuantizeLSTM", inputs, "states", direction="bidirectional", hidden_size=units, **MICROSOFT)


def weighted_sum(graph, rows, start, columns):
    """Adds the sum over the characters of weight times row, [B, 1, columns], of the columns from `start` on."""
    total = graph.add("MatMul", ["weight_row", rows], f"{rows}_sum")
    bounds = (("from", start), ("to", start + columns), ("axis", 2))
    inputs = [total, *(graph.constant(f"{rows}_{name}", np.array([at])) for name, at in bounds)]
    return graph.add("Slice", inputs, f"{rows}_kept")


def int8_product(graph, name, weights, x, signed):
    """Adds x [B, K] times weights [N, K] in integers; a row of x becomes 8 bits with a scale of its own."""
    whole, scale = seven_bits(weights)
    axis = graph.constant(f"{name}_axis", np.array([1]))
    magnitudes = graph.add("Abs", [x], f"{name}_abs") if signed else x
    graph.add("ReduceMax", [magnitudes, axis], f"{name}_peak", keepdims=0)
    graph.add("Max", [f"{name}_peak", graph.constant(f"{name}_least", np.float32(1e-12))], f"{name}_safe")
    levels = graph.constant(f"{name}_levels", np.float32(1 / (127 if signed else 255)))
    graph.add("Mul", [f"{name}_safe", levels], f"{name}_step")
    kind = TensorProto.INT8 if signed else TensorProto.UINT8
    whole_x = graph.add("QuantizeLinear", [x, f"{name}_step"], f"{name}_whole", axis=0, output_dtype=kind)
    zero = graph.constant(f"{name}_zero", np.uint8(128 if signed else 0))
    if signed:  # unsigned numbers are multiplied faster: the highest bit turned over adds 128
        graph.add("Cast", [whole_x], f"{name}_bits", to=TensorProto.UINT8)
        whole_x = graph.add("BitwiseXor", [f"{name}_bits", zero], f"{name}_bytes")
    factors = [whole_x, graph.constant(f"{name}_w", whole), graph.constant(f"{name}_1", np.float32(1))]
    factors += [graph.constant(f"{name}_scale", scale), zero]
    graph.add("MatMulIntegerToFloat", factors, f"{name}_steps", **MICROSOFT)
    graph.add("Unsqueeze", [f"{name}_step", axis], f"{name}_row_scale")
    return graph.add("Mul", [f"{name}_steps", f"{name}_row_scale"], f"{name}_product")


def float_product(graph, name, weights, x, signed):
    """The same in float32, whatever the sign."""
    return graph.add("MatMul", [x, graph.constant(f"{name}_w", weights.T)], f"{name}_product")


def build(student, int8):
    """The ONNX model."""
    graph = Graph()
    bits = student.sizes.table_bits if int8 else 32
    if not int8:  # the values that the small package has, in floats
        for table in (student.char_table, student.word_table):
            table.data = as_shipped(table.data, student.sizes.table_bits)
    rows, most = zip(lookup(graph, "char", student.char_table, bits), lookup(graph, "word", student.word_table, bits))
    pins = [input_pins(graph, max(most))] if int8 else []
    graph.add("Concat", [*rows, *pins], "embedded", axis=2)  # [B, L, I]
    graph.add("Transpose", ["embedded"], "steps", perm=[1, 0, 2])
    graph.add("Cast", ["lengths"], "lengths32", to=TensorProto.INT32)
    (int8_lstm if int8 else float_lstm)(graph, student)
    graph.add("Transpose", ["states"], "by_row", perm=[2, 0, 1, 3])  # [B, L, 2, H]
    graph.add("Reshape", ["by_row", graph.constant("joined", np.array([0, 0, -1], np.int64))], "joined_states")
    graph.add("Unsqueeze", ["weights", graph.constant("middle", np.array([1], np.int64))], "weight_row")
    pinned = PINS if int8 else 0
    sums = [weighted_sum(graph, "joined_states", pinned, 2 * student.sizes.hidden)]
    sums += [weighted_sum(graph, "embedded", 0, student.sizes.inputs)]
    graph.add("Squeeze", [graph.add("Concat", sums, "pooled_row", axis=2), "middle"], "pooled")

    product = int8_product if int8 else float_product
    layers = (student.up, student.proj)
    weights = np.concatenate([each.weight.detach().numpy() for each in layers])
    bias = graph.constant("head_b", np.concatenate([each.bias.detach().numpy() for each in layers]))
    graph.add("Add", [product(graph, "head", weights, "pooled", True), bias], "head")
    sizes = graph.constant("head_sizes", np.array([student.sizes.head, student.sizes.dims]))
    graph.nodes.append(helper.make_node("Split", ["head", sizes], ["up", "proj"], axis=1))
    graph.add("Relu", ["up"], "up_relu")
    down = product(graph, "down", student.down.weight.detach().numpy(), "up_relu", False)
    graph.add("Add", ["proj", down], "projected")
    graph.add("LpNormalization", ["projected"], "embedding", axis=1, p=2)

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
    model.ir_version = 10
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
    parser.add_argument("--checkpoint", required=True, type=Path, nargs="+", help="several of one run: their mean")
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
