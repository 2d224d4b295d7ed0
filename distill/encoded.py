"""Texts to the student's input, by the product's own code: there is one definition of it, and it is in TypeScript."""

import shlex
import subprocess
from pathlib import Path

from inputs import Data

COMMAND = "npx --no-install ltd-index"


def add_options(parser):
    """The options that say how texts are encoded."""
    parser.add_argument("--tables", required=True, help="tables folder that the student was trained with")
    parser.add_argument("--ltd-index", default=COMMAND, metavar="COMMAND", help=f'how to run it (default "{COMMAND}")')


def encode(texts, folder, args):
    """The `Data` of these texts, row i of it is texts[i]; what is passed between the two languages lies in `folder`."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "texts.txt"
    path.write_text("".join(" ".join(text.splitlines()) + "\n" for text in texts), encoding="utf-8")
    verb = ["distill-data", "inputs", "--tables", args.tables, "--texts", str(path), "--out", str(folder)]
    done = subprocess.run([*shlex.split(args.ltd_index), *verb], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{args.ltd_index} {' '.join(verb)} ended with {done.returncode}:\n{done.stderr}")
    data = Data([folder])
    if len(data) != len(texts):
        raise SystemExit(f"{folder} has {len(data)} rows for {len(texts)} texts")
    return data
