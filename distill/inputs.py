"""Reads the encoded texts that `ltd-index distill-data inputs` writes, and the tables' teacher vectors."""

import json
from pathlib import Path

import numpy as np
import torch
from sklearn.cluster import MiniBatchKMeans


class Data:
    """Rows of character ids, word ids and pooling weights, with no padding: row i is offsets[i] to offsets[i + 1].

    Several folders become one long list of rows. `targets` are the teacher's vectors, if they are given.
    """

    def __init__(self, folders, targets=()):
        offsets, chars, words, weights = [np.zeros(1, np.int64)], [], [], []
        self.starts = [0]
        for folder in map(Path, folders):
            own = np.load(folder / "offsets.npy")
            offsets.append(own[1:] + offsets[-1][-1])
            chars.append(np.load(folder / "chars.npy"))
            words.append(np.load(folder / "words.npy"))
            weights.append(np.load(folder / "weights.npy"))
            self.starts.append(self.starts[-1] + len(own) - 1)
        self.offsets = np.concatenate(offsets)
        self.chars, self.words, self.weights = map(np.concatenate, (chars, words, weights))
        self.lengths = np.diff(self.offsets)
        self.vectors = [np.load(path, mmap_mode="r") for path in targets]
        for folder, vectors, start, end in zip(folders, self.vectors, self.starts, self.starts[1:]):
            if len(vectors) != end - start:
                raise SystemExit(f"{folder} has {end - start} rows, but its teacher file has {len(vectors)}")

    def __len__(self):
        return len(self.lengths)

    def batch(self, rows):
        """Rows of one length -> character ids, word ids, weights, each [L, B]."""
        length = self.lengths[rows[0]]
        at = self.offsets[rows][None] + np.arange(length)[:, None]
        chars, words = self.chars[at].astype(np.int64), self.words[at].astype(np.int64)
        return torch.from_numpy(chars), torch.from_numpy(words), torch.from_numpy(self.weights[at])

    def target(self, rows):
        """The teacher's vectors of sorted rows, float32."""
        parts = []
        for vectors, start, end in zip(self.vectors, self.starts, self.starts[1:]):
            own = rows[(rows >= start) & (rows < end)]
            if len(own):
                parts.append(vectors[own - start].astype(np.float32))
        return torch.from_numpy(np.concatenate(parts))

    def groups(self, rows, batch, rng=None, least=1, topics=None):
        """Positions in `rows` in batches of one length. With an rng they are shuffled, inside and among each other.

        With `topics`, a number for each row, every second row finds itself among rows of its topic. A length with few rows makes a small batch; below `least` rows it is left out.
        """
        lengths = self.lengths[rows]
        order = np.argsort(lengths, kind="stable") if rng is None else shuffled_by(lengths, rng, topics)
        ends = np.flatnonzero(np.diff(lengths[order], append=-1)) + 1
        batches, start = [], 0
        for end in ends:
            if lengths[order[start]] > 0 and end - start >= least:
                batches += np.array_split(order[start:end], -(-(end - start) // batch))
            start = end
        if rng is not None:
            rng.shuffle(batches)
        return [np.sort(part) for part in batches]


def shuffled_by(lengths, rng, topics=None):
    """The positions sorted by length, in random order inside a length; with topics, the first half of a length by topic."""
    if topics is None:
        order = rng.permutation(len(lengths))
        return order[np.argsort(lengths[order], kind="stable")]
    count = topics.max() + 1
    among = np.where(rng.random(len(topics)) < 0.5, rng.permutation(count)[topics], count)
    return np.lexsort((rng.random(len(topics)), among, lengths))


def topics_of(data, rows, count, seed=0):
    """A topic for each of these rows: the nearest of `count` centroids of the teacher's vectors."""
    drawn = np.sort(np.random.default_rng(seed).choice(rows, min(len(rows), 100 * count), replace=False))
    centroids = MiniBatchKMeans(count, random_state=seed, n_init=1).fit(data.target(drawn).numpy()).cluster_centers_
    centroids = torch.from_numpy(centroids)
    half = (centroids**2).sum(1) / 2
    parts = [(data.target(part) @ centroids.T - half).argmax(1) for part in np.array_split(rows, -(-len(rows) // 50_000))]
    return torch.cat(parts).numpy()


def read_tables(folder):
    """The `tables.json` of a tables folder: id counts, longest text and the like."""
    return json.loads((Path(folder) / "tables.json").read_text(encoding="utf-8"))


def char_names(folder):
    """The characters with an embedding, in the order of their ids."""
    return (Path(folder) / "chars.txt").read_text(encoding="utf-8").split("\n")[:-1]


def word_names(folder):
    """The words with an embedding, in the order of their ids."""
    lines = (Path(folder) / "words.tsv").read_text(encoding="utf-8").split("\n")
    return [line.split("\t")[0] for line in lines[: read_tables(folder)["words"] - 2]]


def principal(vectors, width, scale=0.1):
    """The first `width` principal components of the teacher's vectors, scaled to this standard deviation."""
    vectors = np.asarray(vectors, np.float32)
    vectors = vectors - vectors.mean(0)
    basis = np.linalg.svd(vectors.T @ vectors / len(vectors))[0][:, :width]
    reduced = vectors @ basis
    return torch.from_numpy(reduced / reduced.std() * scale)
