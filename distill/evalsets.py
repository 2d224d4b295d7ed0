"""Reads the development sets: sentence pairs, classified texts, FAQ groups. See SOURCES.tsv beside them."""

import csv
import json
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import livesets

PAIRS = ("afqmc.dev", "atec.train", "bq.dev", "lcqmc.dev", "oppo.dev", "pawsx_zh.dev", "stsb_zh.dev")
PAIR_ROWS = 3000
CLASSES = ("thucnews10", "smp2020_ewect")
CLASS_ROWS = 4000
CLUSTERS = "thucnews10"
LAW = "diac2019_law"

# Apart from these, for a wider view; they do not count for what is kept of the teacher.
COVID, MEDICAL = "covid", "medical_toyhom"
MEDICAL_QUERIES, MEDICAL_CHARS = 2000, 60
NEWS, INTENTS = "fewclue_tnews", "smp2019_domain"
WIDER = (COVID, MEDICAL, NEWS, INTENTS, livesets.LIVE, livesets.LATIN)

STAND_IN_CORPUS = ("atec.train", "smp2020_ewect", MEDICAL)
"""Sets whose sentences are in the corpus, most of them and without their labels, and so may be distilled from."""


@dataclass
class Faq:
    """Questions to find (`queries[i]` means `corpus[right[i]]`), and all the questions to find them in.

    `same[text]`, where given, is the number of its meaning: another question of the same number is as right.
    """

    queries: list
    right: list
    corpus: list
    same: dict = field(default_factory=dict)


def rows_of(path, limit):
    """The first `limit` rows (None: all) of a TSV with a header, as lists of cells."""
    with open(path, encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(reader)
        return list(islice(reader, limit))


def objects_of(path):
    """The objects of a JSON Lines file."""
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").split("\n") if line]


def pairs(folder, name):
    """First sentences, second sentences, labels."""
    rows = rows_of(Path(folder) / "pairs" / f"{name}.tsv", PAIR_ROWS)
    return [row[0] for row in rows], [row[1] for row in rows], [float(row[2]) for row in rows]


def classified(folder, name, part):
    """Texts and labels of a part: "train", "dev" or "test"."""
    rows = rows_of(Path(folder) / "cls" / f"{name}.{part}.tsv", CLASS_ROWS)
    return [row[0] for row in rows], [row[1] for row in rows]


def intents(folder, part):
    """Commands to an assistant, and their domains. The rows are sorted by domain: train and dev take them by turns."""
    rows = rows_of(Path(folder) / "intent" / "smp2019.train.tsv", None)[("train", "dev").index(part) :: 2]
    return [row[0] for row in rows], [row[1] for row in rows]


def labelled(folder, name):
    """Texts and labels to train a classifier on, texts and labels to test it with."""
    if name == INTENTS:
        return *intents(folder, "train"), *intents(folder, "dev")
    return *classified(folder, name, "train"), *classified(folder, name, "test" if name == NEWS else "dev")


def law_groups(folder):
    """The legal questions in groups with two equivalents or more, as (equivalents, questions that are not)."""
    groups = objects_of(Path(folder) / "faq" / "diac2019_law.groups.jsonl")
    return [(group["equivalent"], group["not_equivalent"]) for group in groups]


def law_faq(folder):
    """Query: the second of a group. Corpus: the first of every group, and all the questions that are not equivalent."""
    return faq_of(law_groups(folder))


def faq_of(groups):
    """The FAQ of such groups; a question that is in the corpus twice is kept once."""
    corpus = list(dict.fromkeys([group[0][0] for group in groups] + [text for group in groups for text in group[1]]))
    place = {text: at for at, text in enumerate(corpus)}
    queries = [group for group in groups if len(group[0]) > 1]
    return Faq([group[0][1] for group in queries], [place[group[0][0]] for group in queries], corpus)


def split_law(folder):
    """The legal FAQ cut in two halves that share no question: (FAQ of one half, questions of the other half).

    The same question is in several groups, also with other punctuation. Groups that share an equivalent are one
    meaning; groups that share any question at all stay on one side of the cut, which falls by turns.
    """
    groups = law_groups(folder)
    meaning, side = Joined(), Joined()
    for equivalents, others in groups:
        for text in equivalents:
            meaning.join(bare(equivalents[0]), bare(text))
        for text in equivalents + others:
            side.join(bare(equivalents[0]), bare(text))
    turn = {}
    for equivalents, _ in groups:
        root = side.find(bare(equivalents[0]))
        turn.setdefault(root, len(turn) % 2)
    half = {0: [], 1: []}
    for group in groups:
        half[turn[side.find(bare(group[0][0]))]].append(group)
    faq = faq_of(half[0])
    faq.same = {text: meaning.find(bare(text)) for text in faq.queries + faq.corpus}
    return faq, [equivalents[1] for equivalents, _ in half[1] if len(equivalents) > 1]


class Joined:
    """Keys joined into groups (union-find)."""

    def __init__(self):
        self.parent = {}

    def find(self, key):
        """The key that stands for the group."""
        while self.parent.setdefault(key, key) != key:
            self.parent[key] = key = self.parent[self.parent[key]]
        return key

    def join(self, one, other):
        """Makes two groups one."""
        self.parent[self.find(other)] = self.find(one)


def bare(text):
    """A text without punctuation and space."""
    return "".join(char for char in text if char.isalnum())


def covid_faq(folder):
    """Another FAQ, small: paraphrases of covid questions, to be found by their first wording among chit-chat."""
    covid = [item["questions"] for item in objects_of(Path(folder) / "faq" / "covid.jsonl")]
    chat = [item["question"] for item in objects_of(Path(folder) / "faq" / "chatterbot.jsonl")]
    corpus = list(dict.fromkeys([group[0] for group in covid] + chat))
    place = {text: at for at, text in enumerate(corpus)}
    found = [(text, place[group[0]]) for group in covid for text in group[1:] if text not in place]
    return Faq([text for text, _ in found], [at for _, at in found], corpus)


def medical_faq(folder):
    """A long question of a patient finds the title that it was given: the first ones of at most 60 characters."""
    items = objects_of(Path(folder) / "faq" / f"{MEDICAL}.jsonl")
    corpus = list(dict.fromkeys(item["title"] for item in items))
    place = {text: at for at, text in enumerate(corpus)}
    found = {}
    for item in items:
        if len(item["question"]) <= MEDICAL_CHARS and "\n" not in item["question"]:
            found.setdefault(item["question"], place[item["title"]])
    queries = list(found)[:MEDICAL_QUERIES]
    return Faq(queries, [found[text] for text in queries], corpus)


def faqs(folder):
    """{set: Faq} of all FAQs, the legal one first."""
    return {LAW: law_faq(folder), COVID: covid_faq(folder), MEDICAL: medical_faq(folder)}


def strangers(folder, name):
    """Sentences that no FAQ here answers: the first ones of the pairs of a set."""
    return list(dict.fromkeys(pairs(folder, name)[0]))


def all_texts(folder):
    """Every distinct text that an evaluation needs, in a fixed order."""
    texts = {}

    def take(more):
        texts.update(dict.fromkeys(more))

    for name in PAIRS:
        first, second, _ = pairs(folder, name)
        take(first + second)
    for name in (*CLASSES, NEWS, INTENTS):
        train, _, dev, _ = labelled(folder, name)
        take(train + dev)
    for faq in faqs(folder).values():
        take(faq.queries + faq.corpus)
    take(livesets.all_texts(folder))
    return [text for text in texts if text]
