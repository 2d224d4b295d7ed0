"""Writes a teacher in integers, as most people would deploy it: weights int8, activations quantised as they come.

    python distill/quantize_teacher.py --teacher DIR --out data/teacher-int8

OUT gets `model.onnx` and `tokenizer.json`: a rival for `npm run bench:speed -- --teacher-int8`.
"""

import argparse
import logging
import shutil
from pathlib import Path

from onnxruntime.quantization import QuantType, quantize_dynamic


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--teacher", required=True, type=Path, help="folder with model.onnx and tokenizer.json")
    parser.add_argument("--out", required=True, type=Path)
    args = parser.parse_args()

    logging.getLogger().setLevel(logging.ERROR)  # it advises a preparation that changes nothing here
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / "model.onnx"
    quantize_dynamic(args.teacher / "model.onnx", path, weight_type=QuantType.QInt8)
    shutil.copy(args.teacher / "tokenizer.json", args.out / "tokenizer.json")
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
