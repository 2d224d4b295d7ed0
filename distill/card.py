"""Writes the card of a model package, and its scores and thresholds into its description, from what was measured.

    npm run bench:quality -- --eval EVAL --teacher TEACHER --model models/ltd-zh-2
    python distill/card.py --about distill/ltd-zh-2.json --package models/ltd-zh-2 \\
        --quality data/quality/quality.json --log data/run/train.log --speed data/speed.json

The text of the card is in a Markdown file beside --about (ltd-zh-2.md), with places for everything that is counted
or measured, as {{scores}}. The few rows that README.md shows go between its lines <!-- quality --> and <!-- end -->
(--readme). Package again afterwards, so that `model.json` has the scores too.
"""

import argparse
import gzip
import json
import re
from pathlib import Path

import comparison

USES = {
    "student.onnx": "the graph",
    "words.tsv.gz": "words: dictionary and document frequencies",
    "chars.txt": "characters",
}

SHOWN = {
    "lcqmc.dev": "LCQMC, Spearman",
    "bq.dev": "BQ, Spearman",
    "stsb_zh.dev": "STS-B (zh), Spearman",
    "diac2019_law R@1": "legal FAQ, right at first",
}
"""The rows that README.md shows."""


def table(head, rows, right=()):
    """A Markdown table; `right` are the columns of numbers."""
    lines = [head, ["---:" if at in right else "---" for at in range(len(head))], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def read_json(path):
    """A JSON file; of the output of a bench with talk before it, the last line."""
    text = path.read_text(encoding="utf-8")
    try:
        return json.loads(text)
    except ValueError:
        return json.loads(text.rstrip("\n").split("\n")[-1])


def system_of(quality, model, wanted):
    """The system of the measurements that is this package. Refuses one whose files are others."""
    same = [name for name, measured in quality["models"].items() if measured["files"] == model["files"]]
    name = wanted or (same[0] if same else None)
    if name not in same:
        measured = ", ".join(quality["models"])
        raise SystemExit(f"{model['id']} is none of the packages that were measured ({measured}): measure it again")
    return name


def lines_of(path):
    """How many lines a text file has, packed or not."""
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).count(b"\n")


def files(package, model):
    """The package's files, and what they are."""
    rows = []
    for name, about in model["files"].items():
        count = "" if name.endswith(".onnx") else f"{lines_of(package / name):,} "
        rows.append([f"`{name}`", f"{about['bytes']:,}", count + USES.get(name, "")])
    rows.append(["`model.json`", f"{(package / 'model.json').stat().st_size:,}", "what it is, with checksums"])
    return table(["file", "bytes", "what"], rows, right=(1,))


def megabytes(package, model):
    """The size of all files but the card."""
    total = sum(about["bytes"] for about in model["files"].values()) + (package / "model.json").stat().st_size
    return f"{total / 1e6:.1f} MB"


def training(logs):
    """What the logs of train.py say: a row for each run."""
    rows = []
    for path in logs:
        log = path.read_text(encoding="utf-8")
        starts = list(re.finditer(r"^(\d+) rows, (\d+) parameters, (\{.*\})$", log, re.M))
        done = re.search(r"^done: (\d+) steps, ([\d.]+) minutes$", log, re.M)
        if not starts or not done:
            raise SystemExit(f"{path} is not the log of a finished training")
        start = starts[-1]  # a run that was resumed with more data has as many as it has starts
        batch = re.search(r"'batch': (\d+)", start[3])[1]
        passes = re.findall(r" epoch ([\d.]+) ", log)
        cosine = re.findall(r"of the averaged weights ([\d.]+)", log)
        rows.append(
            [
                f"{int(start[1]):,}",
                f"{int(start[2]):,}",
                f"{int(done[1]):,} of {batch}",
                passes[-1] if passes else "–",
                done[2],
                cosine[-1] if cosine else "–",
            ]
        )
    head = ["texts", "parameters", "steps", "passes", "minutes", "cosine to the teacher, held out"]
    return table(head, rows, right=range(6)) if rows else ""


