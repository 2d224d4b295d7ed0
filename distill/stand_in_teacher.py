"""Makes a teacher for tests: an ONNX encoder with random weights and a tokenizer that knows single characters.

    python distill/stand_in_teacher.py --texts sentences.txt --out teacher

Its sentence vector is the mean of random vectors of the characters, turned by a random matrix: similar for sentences
that share characters, and so something that a student can learn in seconds.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors


def make_tokenizer(characters):
    """One token a character, [CLS] and [SEP] around them."""
    vocabulary = {token: at for at, token in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *characters])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    )
    return tokenizer


def make_graph(tokens, dims, seed):
    """input_ids, attention_mask int64 [B, L] -> last hidden states [B, L, D], the first of them the sentence's."""
    random = np.random.default_rng(seed)
    weights = {
        "table": random.standard_normal((tokens, dims)).astype(np.float32),
        "turn": random.standard_normal((dims, dims)).astype(np.float32) / np.float32(dims**0.5),
        "last": np.array([2], np.int64),
    }
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
        helper.make_node("Mul", ["rows", "column"], ["kept"]),
        helper.make_node("ReduceMean", ["kept"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("MatMul", ["mean", "turn"], ["turned"]),
        helper.make_node("Shape", ["rows"], ["shape"]),
        helper.make_node("Expand", ["turned", "shape"], ["last_hidden_state"]),
    ]
    ids = [helper.make_tensor_value_info(name, TensorProto.INT64, ["B", "L"]) for name in ("input_ids", "attention_mask")]
    out = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["B", "L", dims])
    constants = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "stand-in", ids, [out], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model, full_check=True)
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--texts", required=True, type=Path, help="texts whose characters it knows, one a line")
    parser.add_argument("--out", required=True, type=Path, help="folder for model.onnx and tokenizer.json")
    parser.add_argument("--dims", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    characters = sorted(set(args.texts.read_text(encoding="utf-8")) - {"\n"})
    tokenizer = make_tokenizer(characters)
    tokenizer.save(str(args.out / "tokenizer.json"))
    onnx.save(make_graph(tokenizer.get_vocab_size(), args.dims, args.seed), args.out / "model.onnx")


if __name__ == "__main__":
    main()
