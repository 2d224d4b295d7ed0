"""Trains the student to give the teacher's vectors.

    python distill/train.py --data data/inputs:data/sentences.teacher.npy --tables data/tables --out data/run \\
        --init-chars data/chars.teacher.npy --init-words data/words.teacher.npy --minutes 240

Loss: 1 - cosine + 10 x mean squared difference of the two similarity matrices inside the batch + 0.1 x KL of their softmaxed rows. Adam, a short warm-up,
then a cosine schedule over the budget, which is either --epochs or --minutes of training time, whichever ends first.

A checkpoint (OUT/checkpoint.pt) is written every few minutes, whole or not at all; --resume goes on behind it, with the
clock kept and with the same batches as a run that was never stopped.
"""

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch

from inputs import Data, read_tables, topics_of
from run import Run
from student import Sizes


def options():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("--data", action="append", required=True, metavar="INPUTS_DIR:TEACHER_NPY", help="training pairs; repeatable")
    add("--tables", required=True, help="tables folder with tables.json")
    add("--out", required=True, type=Path, help="folder for checkpoint.pt and train.log")
    add("--resume", action="store_true", help="go on behind OUT/checkpoint.pt, if there is one")
    add("--init-chars", help="teacher vectors of chars.txt, .npy")
    add("--init-words", help="teacher vectors of the words with an embedding, .npy")
    add("--start", help="checkpoint of another student to start from, in place of the two above")
    add("--start-tables", help="the tables folder of that student (default: that of --tables)")
    add("--char-width", type=int, default=256)
    add("--word-width", type=int, default=128)
    add("--hidden", type=int, default=256, help="hidden size of each direction (default 256)")
    add("--head", type=int, default=1024, help="width of the ReLU network behind the pooling (default 1024)")
    add("--table-bits", type=int, default=4, help="bits of a number in the embedding tables, 32 for float (default 4)")
    add("--epochs", type=float, default=math.inf, help="budget: passes over the data")
    add("--minutes", type=float, default=math.inf, help="budget: minutes of training, over all resumed runs")
    add("--batch", type=int, default=256)
    add("--lr", type=float, default=2e-3)
    add("--relation", type=float, default=10.0, help="weight of the relation loss (default 10)")
    add("--neighbours", type=float, default=0.1, help="weight of the neighbour loss (default 0.1)")
    add("--temperature", type=float, default=0.05, help="of the softmax of the neighbour loss (default 0.05)")
    add("--topics", type=int, default=0, help="every second batch has texts of a few of this number of topics (default 0: none)")
    add("--dropout", type=float, default=0.05, help="on embedded characters (default 0.05)")
    add("--noise", type=float, default=0.0, help="share of characters replaced by 'unknown' (default 0)")
    add("--clip", type=float, default=1.0, help="largest norm of the gradient (default 1)")
    add("--average", type=float, default=0.999, help="decay of the averaged weights, 0 for none (default 0.999)")
    add(
        "--validation",
        type=int,
        default=2000,
        help="last rows of the first --data, not trained on, a tenth at most (default 2000)",
    )
    add("--save-minutes", type=float, default=5.0, help="minutes between two checkpoints (default 5)")
    add("--log-steps", type=int, default=200, help="steps between two log lines (default 200)")
    add("--threads", type=int, default=1)
    add("--seed", type=int, default=0)
    add("--device", choices=("auto", "cpu", "cuda"), default="auto")
    add("--float32", action="store_true", help="PyTorch's float32 LSTM even where the CPU has AVX-512 bf16")
    args = parser.parse_args()
    args.start_tables = args.start_tables or args.tables
    if math.isinf(args.epochs) and math.isinf(args.minutes):
        parser.error("give --epochs or --minutes")
    return args


def main():
    args = options()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    name = args.device if args.device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    args.out.mkdir(parents=True, exist_ok=True)
    checkpoint = args.out / "checkpoint.pt"
    log = open(args.out / "train.log", "a", encoding="utf-8")

    def say(line):
        print(line, flush=True)
        print(line, file=log, flush=True)

    folders, targets = zip(*(pair.split(":") for pair in args.data))
    data = Data(folders, targets)
    tables = read_tables(args.tables)
    dims = data.vectors[0].shape[1]
    widths = (args.char_width, args.word_width, args.hidden)
    sizes = Sizes(tables["chars"], tables["words"], *widths, dims, args.head, args.table_bits)
    run = Run(args, sizes, torch.device(name))
    if args.resume and checkpoint.exists():
        run.load(checkpoint)
        say(f"goes on at step {run.step}, {run.seconds / 60:.1f} minutes")
    held = np.arange(data.starts[1] - min(args.validation, data.starts[1] // 10), data.starts[1])
    rows = np.setdiff1d(np.arange(len(data)), held)
    least = min(args.batch // 4, len(rows))
    say(f"{len(rows)} rows, {sum(p.numel() for p in run.model.parameters())} parameters, {vars(args)}")

    def validate(fraction):
        now, average = run.validate(data, held)
        run.save(checkpoint, fraction)
        say(f"step {run.step} validation cosine {now:.4f}, of the averaged weights {average:.4f}")

    topics = topics_of(data, rows, args.topics, args.seed) if args.topics else None
    seen, found, saved = 0, [], run.seconds
    since, logged = time.monotonic(), time.monotonic()
    fraction = 0.0
    while fraction < 1:
        shuffle = np.random.default_rng([args.seed, run.epoch])
        batches = data.groups(rows, args.batch, shuffle, least, topics)
        while run.at < len(batches):
            fraction = max((run.epoch + run.at / len(batches)) / args.epochs, run.seconds / 60 / args.minutes)
            if fraction >= 1:
                break
            found.append(run.train(data, rows[batches[run.at]], fraction))
            seen += len(batches[run.at])
            run.at += 1
            now = time.monotonic()
            run.seconds, since = run.seconds + now - since, now
            if run.step % args.log_steps == 0:
                cosine, relation = np.mean(found, 0)
                speed = seen / (now - logged)
                say(
                    f"step {run.step} {fraction:.4f} epoch {run.epoch + run.at / len(batches):.2f} "
                    f"cosine {cosine:.4f} relation {relation:.5f} {speed:.0f} sentences/s"
                )
                seen, found, logged = 0, [], now
            if run.seconds - saved > args.save_minutes * 60:
                validate(fraction)
                saved = run.seconds
                logged += time.monotonic() - since
                since = time.monotonic()
        if fraction < 1:
            run.epoch, run.at = run.epoch + 1, 0
    validate(1.0)
    say(f"done: {run.step} steps, {run.seconds / 60:.1f} minutes")


if __name__ == "__main__":
    main()