def sizes(logs):
    """The sizes of the student, from the log of its last training."""
    names = {"char_width": "charWidth", "word_width": "wordWidth", "hidden": "hidden", "head": "head"}
    log = logs[-1].read_text(encoding="utf-8") if logs else ""
    found = {ours: re.search(rf"'{name}': (\d+)", log) for name, ours in names.items()}
    return {ours: size[1] for ours, size in found.items() if size}


def threshold_table(measured):
    """Where answers and suggestions begin, and how they do."""
    rows = []
    for use, found in measured["measured"].items():
        cells = [use, f"{measured['thresholds'][use]:.2f}", f"{100 * found['asked']:.0f} %"]
        for faq in ("law", "covid and chatterbot"):
            at = found[faq]
            cells += [f"{100 * at['precision']:.1f} %", f"{100 * at['right']:.0f}, {100 * at['wrong']:.0f}"]
        rows.append(cells)
    counted = "right, wrong of 100 + 100"
    head = ["use", "similarity", "asked", "precision, law", counted, "precision, covid and chit-chat", counted]
    return table(head, rows, right=(1, 2, 3, 4, 5, 6))


def speed(report):
    """Questions on the fewest threads of bench:speed, from string to vector, as a section; nothing if not measured."""
    if report is None:
        return ""
    threads = min(row["threads"] for row in report["rows"])
    of = {"texts": "questions", "threads": threads, "segmentation": True}

    def asked(rows):
        return [row for row in rows if all(row[key] == value for key, value in of.items())]

    students = list(dict.fromkeys(each["student"] for each in report["ratios"]))
    times = {(each["student"], each["system"], each["batch"]): each for each in asked(report["ratios"])}
    rows = []
    for row in asked(report["rows"]):
        found = [times.get((student, row["system"], row["batch"])) for student in students]
        rows.append(
            [
                row["system"],
                row["batch"],
                f"{row['textsPerSecond']:,.0f}",
                f"{row['msPerText']:.2f}",
                f"{row['cpuMsPerText']:.2f}",
                f"{row['bytes'] / 1e6:.1f}",
                f"{row['peakMemory'] / 2**20:,.0f}",
                *("" if each is None else f"{each['median']:.1f} x ({each['byCpu']:.1f} x)" for each in found),
            ]
        )
    head = ["system", "batch", "texts/s", "ms/text", "CPU ms/text", "MB", "peak MiB", *(f"{it} is" for it in students)]
    said = (
        f"FAQ questions ({report['meanCharacters']['questions']:.0f} characters on average), from string to vector, "
        f"{threads} thread{'' if threads == 1 else 's'}, ONNX Runtime for all, {report['machine']['cpu']}; the last "
        "columns say how many times as fast a student is, by the clock and in brackets by the work of the cores."
    )
    return "\n\n".join(["## Speed", said, table(head, rows, right=range(1, len(head)))])


def sources(about):
    """The teacher and the data with their licences."""
    rows = [[each["name"], each["licence"], each.get("note", "")] for each in (about["teacher"], *about["data"])]
    rows[0][0] += " (teacher)"
    return table(["what", "licence", "note"], rows)


def scores_of(quality, name):
    """{row: {system: score}} of one package, as its description keeps them."""
    systems = {each: each for each in quality["controls"]} | {name: "student"} | {quality["teacher"]: "teacher"}
    found = {}
    for row, measured in quality["rows"].items():
        cells = measured["systems"]
        found[row] = {label: cells[each]["score"] if each in cells else None for each, label in systems.items()}
    if name in quality["kept"]:
        found["kept, mean %"] = {"student": quality["kept"][name]["score"], "teacher": 100.0}
    return found


