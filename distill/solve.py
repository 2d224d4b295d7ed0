"""The systems that compare.py compares: each gets a set and the rows whose labels it may read, and gives scores."""

from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

import scores
from export import load_student
from fit import StudentEncoder, fit
from student import Student
from tasks import Classes
from torch_graph import TorchGraph

FOLDS = 5


class GraphEncoder:
    """The teacher as an encoder to tune: AdamW over its layers, matrix products in bfloat16 where the CPU has it."""

    part = 64  # texts that go through it at once where no gradient is wanted

    def __init__(self, path, teacher, texts):
        self.graph, self.teacher = TorchGraph(path), teacher
        self.tokens = teacher.encode(texts)
        self.lengths = np.array([len(row) for row in self.tokens])
        self.adam = torch.optim.AdamW(self.graph.parameters(), fused=True)
        self.fast = torch.cpu.get_capabilities().get("avx512_bf16", False)

    def forward(self, texts):
        """The unit vectors [N, D] of these texts."""
        feed = self.teacher.feed([self.tokens[text] for text in texts])
        with torch.autocast("cpu", torch.bfloat16, enabled=self.fast):
            states = self.graph({name: torch.from_numpy(value) for name, value in feed.items()})
        return F.normalize(states[:, 0].float(), dim=-1)

    def vectors(self, texts, rate):
        """The vectors of these texts, for the next step at this learning rate."""
        self.adam.param_groups[0]["lr"] = rate
        return self.forward(texts)

    def gradients(self):
        """The gradients of the last backward pass."""
        return [p.grad for p in self.graph.parameters() if p.grad is not None]

    def step(self, scale):
        """One step with gradients scaled by `scale`."""
        for grad in self.gradients():
            grad.mul_(scale)
        self.adam.step()
        self.adam.zero_grad()

    @torch.no_grad()
    def embed(self, texts):
        """The vectors [N, D] of these texts as the encoder is now."""
        order = np.argsort(self.lengths[texts], kind="stable")
        parts = np.array_split(order, -(-len(order) // self.part))
        out = torch.cat([self.forward(texts[part]) for part in parts])
        return out[torch.from_numpy(np.argsort(order))]

    def state(self):
        """The weights now, to go back to."""
        return [p.detach().clone() for p in self.graph.parameters()]

    @torch.no_grad()
    def restore(self, state):
        """Goes back to these weights."""
        for p, kept in zip(self.graph.parameters(), state):
            p.copy_(kept)


class Answered:
    """A task whose labels are another system's answers, on all training rows: log-probabilities, or scores of pairs."""

    def __init__(self, task, answers):
        self.task, self.answers, self.places, self.texts = task, answers, task.places, task.texts

    def start(self, embed, rows):
        """A fresh head: there is nothing that it could start from."""
        if isinstance(self.task, Classes):
            dims = embed(self.places[rows[:1], 0]).shape[1]
            self.task.head = torch.nn.Linear(dims, len(self.task.names))
            with torch.no_grad():
                self.task.head.weight.mul_(10)

    def head_parameters(self):
        return self.task.head_parameters()

    def loss(self, vectors, rows):
        """Cross-entropy with the answers' probabilities (Hinton et al. 2015), or their order by cosine."""
        if isinstance(self.task, Classes):
            return -(self.task.head(vectors[:, 0]).log_softmax(1) * self.answers[rows].exp()).sum(1).mean()
        return self.task.loss(vectors, rows, self.answers)


def best_threshold(found, labels):
    """The score from which on the answer is 1, with the best F1 on these rows."""
    order = np.argsort(-found)
    right = np.cumsum(labels[order] > 0)
    f1 = 2 * right / (np.arange(1, len(order) + 1) + max(1, right[-1]))
    best = int(f1.argmax())
    return (found[order[best]] + found[order[min(best + 1, len(order) - 1)]]) / 2


def score_pairs(found, labels, threshold):
    """Spearman and F1, both x 100."""
    said = found >= threshold
    f1 = 2 * float((said & (labels > 0)).sum()) / max(1, int(said.sum() + (labels > 0).sum()))
    return {"Spearman": float(scores.pair_score(found, labels)), "F1": 100 * f1}


def score_encoder(bench, encoder, rows):
    """The scores on the development rows; of pairs with the threshold that is best on `rows`."""
    task = bench.task
    texts = np.unique(task.places[np.concatenate([bench.dev, rows if task.columns == 2 else rows[:0]])])
    vectors = torch.zeros(len(task.texts), bench.teacher_vectors.shape[1])
    vectors[torch.from_numpy(texts)] = encoder.embed(texts)
    if task.columns == 1:
        return {"accuracy": task.score(vectors[task.places[bench.dev]], bench.dev)}
    return score_cosine(bench, vectors, rows)


def score_cosine(bench, vectors, rows):
    """The scores of the plain cosine of pairs."""
    task = bench.task
    threshold = best_threshold(task.predict(vectors[task.places[rows]]), task.labels[rows])
    return score_pairs(task.predict(vectors[task.places[bench.dev]]), task.labels[bench.dev], threshold)


def features(task, vectors, rows):
    """What a linear head sees: the vector; of a pair its cosine, |u - v| and u v.

    The scales make the cosine cheap for a regularised head, so that few labels do not make it worse than the cosine.
    """
    vectors = vectors[task.places[rows]]
    if task.columns == 1:
        return vectors[:, 0].numpy()
    first, second = vectors[:, 0], vectors[:, 1]
    both = first * second
    return torch.cat([10 * both.sum(1, keepdim=True), (first - second).abs(), both * both.shape[1] ** 0.5], 1).numpy()


def linear(bench, vectors, rows):
    """A logistic regression on the vectors of `rows`, and for pairs its best threshold on rows out of its fold."""
    seen, labels = features(bench.task, vectors, rows), bench.task.labels[rows]
    if bench.task.columns == 1:
        return LogisticRegression(C=10, max_iter=1000).fit(seen, labels), None
    tried = []
    for strength in (0.01, 0.1, 1):
        model = LogisticRegression(C=strength, max_iter=1000)
        out_of_fold = cross_val_predict(model, seen, labels, cv=FOLDS, method="decision_function")
        tried.append((scores.pair_score(out_of_fold, labels), strength, out_of_fold))
    _, strength, out_of_fold = max(tried, key=lambda one: one[0])
    model = LogisticRegression(C=strength, max_iter=1000).fit(seen, labels)
    return model, best_threshold(out_of_fold, labels)


def head(bench, vectors, rows):
    """Frozen vectors with a linear head."""
    model, threshold = linear(bench, vectors, rows)
    seen, labels = features(bench.task, vectors, bench.dev), bench.task.labels[bench.dev]
    if threshold is None:
        return {"accuracy": 100 * float(model.score(seen, labels))}
    return score_pairs(model.decision_function(seen), labels, threshold)


def settings(epochs, batch, lr, seed):
    """What fit() wants, by the defaults of tune.py."""
    return SimpleNamespace(epochs=epochs, batch=batch, lr=lr, clip=1.0, patience=2, seed=seed)


def trained(bench, encoder, rows, epochs, batch, lr, seed):
    """Trains on the rows, of which a tenth tells when to stop where they are 1,000 or more, and scores."""
    order = np.random.default_rng(seed).permutation(rows)
    held = order[: min(500, len(rows) // 10) if len(rows) >= 1000 else 0]
    fit(encoder, bench.task, order[len(held) :], held, settings(epochs, batch, lr, seed))
    return score_encoder(bench, encoder, rows)


def steps_of(rows):
    """Epochs and batch size for a number of labels."""
    return (6, 16) if len(rows) <= 100 else (4, 64) if len(rows) <= 1000 else (3, 128)


def scratch(bench, rows, seed):
    """An LSTM of the student's shape from random weights."""
    torch.manual_seed(seed)
    epochs, batch = steps_of(rows)
    encoder = StudentEncoder(Student(bench.sizes), bench.data, 0.1, seed)
    return trained(bench, encoder, rows, 2 * epochs, min(batch, 64), 2e-3, seed)


def distilled(bench, rows, seed):
    """The same LSTM, from the answers of the teacher with its head on the texts of all training rows."""
    torch.manual_seed(seed)
    model, _ = linear(bench, bench.teacher_vectors, rows)
    seen = features(bench.task, bench.teacher_vectors, bench.train)
    if bench.task.columns == 1:
        answers = torch.full((len(bench.task), len(bench.task.names)), -30.0)
        known = torch.from_numpy(model.predict_log_proba(seen)).float()
        answers[bench.train[:, None], model.classes_[None]] = known
    else:
        answers = np.zeros(len(bench.task), np.float32)
        answers[bench.train] = model.decision_function(seen)
    encoder = StudentEncoder(Student(bench.sizes), bench.data, 0.1, seed)
    fit(encoder, Answered(bench.task, answers), bench.train, bench.train[:0], settings(4, 64, 2e-3, seed))
    return score_encoder(bench, encoder, rows)


def tuned(bench, rows, seed):
    """The whole student, as tune.py does it."""
    epochs, batch = steps_of(rows)
    student = load_student(bench.args.checkpoint, bench.args.weights)
    return trained(bench, StudentEncoder(student, bench.data, 0.05, seed), rows, epochs, batch, 3e-4, seed)


def teacher_tuned(bench, rows, seed):
    """The teacher's layers."""
    epochs, batch = steps_of(rows)
    path = f"{bench.args.teacher}/model.onnx"
    encoder = GraphEncoder(path, bench.teacher, bench.task.texts)
    return trained(bench, encoder, rows, min(epochs, 4), min(batch, 32), 5e-5, seed)


SYSTEMS = {
    "student cosine": ("student", lambda bench, rows, _: score_cosine(bench, bench.student_vectors, rows)),
    "teacher cosine": ("teacher", lambda bench, rows, _: score_cosine(bench, bench.teacher_vectors, rows)),
    "student head": ("student", lambda bench, rows, _: head(bench, bench.student_vectors, rows)),
    "teacher head": ("teacher", lambda bench, rows, _: head(bench, bench.teacher_vectors, rows)),
    "student tuned": ("student", tuned),
    "scratch": ("network", scratch),
    "distilled": ("network", distilled),
    "teacher tuned": ("teacher", teacher_tuned),
}
"""Name: what a cell depends on, and the function of a set, the labelled rows and a seed."""

FOR_PAIRS = ("student cosine", "teacher cosine")
