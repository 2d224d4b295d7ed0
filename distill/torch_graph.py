"""Runs an ONNX encoder by PyTorch, so that its weights can be tuned; nothing but the file is needed.

It knows the operators of BERT exports, at opset 11 to 17.
"""

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper

TYPES = {TensorProto.FLOAT: torch.float32, TensorProto.INT64: torch.int64, TensorProto.BOOL: torch.bool}


def gather(data, ids, axis=0):
    """Rows of `data` along an axis; ids of any shape replace the axis."""
    if axis == 0 and data.ndim == 2:
        return F.embedding(ids, data)
    taken = data.index_select(axis, ids.flatten())
    return taken.reshape([*data.shape[:axis], *ids.shape, *data.shape[axis + 1 :]])


def slices(data, starts, ends, axes=None, steps=None):
    """The ONNX operator Slice with positive steps."""
    axes = range(len(starts)) if axes is None else axes.tolist()
    steps = [1] * len(starts) if steps is None else steps.tolist()
    where = [slice(None)] * data.ndim
    for axis, start, end, step in zip(axes, starts.tolist(), ends.tolist(), steps):
        where[axis] = slice(start, end, step)
    return data[tuple(where)]


def reshape(data, shape):
    """The ONNX operator Reshape: 0 keeps a length."""
    return data.reshape([data.shape[at] if length == 0 else length for at, length in enumerate(shape.tolist())])


def unsqueeze(data, axes):
    """New axes of length 1, each at its position in the result."""
    rank = data.ndim + len(axes)
    for axis in sorted(axis % rank for axis in axes):
        data = data.unsqueeze(axis)
    return data


OPERATORS = {
    "Add": lambda a, b: a + b,
    "Sub": lambda a, b: a - b,
    "Mul": lambda a, b: a * b,
    "Div": lambda a, b: a / b,
    "Pow": lambda a, b: a * a if b.numel() == 1 and b.item() == 2 else a**b,
    "Sqrt": torch.sqrt,
    "Erf": torch.erf,
    "MatMul": lambda a, b: a @ b,
    "Softmax": lambda a, axis=-1: a.softmax(axis),
    "ReduceMean": lambda a, axes, keepdims=1: a.mean(axes, keepdim=bool(keepdims)),
    "Cast": lambda a, to: a.to(TYPES[to]),
    "Shape": lambda a: torch.tensor(a.shape),
    "Expand": lambda a, shape: a.expand(torch.broadcast_shapes(a.shape, tuple(shape.tolist()))),
    "Concat": lambda *parts, axis: torch.cat(parts, axis),
    "Transpose": lambda a, perm: a.permute(*perm),
    "Unsqueeze": lambda a, tensor=None, axes=None: unsqueeze(a, axes or tensor.tolist()),
    "Gather": gather,
    "Slice": slices,
    "Reshape": reshape,
}


class TorchGraph(torch.nn.Module):
    """An ONNX graph as a module. Its float weights are parameters; tables that are looked up in stay as they are."""

    def __init__(self, path):
        super().__init__()
        graph = onnx.load(path).graph
        self.output = graph.output[0].name
        constants = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
        self.nodes = []
        for node in graph.node:
            attributes = {item.name: helper.get_attribute_value(item) for item in node.attribute}
            if node.op_type == "Constant":
                constants[node.output[0]] = numpy_helper.to_array(attributes["value"])
            elif node.op_type in OPERATORS:
                self.nodes.append((OPERATORS[node.op_type], node.input, node.output[0], attributes))
            else:
                raise SystemExit(f"{path} has the operator {node.op_type}, which cannot be tuned here")
        tables = {node.input[0] for node in graph.node if node.op_type == "Gather"}
        weights = {item.name for item in graph.initializer} - tables
        self.places, self.weights = {}, torch.nn.ParameterList()
        self.constants = {}
        for name, value in constants.items():
            tensor = torch.from_numpy(np.array(value))
            if name in weights and tensor.is_floating_point():
                self.places[name] = len(self.weights)
                self.weights.append(torch.nn.Parameter(tensor))
            else:
                self.constants[name] = tensor

    def forward(self, feed):
        """The inputs by name -> the graph's first output."""
        found = self.constants | {name: self.weights[at] for name, at in self.places.items()} | feed
        for operator, inputs, output, attributes in self.nodes:
            found[output] = operator(*(found[name] for name in inputs if name), **attributes)
        return found[self.output]
