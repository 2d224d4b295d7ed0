"""What the evaluation measures: of vectors (rows of unit length), and of two untrained controls."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.stats import spearmanr
from sklearn.cluster import MiniBatchKMeans
from sklearn.linear_model import LogisticRegression

SEEDS = (0, 1, 2)


@dataclass
class Measure:
    """What a system did on one row of the table.

    There is an outcome for each of `units` pairs, texts or queries; `score` gives the score x 100 of those whose
    numbers it is given, once or several times each.
    """

    units: int
    score: Callable[[np.ndarray], float]

    def of_all(self):
        """The score itself."""
        return float(self.score(np.arange(self.units)))


def pair_score(similarity, labels):
    """Spearman's rank correlation x 100."""
    return 100 * spearmanr(similarity, labels).statistic


def pairs(first, second, labels):
    """Spearman's rank correlation of cosine and label."""
    product = first.multiply(second) if sparse.issparse(first) else first * second
    similarity, labels = np.asarray(product.sum(1)).ravel(), np.asarray(labels)
    return Measure(len(labels), lambda rows: pair_score(similarity[rows], labels[rows]))


def probe(train, train_labels, dev, dev_labels):
    """Accuracy of a logistic regression on the vectors; in float64, as it ends early and elsewhere in float32."""
    model = LogisticRegression(C=10, max_iter=1000).fit(train.astype(np.float64), train_labels)
    right = model.predict(dev.astype(np.float64)) == np.asarray(dev_labels)
    return Measure(len(right), lambda rows: 100 * right[rows].mean())


def clusters(vectors, labels):
    """V-measure of mini-batch k-means with as many clusters as labels, mean of three seeds."""
    names, numbers = np.unique(labels, return_inverse=True)
    both = []  # label and cluster as one number
    for seed in SEEDS:
        means = MiniBatchKMeans(len(names), random_state=seed, n_init=3, batch_size=1024)
        both.append(numbers * len(names) + means.fit_predict(vectors))
    shape = (len(names), len(names))

    def score(rows):
        counted = (np.bincount(each[rows], minlength=len(names) ** 2) for each in both)
        return 100 * np.mean([v_measure(each.reshape(shape)) for each in counted])

    return Measure(len(numbers), score)


def v_measure(counts):
    """Harmonic mean of homogeneity and completeness (Rosenberg and Hirschberg 2007), of counts [labels, clusters].

    As scikit-learn has it, and a hundred times as fast, which a bootstrap needs.
    """
    shares = counts / counts.sum()
    apart = entropy(shares.sum(0)) + entropy(shares.sum(1))
    return 2 * (apart - entropy(shares)) / apart if apart else 1.0


def entropy(shares):
    """In nats."""
    shares = shares[shares > 0]
    return -float((shares * np.log(shares)).sum())


def recall(ranks):
    """Share of queries whose right row is the first."""
    return Measure(len(ranks), lambda rows: 100 * (ranks[rows] == 1).mean())


def reciprocal_rank(ranks):
    """Mean reciprocal rank at 10."""
    reciprocal = np.where(ranks <= 10, 1 / ranks, 0)
    return Measure(len(ranks), lambda rows: 100 * reciprocal[rows].mean())


def first_is_right(similarities, right):
    """For each query whether a row that answers it is more similar than every other; similarities [Q, N], places of its rows each."""
    found = []
    for own, places_of in zip(similarities, right):
        others = np.delete(own, places_of)
        found.append(own[places_of].max() > others.max(initial=-np.inf))
    return found


def share(outcomes):
    """Share of outcomes that are true."""
    outcomes = np.asarray(outcomes, bool)
    return Measure(len(outcomes), lambda rows: 100 * outcomes[rows].mean())


def spread(similarities):
    """Median and 95th percentile."""
    return {"median": float(np.median(similarities)), "high": float(np.percentile(similarities, 95))}


def places(similarities, right):
    """The rank (from 1) of the right row for every query; similarities [Q, N] in slices. A tie counts against it."""
    ranks, start = [], 0
    for part in similarities:
        own = part[np.arange(len(part)), right[start : start + len(part)]]
        ranks.append((part >= own[:, None]).sum(1))
        start += len(part)
    return np.concatenate(ranks)


def slices(queries, corpus, size=512):
    """Products of queries and corpus, both dense or both sparse, `size` queries at a time."""
    for start in range(0, queries.shape[0], size):
        part = queries[start : start + size] @ corpus.T
        yield part.toarray() if sparse.issparse(part) else part


def counts(texts, units_of, ids):
    """Texts -> sparse counts of units [N, len(ids)]; new units are added to `ids`."""
    rows, columns = [], []
    for row, text in enumerate(texts):
        for unit in units_of(text):
            rows.append(row)
            columns.append(ids.setdefault(unit, len(ids)))
    return sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), (len(texts), len(ids)))


def char_bags(data):
    """Control: the student's input without the student, characters counted by their weights. Sparse, unit length."""
    rows = np.repeat(np.arange(len(data)), data.lengths)
    bags = sparse.csr_matrix((data.weights, (rows, data.chars)), (len(data), int(data.chars.max()) + 1))
    length = np.sqrt(np.asarray(bags.multiply(bags).sum(1))).ravel()
    return (sparse.diags(1 / np.maximum(length, 1e-12)) @ bags).tocsr()


def bigrams(text):
    """The character pairs of a text; a single character stands for itself."""
    text = "".join(text.split())
    return [text[at : at + 2] for at in range(len(text) - 1)] or [text]


def bm25(queries, corpus, k1=1.2, b=0.75):
    """Control: BM25 (Robertson and Zaragoza 2009) over character bigrams; slices of scores [Q, N]."""
    ids = {}
    documents = counts(corpus, bigrams, ids)
    known = len(ids)
    asked = counts(queries, bigrams, ids)[:, :known]
    length = np.asarray(documents.sum(1)).ravel()
    frequency = np.asarray((documents > 0).sum(0)).ravel()
    idf = np.log(1 + (len(corpus) - frequency + 0.5) / (frequency + 0.5))
    weighted = documents.tocoo()
    saturated = weighted.data * (k1 + 1) / (weighted.data + k1 * (1 - b + b * length[weighted.row] / length.mean()))
    weighted.data = saturated * idf[weighted.col]
    return slices(asked, weighted.tocsr())
