"""Finds the similarities from which an FAQ's best hit may be given as the answer, or be suggested.

Half of the legal groups are taken out of the FAQ with all their questions, so that they ask what it does not answer, in
its own domain. Queries that can be answered and queries that cannot weigh the same; of the latter, one half are such
legal questions and the other half are sentences of other sets. The share of right answers depends on that mixture.
"""

import numpy as np

import evalsets
import scores

ANSWER, SUGGEST = 0.90, 0.70
"""The shares of right best hits that are asked of an answer and of a suggestion."""
STRANGERS = ("lcqmc.dev", "oppo.dev")


def best_hits(of, queries, corpus):
    """Similarity and row of the nearest question of the corpus."""
    near = [(part.max(1), part.argmax(1)) for part in scores.slices(of(queries), of(corpus))]
    return tuple(np.concatenate(parts) for parts in zip(*near))


def mixture(faq, unanswerable, of):
    """Similarities, whether each best hit is right, and weights that give both kinds and each source the same say."""
    similarity, hit = best_hits(of, faq.queries, faq.corpus)
    similarities, right = [similarity], [np.array([is_right(faq, *pair) for pair in enumerate(hit)])]
    weights = [np.full(len(similarity), 1 / len(similarity))]
    for texts in unanswerable:
        similarity, _ = best_hits(of, texts, faq.corpus)
        similarities.append(similarity)
        right.append(np.zeros(len(texts), bool))
        weights.append(np.full(len(texts), 1 / len(texts) / len(unanswerable)))
    return np.concatenate(similarities), np.concatenate(right), np.concatenate(weights)


def is_right(faq, query, hit):
    """Whether this row of the corpus answers this query."""
    found = faq.corpus[hit]
    return hit == faq.right[query] or found in faq.same and faq.same[found] == faq.same[faq.queries[query]]


def at(threshold, similarity, right, weights):
    """Precision among the answered; right and wrong answers per query that can be answered."""
    answered = similarity >= threshold
    good, wrong = float(weights[answered & right].sum()), float(weights[answered & ~right].sum())
    precision = good / (good + wrong) if good + wrong else 1.0
    return {"threshold": round(float(threshold), 3), "precision": precision, "right": good, "wrong": wrong}


def lowest(asked, similarity, right, weights):
    """The lowest threshold, in thousandths, with this precision there and at all higher ones that answer 1 %."""
    best = 1.0
    for threshold in np.arange(1.0, 0.3, -0.001):
        found = at(threshold, similarity, right, weights)
        if found["right"] + found["wrong"] >= 0.01 and found["precision"] < asked:
            break
        best = threshold
    return best


def find(folder, of):
    """Both thresholds from the legal questions, and how they do there and on another FAQ."""
    faq, ours = evalsets.split_law(folder)
    others = [text for name in STRANGERS for text in evalsets.strangers(folder, name)]
    law = mixture(faq, (ours, others), of)
    covid = mixture(evalsets.covid_faq(folder), (others,), of)
    result = {}
    for name, asked in (("answer", ANSWER), ("suggest", SUGGEST)):
        threshold = lowest(asked, *law)
        result[name] = {"asked": asked, "law": at(threshold, *law), "covid and chatterbot": at(threshold, *covid)}
    return result


def markdown(result):
    """The result as a table."""
    lines = [
        "| use | precision asked | similarity | FAQ | precision | right of 100 + 100 | wrong of 100 + 100 |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, found in result.items():
        for faq in ("law", "covid and chatterbot"):
            row = found[faq]
            shares = " | ".join(f"{100 * row[key]:.1f}" for key in ("precision", "right", "wrong"))
            lines.append(f"| {name} | {100 * found['asked']:.0f} | {row['threshold']:.3f} | {faq} | {shares} |")
    return "\n".join(lines)