def write_figures(readme, quality, name, model, size):
    """Puts a few rows into README.md."""
    columns = {"char-IDF": "char-IDF, untrained", name: f"`{model['id']}`, {size}", quality["teacher"]: "its teacher"}
    rows = [
        [label, *(f"{quality['rows'][row]['systems'][each]['score']:.1f}" for each in columns)]
        for row, label in SHOWN.items()
    ]
    means = {each: found["score"] for each, found in quality["kept"].items()} | {quality["teacher"]: 100}
    rows.append(["kept of the teacher, mean of 11 rows", *(f"{means[each]:.1f} %" for each in columns)])
    text = readme.read_text(encoding="utf-8")
    place = re.compile(r"(<!-- quality -->\n).*?(\n<!-- end -->)", re.S)
    if not place.search(text):
        raise SystemExit(f"{readme} has no line <!-- quality --> with a line <!-- end --> after it")
    figures = table(["", *columns.values()], rows, right=(1, 2, 3))
    readme.write_text(place.sub(lambda found: f"{found[1]}\n{figures}\n{found[2]}", text), encoding="utf-8")


def fill(words, places):
    """The words with every place filled. Refuses a place that there is nothing for."""
    unknown = set(re.findall(r"\{\{(\w+)\}\}", words)) - set(places)
    if unknown:
        raise SystemExit(f"nothing is known as {', '.join(sorted(unknown))}; known are {', '.join(places)}")
    filled = re.sub(r"\{\{(\w+)\}\}", lambda place: str(places[place[1]]), words)
    return re.sub(r"\n{3,}", "\n\n", filled)  # what was not measured leaves no gap


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--about", required=True, type=Path, help="JSON about the model")
    parser.add_argument("--words", type=Path, help="the card's words (default: the .md beside --about)")
    parser.add_argument("--package", required=True, type=Path, help="model folder; its README.md is written")
    parser.add_argument("--quality", required=True, type=Path, help="quality.json of bench:quality")
    parser.add_argument("--system", help="its name in --quality, where two packages have the same files")
    parser.add_argument("--beside", action="append", default=[], metavar="NAME", help="another system for the table")
    parser.add_argument("--log", action="append", default=[], type=Path, help="train.log of its training; repeatable")
    parser.add_argument("--readme", type=Path, help="README.md that shows a few rows too")
    parser.add_argument("--speed", type=Path, help="the JSON of bench:speed")
    args = parser.parse_args()

    quality, about = read_json(args.quality), read_json(args.about)
    model = read_json(args.package / "model.json")
    name = system_of(quality, model, args.system)
    thresholds = quality["models"][name]["thresholds"]
    about["scores"] = scores_of(quality, name)
    about["thresholds"] = {use: round(found, 2) for use, found in thresholds["thresholds"].items()}
    shown = [*quality["controls"], name, *args.beside, *([quality["teacher"]] if quality["teacher"] else [])]
    kept = quality["kept"].get(name)
    text = model["text"]
    places = {
        "id": model["id"],
        "dims": model["dims"],
        "maxChars": text["maxChars"],
        "documents": f"{text['documents']:,}",
        "embeddedWords": f"{text['embeddedWords']:,}",
        "size": megabytes(args.package, model),
        "files": files(args.package, model),
        "training": training(args.log),
        "kept": "" if kept is None else f"{kept['score']:.1f} % ({kept['low']:.1f} to {kept['high']:.1f})",
        "scores": comparison.markdown(quality, shown, {name: model["id"]}) + "\n" + comparison.notes(quality),
        "latin": comparison.latin_table(quality, shown, {name: model["id"]}),
        "thresholds": threshold_table(thresholds),
        "speed": speed(read_json(args.speed) if args.speed else None),
        "sources": sources(about),
        **sizes(args.log),
    }
    words = (args.words or args.about.with_suffix(".md")).read_text(encoding="utf-8")
    (args.package / "README.md").write_text(fill(words, places), encoding="utf-8")
    if args.readme:
        write_figures(args.readme, quality, name, model, places["size"])
    args.about.write_text(json.dumps(about, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(f"{args.package / 'README.md'} and the scores and thresholds in {args.about}: package again")


if __name__ == "__main__":
    main()
