"""A training run: its state, one step of it, its checkpoint, its validation."""

import math
import os

import numpy as np
import torch
import torch.nn.functional as F

from inputs import char_names, principal, word_names
from student import Student
from table import BETAS, EPSILON, Table

WARM_UP = 300  # steps
AVERAGE_EVERY = 16  # steps between two updates of the averaged weights


class Run:
    """Everything that a checkpoint holds, and one training step."""

    def __init__(self, args, sizes, device):
        self.args, self.device = args, device
        fast = device.type == "cpu" and not args.float32 and torch.cpu.get_capabilities().get("avx512_bf16", False)
        self.model = Student(sizes, fast=fast).to(device)
        tables = (self.model.char_table, self.model.word_table)
        with torch.no_grad():
            for table, path in zip(tables, (args.init_chars, args.init_words)):
                if path:
                    table[2:] = start_of(path, *table.shape).to(device)
        if args.start:
            start_from(self.model, args.start, args.start_tables, args.tables, (args.init_chars, args.init_words))
        for table in tables:
            table.requires_grad_(False)
        self.tables = [Table(table, sizes.table_bits) for table in tables]
        self.dense = [p for p in self.model.parameters() if p.requires_grad]
        self.adam = torch.optim.Adam(self.dense, betas=BETAS, eps=EPSILON, fused=True)
        self.average = {name: value.clone() for name, value in self.model.state_dict().items()}
        self.step = self.epoch = self.at = 0
        self.seconds = 0.0

    def rate(self, fraction):
        """The learning rate: warm-up, then a cosine from the full rate to a fiftieth of it."""
        warm = min(1, self.step / WARM_UP)
        return self.args.lr * warm * (0.98 * 0.5 * (1 + math.cos(math.pi * min(1, fraction))) + 0.02)

    def train(self, data, rows, fraction):
        """One step over these rows; returns cosine and relation loss."""
        self.step += 1
        rate = self.rate(fraction)
        noise = np.random.Generator(np.random.SFC64([self.args.seed, self.step]))
        chars, words, weights = (part.to(self.device) for part in data.batch(rows))
        if self.args.noise:
            lost = torch.from_numpy(noise.random(chars.shape) < self.args.noise).to(self.device)
            chars, words = chars.masked_fill(lost, 1), words.masked_fill(lost, 1)
        x = torch.cat([table.take(ids, self.step, rate) for table, ids in zip(self.tables, (chars, words))], -1)
        if self.args.dropout:
            byte = np.frombuffer(noise.bytes(x.numel()), np.uint8)
            least = round(self.args.dropout * 256)
            keep = torch.from_numpy(byte >= least).to(self.device).view(x.shape)
            x = x * keep * (256 / (256 - least))
        student, teacher = self.model(x, weights), data.target(rows).to(self.device)
        cosine = (student * teacher).sum(1).mean()
        mine, theirs = student @ student.T, teacher @ teacher.T
        relation = ((mine - theirs) ** 2).mean()
        loss = 1 - cosine + self.args.relation * relation
        if self.args.neighbours:
            loss = loss + self.args.neighbours * neighbour_loss(mine, theirs, self.args.temperature)
        loss.backward()
        grads = [p.grad for p in self.dense] + [table.leaf.grad for table in self.tables]
        norm = float(torch.nn.utils.get_total_norm(grads))
        scale = min(1.0, self.args.clip / (norm + 1e-6))
        for p in self.dense:
            p.grad.mul_(scale)
        self.adam.param_groups[0]["lr"] = rate
        self.adam.step()
        self.adam.zero_grad()
        for table in self.tables:
            table.step(self.step, rate, scale)
        if self.step % AVERAGE_EVERY == 0 and self.args.average:
            keep = min(self.args.average, (1 + self.step) / (10 + self.step)) ** AVERAGE_EVERY
            for name, value in self.model.state_dict().items():
                self.average[name].lerp_(value, 1 - keep)
        return float(cosine.detach()), float(relation.detach())

    def save(self, path, fraction):
        """Writes the checkpoint beside its place, then moves it there."""
        for table in self.tables:
            table.catch_up(torch.arange(len(table.weight), device=self.device), self.step, self.rate(fraction))
        state = {
            "sizes": vars(self.model.sizes),
            "model": self.model.state_dict(),
            "average": self.average,
            "adam": self.adam.state_dict(),
            "tables": [(table.mean, table.square, table.last) for table in self.tables],
            "clock": (self.step, self.epoch, self.at, self.seconds),
        }
        part = path.with_suffix(".part")
        torch.save(state, part)
        os.replace(part, path)

    def load(self, path):
        """Goes back to a checkpoint."""
        state = torch.load(path, map_location=self.device)
        self.model.load_state_dict(state["model"])
        self.average = state["average"]
        self.adam.load_state_dict(state["adam"])
        for table, (mean, square, last) in zip(self.tables, state["tables"]):
            table.mean, table.square, table.last = mean, square, last
        self.step, self.epoch, self.at, self.seconds = state["clock"]

    def validate(self, data, rows):
        """The mean cosine on held-out rows, of the weights and of their average."""
        teacher = data.target(rows).to(self.device)
        used = torch.from_numpy(data.lengths[rows] > 0).to(self.device)
        fast, self.model.fast = self.model.fast, False
        now = {name: value.clone() for name, value in self.model.state_dict().items()}
        found = []
        for weights in (now, self.average):
            self.model.load_state_dict(weights)
            found.append(float((self.model.embed(data, rows) * teacher).sum(1)[used].mean()))
        self.model.load_state_dict(now)
        self.model.fast = fast
        return found


