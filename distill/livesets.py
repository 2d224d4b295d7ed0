"""Reads FAQ tables with questions as people ask (`live` in the development sets), and pairs of Latin texts, numbers and codes."""

import random
import re
from dataclasses import dataclass
from pathlib import Path

LIVE, LATIN = "live", "live_latin"
PAIRS = 500


@dataclass
class Table:
    """Questions to find in the rows of one table: `right[i]` are the places of all rows that answer `queries[i]`."""

    queries: list
    right: list
    corpus: list

    def of(self, wanted):
        """The same with the questions that are wanted."""
        kept = [at for at, query in enumerate(self.queries) if wanted(query)]
        return Table([self.queries[at] for at in kept], [self.right[at] for at in kept], self.corpus)


def cells(path):
    """The rows of a TSV without a header, as lists of cells."""
    return [line.split("\t") for line in path.read_text(encoding="utf-8").split("\n") if line]


def tables(folder):
    """{table: Table}, of each the questions that have an answer in it."""
    found = {}
    for path in sorted((Path(folder) / LIVE).glob("*.rows.tsv")):
        name = path.name.removesuffix(".rows.tsv")
        rows = cells(path)
        place = {row[0]: at for at, row in enumerate(rows)}
        asked = [(text, label.split(",")) for text, label in cells(path.with_name(f"{name}.questions.tsv"))]
        asked = [(text, keys) for text, keys in asked if keys[0] in place]
        right = [[place[key] for key in keys] for _, keys in asked]
        found[name] = Table([text for text, _ in asked], right, [row[1] for row in rows])
    return found


def has_latin(text):
    """Whether a text has a Latin word."""
    return re.search("[A-Za-z]{2}", text) is not None


def latin_pairs(folder, count=PAIRS):
    """Random pairs of different texts of the tables that have Latin words and no ideograph."""
    texts = {}
    for table in tables(folder).values():
        for text in (*table.queries, *table.corpus):
            if has_latin(text) and not re.search("[\u4e00-\u9fff]", text):
                texts.setdefault(text.lower(), text)
    texts = list(texts.values())
    draw = random.Random(0)
    return [tuple(draw.sample(texts, 2)) for _ in range(count)] if len(texts) > 1 else []


def digit_pairs():
    """Pairs of numbers and codes that differ in one digit."""
    shapes = ("E{}", "错误码 {}", "RTX {}", "订单 {} 没收到", "HTTP {}", "{} 元", "型号 A{}B", "error {}")
    draw = random.Random(0)
    pairs = []
    for shape in shapes:
        for _ in range(10):
            digits = [draw.choice("123456789") for _ in range(4)]
            other = list(digits)
            at = draw.randrange(4)
            other[at] = draw.choice([digit for digit in "123456789" if digit != digits[at]])
            pairs.append((shape.format("".join(digits)), shape.format("".join(other))))
    return pairs


def all_texts(folder):
    """Every text that is measured here."""
    found = [text for table in tables(folder).values() for text in (*table.queries, *table.corpus)]
    return found + [text for pair in latin_pairs(folder) + digit_pairs() for text in pair]
