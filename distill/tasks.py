"""What an encoder is tuned for: labelled pairs or labelled texts, with the loss and the measure of each."""

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression

import evalsets
import scores


class Task:
    """Labelled rows of one text or two (`columns`). `places[row]` are the numbers of its texts in `texts`."""

    def __init__(self, rows):
        """`rows` are lists of cells: the texts, then the label; more cells are not read."""
        place, columns = {}, self.columns
        self.places = np.array([[place.setdefault(text, len(place)) for text in row[:columns]] for row in rows])
        self.texts = list(place)
        self.labels = [row[columns] for row in rows]

    def __len__(self):
        return len(self.labels)

    def start(self, embed, rows):
        """Gets the head ready; `embed` gives vectors [N, D] of texts before tuning, `rows` will be trained on."""

    def head_parameters(self):
        """What the task trains beside the encoder."""
        return []


class Pairs(Task):
    """Two texts and how alike they are: 0 or 1, or any graded score. The vectors' cosine learns the labels' order."""

    columns, measure = 2, "Spearman"

    def __init__(self, rows):
        super().__init__(rows)
        try:
            self.labels = np.array(self.labels, np.float32)
        except ValueError as cause:
            raise SystemExit(f"a label of pairs is a number: {cause}") from cause

    def loss(self, vectors, rows, labels=None):
        """CoSENT (Su 2022) over vectors [B, 2, D]: every pair with a higher label should have the higher cosine.

        log(1 + sum of exp(20 (cos_j - cos_i)) over all i, j of the batch with label_i > label_j). `labels` take the place of the task's.
        """
        cosine = 20 * (vectors[:, 0] * vectors[:, 1]).sum(-1)
        labels = torch.from_numpy((self.labels if labels is None else labels)[rows])
        wrong = (cosine[None] - cosine[:, None])[labels[:, None] > labels[None]]
        return torch.logsumexp(torch.cat([wrong.new_zeros(1), wrong]), 0)

    def predict(self, vectors):
        """Vectors [N, 2, D] -> cosines [N]."""
        return (vectors[:, 0] * vectors[:, 1]).sum(-1).numpy()

    def score(self, vectors, rows):
        """Spearman x 100 of these rows."""
        return scores.pair_score(self.predict(vectors), self.labels[rows])


class Classes(Task):
    """A text and its class. A softmax head over the vector learns it, and the encoder beneath."""

    columns, measure = 1, "accuracy"

    def __init__(self, rows):
        super().__init__(rows)
        self.names, numbers = np.unique(self.labels, return_inverse=True)
        self.labels = numbers.astype(np.int64)
        self.head = None

    def start(self, embed, rows):
        """The head starts as the best linear one on the untuned vectors, which spares the encoder a rough beginning
        (Kumar et al. 2022, linear probing then fine-tuning)."""
        vectors = embed(self.places[rows, 0]).numpy()
        probe = LogisticRegression(C=10, max_iter=1000).fit(vectors, self.labels[rows])
        weight, bias = np.zeros((len(self.names), vectors.shape[1])), np.full(len(self.names), -10.0)
        two = len(probe.classes_) == 2  # then scikit-learn keeps one row: the second class against the first
        weight[probe.classes_] = np.concatenate([-probe.coef_, probe.coef_]) / 2 if two else probe.coef_
        bias[probe.classes_] = np.concatenate([-probe.intercept_, probe.intercept_]) / 2 if two else probe.intercept_
        self.head = torch.nn.Linear(vectors.shape[1], len(self.names))
        with torch.no_grad():
            self.head.weight.copy_(torch.from_numpy(weight))
            self.head.bias.copy_(torch.from_numpy(bias))

    def head_parameters(self):
        return list(self.head.parameters())

    def loss(self, vectors, rows):
        """Cross-entropy over vectors [B, 1, D]."""
        return F.cross_entropy(self.head(vectors[:, 0]), torch.from_numpy(self.labels[rows]))

    def predict(self, vectors):
        """Vectors [N, 1, D] -> class numbers [N]."""
        with torch.no_grad():
            return self.head(vectors[:, 0]).argmax(1).numpy()

    def score(self, vectors, rows):
        """Accuracy x 100 of these rows."""
        return 100 * float((self.predict(vectors) == self.labels[rows]).mean())


def read(path, kind, without=(), limit=None):
    """The task of a TSV with a header line; rows with a text of `without` are left out."""
    without = set(without)
    rows = evalsets.rows_of(path, None)
    kept = [row for row in rows if without.isdisjoint(row[: kind.columns])][:limit]
    short = next((at for at, row in enumerate(kept, 1) if len(row) <= kind.columns), None)
    if short:
        raise SystemExit(f"{path}: row {short} has not {kind.columns + 1} columns: {kept[short - 1]}")
    if len({row[kind.columns] for row in kept}) < 2:
        raise SystemExit(f"{path}: {len(kept)} of {len(rows)} rows may be used, and they have not two different labels")
    return kind(kept)