def neighbour_loss(mine, theirs, temperature):
    """How far the student's order of neighbours inside a batch is from the teacher's: KL of the softmaxed similarities [B, B]."""
    itself = torch.eye(len(mine), dtype=torch.bool, device=mine.device)
    mine, theirs = ((each / temperature).masked_fill(itself, -1e4) for each in (mine, theirs))
    return F.kl_div(F.log_softmax(mine, 1), F.log_softmax(theirs, 1), reduction="batchmean", log_target=True)


def start_from(model, path, old_tables, tables, vectors=(None, None)):
    """Starts with the averaged weights of another student: table rows by character and word, what else has its shape.

    Rows that it lacks are taken from the teacher's `vectors`, if they are given, by the linear map that fits those it has.
    Columns that the projection has beyond the other's, and the way out of a head that the other lacks, become zero.
    """
    old, new = torch.load(path, map_location="cpu")["average"], model.state_dict()
    for name, names, given in zip(("char_table", "word_table"), (char_names, word_names), vectors):
        rows = {each: at + 2 for at, each in enumerate(names(old_tables))}
        pairs = [(at + 2, rows[each]) for at, each in enumerate(names(tables)) if each in rows]
        to, source = torch.tensor([*pairs, (0, 0), (1, 1)]).T
        new[name][to] = old[name][source]
        if given:
            known = np.array([at for at, _ in pairs])
            new[name][2:] = torch.where(*mapped(np.load(given), new[name][2:], known - 2))
    new["proj.weight"].zero_()[:, : old["proj.weight"].shape[1]] = old["proj.weight"]
    new["down.weight"].zero_()
    for name in new.keys() & old.keys():
        if new[name].shape == old[name].shape and not name.endswith("_table"):
            new[name].copy_(old[name])


def mapped(vectors, rows, known):
    """Which rows are `known`, those, and for all others what the linear map gives that fits the known ones best (ridge)."""
    wide = np.concatenate([np.asarray(vectors[: len(rows)], np.float64), np.ones((len(rows), 1))], 1)
    own, target = wide[known], rows.numpy()[known].astype(np.float64)
    gram = own.T @ own + 1e-3 * len(own) / own.shape[1] * np.eye(own.shape[1])
    found = wide @ np.linalg.solve(gram, own.T @ target)
    is_known = torch.zeros(len(rows), 1, dtype=torch.bool)
    is_known[known] = True
    return is_known, rows, torch.from_numpy(found.astype(np.float32))


def start_of(path, ids, width):
    """The first rows of a table, from the teacher's vectors of what the ids 2, 3, ... stand for."""
    vectors = np.load(path)
    if len(vectors) < ids - 2:
        raise SystemExit(
            f"{path} has {len(vectors)} rows, the tables want {ids - 2}: embed the list that belongs to them"
        )
    return principal(vectors[: ids - 2], width)
