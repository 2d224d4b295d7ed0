"""Teacher vectors: one L2-normalised float16 row for every line of a text file.

    python distill/teacher.py --teacher DIR --texts data/sentences.txt --out data/sentences.teacher.npy

DIR holds `model.onnx` (inputs input_ids, attention_mask and, where the graph has it, token_type_ids; first output
[B, L, D]) and `tokenizer.json`. The vector is the last hidden state of the first token ([CLS]).

Resumable: finished chunks are marked in OUT.done, and a second run goes on behind them. A run over --part I/N does
every N-th chunk, so that several processes can share the work on one output file.
"""

import argparse
import json
import re
import time
from pathlib import Path

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer, normalizers

CHUNK = 8192  # lines between two marks in OUT.done
FULL_WIDTH = dict(zip(",?!:;()", "，？！：；（）"))
CHINESE = "\u3400-\u9fff，。、？！：；（）《》“”"
HALF_WIDTH_MARKS = re.compile(rf"(?<=[{CHINESE}])[,?!:;()]+|[,?!:;()]+(?=[{CHINESE}])")


def widened(text):
    """Half-width marks beside Chinese characters in full width: `好,吗?` -> `好，吗？`."""
    return HALF_WIDTH_MARKS.sub(lambda marks: "".join(FULL_WIDTH[mark] for mark in marks[0]), text)


def read_tokenizer(folder):
    """The tokenizer of a teacher. One that keeps capitals though its vocabulary has none would read every word with one as unknown."""
    tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    before = [tokenizer.normalizer] if tokenizer.normalizer else []
    keeps_case = not before or before[0].normalize_str("A") == "A"
    words = (word for word in tokenizer.get_vocab() if not re.fullmatch(r"\[.*\]", word))
    if keeps_case and not any(re.search("[A-Z]", word) for word in words):
        tokenizer.normalizer = normalizers.Sequence([*before, normalizers.Lowercase()])
        print(f"{folder}: no capital in its vocabulary, but its tokenizer keeps them: lower-cased here", flush=True)
    return tokenizer


class Teacher:
    """A sentence encoder in ONNX. Source: BGE, Xiao et al. 2023 ([CLS] pooling, no instruction for symmetric tasks)."""

    def __init__(self, folder, threads=1, max_tokens=64, batch=32, bfloat16=False):
        self.tokenizer = read_tokenizer(folder)
        self.tokenizer.enable_truncation(max_tokens)
        self.tokenizer.no_padding()
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        graph = str(Path(folder) / "model.onnx")
        self.session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self.inputs = {item.name for item in self.session.get_inputs()}
        self.dims = self.session.get_outputs()[0].shape[-1]
        self.batch = batch
        self.bert = None
        if bfloat16:
            import torch

            from bert import Bert

            torch.set_num_threads(threads)
            self.bert = Bert(graph)

    def encode(self, texts):
        """N texts -> their token ids."""
        return [item.ids for item in self.tokenizer.encode_batch(texts)]

    def feed(self, encoded):
        """Token ids of B texts -> the graph's inputs, padded to the longest, int64 [B, L]."""
        ids = np.zeros((len(encoded), max(map(len, encoded))), np.int64)
        mask = np.zeros_like(ids)
        for at, row in enumerate(encoded):
            ids[at, : len(row)] = row
            mask[at, : len(row)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        return {name: feed[name] for name in self.inputs}

    def embed(self, texts):
        """N texts -> float16 [N, D], rows of unit length. Sorted by length inside, so that little is padded."""
        encoded = self.encode(texts)
        if self.bert:
            return self.bert.embed(encoded)
        order = np.argsort([len(ids) for ids in encoded], kind="stable")
        out = np.zeros((len(texts), self.dims), np.float16)
        for start in range(0, len(order), self.batch):
            rows = order[start : start + self.batch]
            hidden = self.session.run(None, self.feed([encoded[row] for row in rows]))[0]
            cls = hidden[:, 0].astype(np.float32)
            out[rows] = cls / np.linalg.norm(cls, axis=1, keepdims=True)
        return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--teacher", required=True, help="folder with model.onnx and tokenizer.json")
    parser.add_argument("--texts", required=True, type=Path, help="one text a line")
    parser.add_argument("--out", required=True, type=Path, help=".npy to write, float16 [N, D]")
    parser.add_argument("--threads", type=int, default=1, help="ONNX Runtime threads (default 1)")
    parser.add_argument("--batch", type=int, default=32, help="texts in a batch (default 32)")
    parser.add_argument("--max-tokens", type=int, default=64, help="longer texts are cut (default 64)")
    parser.add_argument("--full-width-marks", action="store_true", help="widen the marks that normalisation made half width")
    parser.add_argument("--bfloat16", action="store_true", help="by PyTorch in bfloat16: for CPUs with AVX-512 bf16 or AMX")
    parser.add_argument("--part", default="0/1", help="I/N: only every N-th chunk, from the I-th on (default 0/1)")
    args = parser.parse_args()

    texts = args.texts.read_text(encoding="utf-8").split("\n")[:-1]
    if args.full_width_marks:
        texts = [widened(text) for text in texts]
    teacher = Teacher(args.teacher, args.threads, args.max_tokens, args.batch, args.bfloat16)
    shape = (len(texts), teacher.dims)
    done_path = args.out.with_name(args.out.name + ".done")
    try:  # whichever part comes first makes the file
        with open(args.out, "xb"):
            pass
        np.lib.format.open_memmap(args.out, "w+", np.float16, shape).flush()
        print(f"{args.out}: {shape[0]} x {shape[1]}", flush=True)
    except FileExistsError:
        time.sleep(1)
    out = np.lib.format.open_memmap(args.out, "r+")
    if out.shape != shape:
        raise SystemExit(f"{args.out} is {out.shape}, but these texts give {shape}: remove it to start again")
    done = {json.loads(line) for line in done_path.read_text().split("\n") if line} if done_path.exists() else set()

    part, parts = map(int, args.part.split("/"))
    todo = [start for start in range(0, len(texts), CHUNK)][part::parts]
    todo = [start for start in todo if start not in done]
    started = time.time()
    for count, start in enumerate(todo, 1):
        chunk = texts[start : start + CHUNK]
        out[start : start + len(chunk)] = teacher.embed(chunk)
        out.flush()
        with open(done_path, "a") as marks:
            marks.write(f"{start}\n")
        rate = count * CHUNK / (time.time() - started)
        print(f"part {part}/{parts}: {count}/{len(todo)} chunks, {rate:.0f} texts/s", flush=True)


if __name__ == "__main__":
    main()
