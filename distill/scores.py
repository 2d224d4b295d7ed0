"""What the evaluation measures: of vectors (rows of unit length), and of two untrained controls."""

import numpy as np
from scipy import sparse
from scipy.stats import spearmanr
from sklearn.cluster import MiniBatchKMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import v_measure_score

SEEDS = (0, 1, 2)


def pair_score(similarity, labels):
    """Spearman's rank correlation x 100."""
    return 100 * spearmanr(similarity, labels).statistic


def probe(train, train_labels, dev, dev_labels):
    """Accuracy x 100 of a logistic regression on the vectors."""
    model = LogisticRegression(C=10, max_iter=1000).fit(train, train_labels)
    return 100 * model.score(dev, dev_labels)


def cluster_score(vectors, labels):
    """V-measure x 100 of mini-batch k-means with as many clusters as labels, mean of three seeds."""
    found = []
    for seed in SEEDS:
        means = MiniBatchKMeans(len(set(labels)), random_state=seed, n_init=3, batch_size=1024)
        found.append(100 * v_measure_score(labels, means.fit_predict(vectors)))
    return float(np.mean(found))


def places(similarities, right):
    """The rank (from 1) of the right row for every query; similarities [Q, N] in slices. A tie counts against it."""
    ranks, start = [], 0
    for part in similarities:
        own = part[np.arange(len(part)), right[start : start + len(part)]]
        ranks.append((part >= own[:, None]).sum(1))
        start += len(part)
    return np.concatenate(ranks)


def dense_slices(queries, corpus, size=1024):
    """Cosines of queries and corpus, `size` queries at a time."""
    for start in range(0, len(queries), size):
        yield queries[start : start + size] @ corpus.T


def sparse_slices(queries, corpus, size=512):
    """Products of two sparse matrices, `size` queries at a time."""
    for start in range(0, queries.shape[0], size):
        yield (queries[start : start + size] @ corpus.T).toarray()


def faq_scores(ranks):
    """Recall at 1 and mean reciprocal rank at 10, both x 100."""
    return 100 * float((ranks == 1).mean()), 100 * float(np.where(ranks <= 10, 1 / ranks, 0).mean())


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
    return sparse_slices(asked, weighted.tocsr())
