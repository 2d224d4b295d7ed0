"""Writes the pieces of Latin words and numbers that a teacher's vocabulary has, one a line, those within a word with ##.

    python distill/pieces.py --teacher DIR --out data/pieces.txt

They are candidates for `ltd-index distill-data tables --pieces`: what the teacher tells apart, the student can learn to.
"""

import argparse
import json
import re
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--teacher", required=True, type=Path, help="folder with tokenizer.json")
    parser.add_argument("--out", required=True, type=Path)
    args = parser.parse_args()

    vocabulary = json.loads((args.teacher / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    pieces = sorted(piece for piece in vocabulary if re.fullmatch("(##)?([a-z]+|[0-9]+)", piece))
    args.out.write_text("".join(f"{piece}\n" for piece in pieces), encoding="utf-8")
    print(f"{len(pieces)} pieces in {args.out}")


if __name__ == "__main__":
    main()
