"""Tunes an encoder and a task's head together on labelled rows, and keeps the best epoch."""

import copy
import math

import numpy as np
import torch

from table import BETAS, EPSILON, Table

BAND = 16  # batches that are sorted by length together


class StudentEncoder:
    """A student with the optimizer of all its weights, over the texts of a `Data`."""

    group = 512  # rows of one length that go through the student at once

    def __init__(self, student, data, dropout=0.0, seed=0):
        self.student, self.data, self.dropout = student, data, dropout
        self.cropped = copy.copy(data)
        self.cropped.lengths = self.lengths = cropped(data.lengths)
        self.random = np.random.Generator(np.random.SFC64(seed))
        tables = (student.char_table, student.word_table)
        for table in tables:
            table.requires_grad_(False)
        self.tables = [Table(table, student.sizes.table_bits) for table in tables]
        self.dense = [p for p in student.parameters() if p.requires_grad]
        self.adam = torch.optim.Adam(self.dense, betas=BETAS, eps=EPSILON, fused=True)
        self.fast = torch.cpu.get_capabilities().get("avx512_bf16", False)
        self.steps, self.rate = 0, 0.0

    def vectors(self, texts, rate):
        """The vectors [N, D] of these texts, for the next step at this learning rate."""
        self.student.train()
        self.student.fast = self.fast
        self.steps, self.rate = self.steps + 1, rate
        groups = self.cropped.groups(texts, self.group)
        parts = [self.cropped.batch(texts[at]) for at in groups]
        embedded = []
        for number, table in enumerate(self.tables):
            rows = table.take(torch.cat([part[number].flatten() for part in parts]), self.steps, rate)
            embedded.append(rows.split([part[number].numel() for part in parts]))
        out = []
        for chars, words, (ids, _, weights) in zip(*embedded, parts):
            x = torch.cat([chars, words], -1).view(*ids.shape, -1)
            if self.dropout:
                byte = np.frombuffer(self.random.bytes(x.numel()), np.uint8)
                least = round(self.dropout * 256)
                x = x * torch.from_numpy(byte >= least).view(x.shape) * (256 / (256 - least))
            out.append(self.student(x, weights / weights.sum(0)))
        places = torch.from_numpy(np.concatenate(groups))
        return torch.zeros(len(texts), out[0].shape[1]).index_copy(0, places, torch.cat(out))

    def gradients(self):
        """The gradients of the last backward pass."""
        return [p.grad for p in self.dense] + [table.leaf.grad for table in self.tables]

    def step(self, scale):
        """One step of Adam with gradients scaled by `scale`."""
        for p in self.dense:
            p.grad.mul_(scale)
        self.adam.param_groups[0]["lr"] = self.rate
        self.adam.step()
        self.adam.zero_grad()
        for table in self.tables:
            table.step(self.steps, self.rate, scale)

    def settle(self):
        """Gives every row of the tables the steps that it missed."""
        for table in self.tables:
            table.catch_up(torch.arange(len(table.weight)), self.steps, self.rate)

    def embed(self, texts):
        """The vectors [N, D] of these texts as the student is now, in float32 arithmetic."""
        self.settle()
        self.student.fast = False
        return self.student.embed(self.data, texts)

    def state(self):
        """The weights now, to go back to."""
        self.settle()
        return copy.deepcopy(self.student.state_dict())

    def restore(self, state):
        """Goes back to these weights."""
        self.student.load_state_dict(state)


def cropped(lengths):
    """Lengths for training: long texts lose a few of their last characters, so that more of them are of one length.

    To 2 below 32 characters, to 4 below 64, to 8 from there; up to 16 characters all are kept. Emotions of 43
    characters train twice as fast so.
    """
    return lengths - lengths % np.select([lengths <= 16, lengths < 32, lengths < 64], [1, 2, 4], 8)


def batches_of(task, rows, batches, lengths, random):
    """The rows in random order, but so that those of a batch are about as long: an encoder is slow at mixed lengths."""
    order = random.permutation(rows)
    out = []
    for part in np.array_split(order, -(-batches // BAND)):
        part = part[np.argsort(lengths[task.places[part]].max(1), kind="stable")]
        out += np.array_split(part, max(1, round(len(part) * batches / len(rows))))
    return [out[at] for at in random.permutation(len(out))]


def fit(encoder, task, fitted, held, options, say=lambda line: None):
    """Tunes on the rows `fitted` of the task; ends with the weights of the epoch that solved the rows `held` best.

    `options` has epochs, batch, lr (its highest value: warm-up over a tenth of the steps, then a cosine to zero), clip,
    patience (epochs without a better score after which it stops) and seed. Returns the score on `held` before tuning and
    after. Without rows held out the last epoch counts.
    """
    torch.manual_seed(options.seed)
    random = np.random.default_rng(options.seed)
    task.start(encoder.embed, fitted)
    head = task.head_parameters()
    adam = torch.optim.Adam(head, betas=BETAS, eps=EPSILON) if head else None

    def state():
        """Score and weights now."""
        solved = None
        if len(held):
            own = np.unique(task.places[held])
            solved = task.score(encoder.embed(own)[np.searchsorted(own, task.places[held])], held)
        return solved, encoder.state(), copy.deepcopy(head)

    best = first = state()
    batches = -(-len(fitted) // options.batch)
    away = 0
    for epoch in range(options.epochs):
        losses = []
        for at, rows in enumerate(batches_of(task, fitted, batches, encoder.lengths, random)):
            rate = options.lr * schedule((epoch * batches + at + 1) / (options.epochs * batches))
            own, where = np.unique(task.places[rows], return_inverse=True)
            vectors = encoder.vectors(own, rate)
            loss = task.loss(vectors[torch.from_numpy(where.reshape(task.places[rows].shape))], rows)
            losses.append(float(loss.detach()))
            loss.backward()
            norm = float(torch.nn.utils.get_total_norm(encoder.gradients() + [p.grad for p in head]))
            scale = min(1.0, options.clip / (norm + 1e-6))
            encoder.step(scale)
            if head:
                for p in head:
                    p.grad.mul_(scale)
                adam.param_groups[0]["lr"] = rate
                adam.step()
                adam.zero_grad()
        now = state()
        if not len(held):
            best = now
            continue
        say(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}, {task.measure} {now[0]:.2f}, before {first[0]:.2f}")
        away = 0 if now[0] > best[0] else away + 1
        best = now if away == 0 else best
        if away > options.patience:
            break
    encoder.restore(best[1])
    with torch.no_grad():
        for p, kept in zip(head, best[2]):
            p.copy_(kept)
    return first[0], best[0]


def schedule(done):
    """The share of the highest learning rate, after this share of the steps."""
    return min(done / 0.1, 0.5 * (1 + math.cos(math.pi * min(1, max(0, done - 0.1) / 0.9))))
