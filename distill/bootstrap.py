"""Bootstrap intervals: how far a score could be from what it is, had other pairs, texts or queries been drawn.

Source: Efron and Tibshirani 1993, chapters 10 and 13: percentile intervals, moved by the bootstrap's own bias, which
matters for the V-measure only (a drawing has its texts twice, which looks like agreement). A set is drawn in the same
way for all systems, so that differences between systems are paired: the interval of a difference is narrower than those
of the two scores.

What was trained or clustered stays as it is: a classifier is not trained again, and texts keep their clusters.
"""

import zlib

import numpy as np

CONFIDENCE = 0.95
SEED = 0


def draw(measure, name, samples):
    """The scores of bootstrap samples, drawn with replacement from the units of the set of this name."""
    rng = np.random.default_rng([SEED, zlib.crc32(name.encode())])
    return np.array([measure.score(rng.integers(measure.units, size=measure.units)) for _ in range(samples)])


def estimate(value, drawn):
    """A value with its interval, as in JSON."""
    outside = 100 * (1 - CONFIDENCE) / 2
    low, high = np.nanpercentile(drawn, (outside, 100 - outside)) - np.nanmean(drawn) + value
    return {"score": round(float(value), 2), "low": round(float(low), 2), "high": round(float(high), 2)}
