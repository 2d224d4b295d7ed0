"""Systems side by side: every row's score with its interval, differences to the teacher, and what is kept of it."""

import numpy as np

import bootstrap
import evalsets

NOT_KEPT = "pawsx_zh.dev"  # near chance for every system here, the teacher too: a ratio would be noise


def set_of(row):
    """The set that a row is measured on."""
    return row.split(" ")[0]


def is_wider(row):
    """Whether the row stands apart and does not count for what is kept."""
    return set_of(row) in evalsets.WIDER


def counted(rows, wider=False):
    """The rows that means are taken over: all but PAWS-X, or the wider ones."""
    return [row for row in rows if is_wider(row) == wider and row != NOT_KEPT]


def kept(system, teacher, wider=False):
    """How much of the teacher is left, in %: the mean of the ratios."""
    return 100 * np.mean([system[row] / teacher[row] for row in counted(teacher, wider)], axis=0)


def mean(system):
    """The mean score, to compare packages of one student by."""
    return np.mean([system[row] for row in counted(system)], axis=0)


def compare(table, teacher, controls=(), samples=1000):
    """{system: {row: Measure}} -> the document of `evaluate.py score --json`.

    `teacher` is the system that the others are compared with; where there is none, nothing is compared. `controls` are
    the systems without training: no differences of theirs are shown.
    """
    exact = {name: {row: m.of_all() for row, m in measures.items()} for name, measures in table.items()}
    drawn = {
        name: {row: bootstrap.draw(m, set_of(row), samples) for row, m in measures.items()}
        for name, measures in table.items()
    }
    every = max(table.values(), key=len)
    whole = [name for name in table if len(table[name]) == len(every)]
    others = [name for name in table if teacher in table and name != teacher]

    def cell(name, row):
        found = bootstrap.estimate(exact[name][row], drawn[name][row])
        if name in others:
            difference = exact[name][row] - exact[teacher][row]
            found["difference"] = bootstrap.estimate(difference, drawn[name][row] - drawn[teacher][row])
        return found

    def kept_of(wider):
        return {
            name: bootstrap.estimate(kept(exact[name], exact[teacher], wider), kept(drawn[name], drawn[teacher], wider))
            for name in others
            if name in whole
        }

    return {
        "samples": samples,
        "confidence": bootstrap.CONFIDENCE,
        "teacher": teacher if teacher in table else None,
        "controls": list(controls),
        "systems": list(table),
        "rows": {
            row: {
                "units": every[row].units,
                "wider": is_wider(row),
                "standsInCorpus": set_of(row) in evalsets.STAND_IN_CORPUS,
                "systems": {name: cell(name, row) for name, measures in table.items() if row in measures},
            }
            for row in every
        },
        "kept": kept_of(wider=False),
        "keptWider": kept_of(wider=True),
        "mean": {name: bootstrap.estimate(mean(exact[name]), mean(drawn[name])) for name in whole},
    }


def markdown(document, systems=None, names=None):
    """The document as one Markdown table; `systems` chooses and orders columns, `names` renames them."""
    systems, names, teacher = systems or document["systems"], names or {}, document["teacher"]
    compared = [name for name in systems if name in document["kept"] and name not in document["controls"]]
    named = {name: names.get(name, name) for name in systems}
    lines = [["set", "n", *named.values(), *(f"{named[name]} - {named[teacher]}" for name in compared)]]
    lines.append(["---", *["---:"] * (len(lines[0]) - 1)])

    def add(label, units="", cells=(), differences=()):
        line = [label, units, *cells, *differences]
        lines.append(line + [""] * (len(lines[0]) - len(line)))

    def add_rows(wider):
        for row, found in document["rows"].items():
            if found["wider"] == wider:
                cells = [found["systems"].get(name) for name in systems]
                differences = [found["systems"].get(name, {}).get("difference") for name in compared]
                label = row + (" †" if found["standsInCorpus"] else "")
                add(label, f"{found['units']:,}", map(text, cells), (text(each, "+.1f") for each in differences))

    def add_mean(label, means):
        if means:
            add(label, cells=["100" if name == teacher else text(means.get(name)) for name in systems])

    add_rows(wider=False)
    add_mean("**kept, mean %**", document["kept"])
    add("mean score", cells=[text(document["mean"].get(name)) for name in systems])
    add("*for a wider view*")
    add_rows(wider=True)
    add_mean("mean of these, % of the teacher", document["keptWider"])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def latin_table(document, systems=None, names=None):
    """Similarities of texts that mean different things, as a Markdown table: median, and the 95th percentile in brackets."""
    systems, names = systems or list(document["latin"]), names or {}
    systems = [name for name in systems if name in document["latin"]]
    kinds = list(dict.fromkeys(kind for name in systems for kind in document["latin"][name]))
    rows = [["cosine of", *(names.get(name, name) for name in systems)], ["---", *["---:"] * len(systems)]]
    for kind in kinds:
        found = [document["latin"][name][kind] for name in systems]
        rows.append([kind, *(f"{each['median']:.2f} [{each['high']:.2f}]" for each in found)])
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


def text(estimate, form=".1f"):
    """A score with its interval as a cell."""
    if estimate is None:
        return "–"
    score, low, high = (format(estimate[key], form).replace("-", "−") for key in ("score", "low", "high"))
    return f"{score} [{low}, {high}]"


def notes(document):
    """What has to be said below the table."""
    share = f"{100 * document['confidence']:.0f}"
    return (
        f"In brackets: {share} % bootstrap intervals ({document['samples']:,} drawings of the n pairs, texts or "
        "queries; a difference is drawn in pairs). Classifiers are not trained again and clusters stay.\n"
        "† Most of these sentences stand in the distillation corpus, without their labels.\n"
        f"Kept: the mean over the rows above it but {NOT_KEPT} of the score divided by the teacher's. Mean score: over "
        "the same rows."
    )
