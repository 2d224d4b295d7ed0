"""Fits the judge of a model: the chance that the first row which was found for a question is right.

Gradient-boosted trees over the features of `distill-data judge`, which asks the questions of some FAQ tables and made ones. Scores are of tables that
were left out: each fold of tables is judged by trees that were fitted to the others.
"""

import argparse
import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

FORMAT = 1
FOLDS = 8
MADE_WEIGHT = 0.1
"""What a made question counts: there are many, and people ask otherwise."""
DENSE_WEIGHT = 0.3
"""What a question counts that was asked of a table with paraphrases of its rows beside them."""
SMALL_WEIGHT, ABSENT_WEIGHT = 0.03, 0.015
"""What a question counts that was asked of a few rows, each time; and of a few rows without those that answer it."""
GROUPS = {
    "similarity": "similarity",
    "distance to the next": "lead spread",
    "distance to the background": "background standing",
    "coverage by words": "coverage rowCoverage worst rowWorst second rowSecond missing rowMissing weight rowWeight elsewhere",
    "characters and pairs": "characters rowCharacters pairs pairsLead",
    "crowd": "crowd",
    "length": "length lengthRatio tokens rowTokens ideographs",
    "unknown words": "unknown",
    "names": "names namesMissing rowNamesMissing",
    "numbers and units": "numbers bounds numbersMissing rowNumbersMissing",
    "opposites, things, roles, times": "opposites things thingsAlone rowThingsAlone oppositesAlone rowOppositesAlone partly",
    "order and denial": "order denials negations",
    "kind of question": "asks asksAlone rowAsksAlone",
    "all that is said differently": "clashes",
}
"""Features that tell of one thing: what each is worth is measured by leaving it out."""
WRONG_ANSWERS, NEAR_ANSWERS, LOST = 0.04, 0.0205, 0.05
"""Shares that the thresholds keep: of the answers that are wrong, of the near-misses that are answered, of the right first rows that are called none."""
HIGHEST_ANSWER = 0.85


def read(path):
    """Names of the features and the trials, each with its features as `x`."""
    with open(path, encoding="utf8") as lines:
        names = json.loads(next(lines))
        return names, [json.loads(line) for line in lines]


def new_trees(seed=0):
    return HistGradientBoostingClassifier(
        max_iter=120, max_leaf_nodes=8, learning_rate=0.08, min_samples_leaf=20, l2_regularization=5.0, max_features=0.5,
        random_state=seed)


def leave_out(features, right, weights, tables):
    """The chance of each trial, by trees that have not seen its table."""
    chances = np.zeros(len(right))
    for names in np.array_split(np.array(sorted(set(tables))), FOLDS):
        out = np.isin(tables, names)
        trees = new_trees().fit(features[~out], right[~out], sample_weight=weights[~out])
        chances[out] = trees.predict_proba(features[out])[:, 1]
    return chances


def choose(chances, right, near):
    """The lowest answer threshold that keeps the shares of wrong answers and near-misses, and the suggest threshold that loses few right rows."""
    order = np.argsort(-chances)
    wrong = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    missed = np.cumsum(near[order]) / max(1, near.sum())
    keeps = np.flatnonzero((wrong <= WRONG_ANSWERS) & (missed <= NEAR_ANSWERS))
    answer = min(HIGHEST_ANSWER, chances[order][keeps[-1]]) if len(keeps) else HIGHEST_ANSWER
    return float(np.ceil(answer * 100) / 100), float(np.floor(np.quantile(chances[right], LOST) * 100) / 100)


def calibration_error(chances, right, bins=10):
    place = np.minimum((chances * bins).astype(int), bins - 1)
    return float(sum(abs(chances[place == i].mean() - right[place == i].mean()) * (place == i).mean()
                     for i in range(bins) if (place == i).any()))


def score(chances, right, near, answer, suggest):
    answered, none = chances >= answer, chances < suggest
    return {
        "questions": len(right),
        "right first": int(right.sum()),
        "AUC": round(float(roc_auc_score(right, chances)), 4),
        "calibration error": round(calibration_error(chances, right), 4),
        "right answered": round(float((answered & right).sum() / right.sum()), 4),
        "right called none": round(float((none & right).sum() / right.sum()), 4),
        "answers wrong": round(float((answered & ~right).sum() / max(1, answered.sum())), 4),
        "near-misses": int(near.sum()),
        "near-misses answered": int((answered & near).sum()),
    }


def print_worth(names, features, right, weights, tables, asked, near):
    """A line for all features, and for all but each group: AUC, shares answered, called none and wrong, near-misses, at cuts chosen again."""
    for group, without in [("", ""), *GROUPS.items()]:
        kept = [at for at, name in enumerate(names) if name not in without.split()]
        chances = leave_out(features[:, kept], right, weights, tables)[asked]
        scores = score(chances, right[asked], near[asked], *choose(chances, right[asked], near[asked]))
        shown = [scores[name] for name in ("AUC", "right answered", "right called none", "answers wrong", "near-misses answered")]
        print("\t".join([f"without {group}" if group else "all features", *map(str, shown)]), flush=True)


def tree_of(predictor):
    """A tree of scikit-learn as arrays; children come after their parent."""
    nodes = predictor.nodes
    leaf = nodes["is_leaf"].astype(bool)
    number = lambda values: [float(f"{value:.6g}") for value in values]
    return {
        "feature": [-1 if is_leaf else int(of) for is_leaf, of in zip(leaf, nodes["feature_idx"])],
        "threshold": number(np.where(leaf, 0, nodes["num_threshold"])),
        "left": [int(child) for child in np.where(leaf, 0, nodes["left"])],
        "right": [int(child) for child in np.where(leaf, 0, nodes["right"])],
        "value": number(np.where(leaf, nodes["value"], 0)),
    }


def checksum(document):
    """SHA-256 of compact JSON with sorted names, as src/checksum.ts computes it: numbers are written as JavaScript writes them."""
    script = "let t='';process.stdin.on('data',d=>t+=d).on('end',()=>{const s=(_,v)=>typeof v==='object'&&v!==null&&!Array.isArray(v)?" \
        "Object.fromEntries(Object.entries(v).sort(([a],[b])=>a<b?-1:1)):v;process.stdout.write(JSON.stringify(JSON.parse(t),s))})"
    text = subprocess.run(["node", "-e", script], input=json.dumps(document), capture_output=True, check=True, text=True).stdout
    return hashlib.sha256(text.encode()).hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="model folder; judge.json is written there")
    parser.add_argument("--eval", required=True, help="folder of FAQ tables")
    parser.add_argument("--lexicon", default=str(Path(__file__).parent / "judge-lexicon.txt"))
    parser.add_argument("--cli", default="npx ltd-index", help="how the program is called")
    parser.add_argument("--left-out", help="JSON Lines to write: each asked question with its chance by trees that have not seen its table")
    parser.add_argument("--dry", action="store_true", help="only measure: judge.json stays as it is")
    parser.add_argument("--trials", help="trials that were written before, to skip asking")
    parser.add_argument("--worth", action="store_true", help="print what is lost without each group of features, tables left out; nothing is written")
    given = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        trials_file = given.trials or f"{folder}/trials.jsonl"
        if not given.trials:
            subprocess.run([*given.cli.split(), "distill-data", "judge", "--model", given.model, "--eval", given.eval, "--lexicon",
                            given.lexicon, "--out", trials_file], check=True)
        names, trials = read(trials_file)
    features = np.array([trial["features"] for trial in trials])
    right = np.array([trial["isRight"] for trial in trials])
    dense = np.array([trial["variant"] == "dense" for trial in trials])
    small = np.array([trial["variant"] == "small" for trial in trials])
    absent = np.array([trial["label"] == "absent" for trial in trials])
    asked = np.array([trial["label"] != "made" for trial in trials]) & ~dense & ~small
    near = np.array([trial["label"] == "none?" for trial in trials])
    sizes = np.array([trial["rows"] for trial in trials])
    tables = np.array([trial["table"] for trial in trials])
    weights = np.select([dense, absent, small, asked], [DENSE_WEIGHT, ABSENT_WEIGHT, SMALL_WEIGHT, 1.0], MADE_WEIGHT)

    if given.worth:
        print_worth(names, features, right, weights, tables, asked, near)
        return
    all_chances = leave_out(features, right, weights, tables)
    chances = all_chances[asked]
    answer, suggest = choose(chances, right[asked], near[asked])
    scores = score(chances, right[asked], near[asked], answer, suggest)
    print(json.dumps({"answer": answer, "suggest": suggest, **scores}, indent=2))
    print(json.dumps({"dense tables": score(all_chances[dense], right[dense], near[dense], answer, suggest)}, indent=2))
    for rows in np.unique(sizes[small]):
        of = small & ~absent & (sizes == rows)
        without = absent & (sizes == rows)
        small_scores = score(all_chances[of], right[of], near[of], answer, suggest)
        small_scores |= {"without a right row": int(without.sum()), "of these answered": int((all_chances[without] >= answer).sum())}
        print(json.dumps({f"tables of {rows} rows": small_scores}, indent=2))

    if given.left_out:
        with open(given.left_out, "w", encoding="utf8") as lines:
            for trial, chance in zip([trial for trial, is_asked in zip(trials, asked) if is_asked], chances):
                kept = {name: trial[name] for name in ("table", "question", "label", "isRight")}
                lines.write(json.dumps({**kept, "similarity": trial["features"][0], "chance": float(chance)}, ensure_ascii=False) + "\n")
    if given.dry:
        return

    trees = new_trees().fit(features, right, sample_weight=weights)
    document = {
        "format": FORMAT,
        "model": json.loads((Path(given.model) / "model.json").read_text())["id"],
        "features": names,
        "bias": float(f"{trees._baseline_prediction.item():.6g}"),
        "trees": [tree_of(stage[0]) for stage in trees._predictors],
        "lexicon": [line for line in Path(given.lexicon).read_text(encoding="utf8").split("\n") if line and not line.startswith("#")],
        "thresholds": {"answer": answer, "suggest": suggest},
        "scores": scores,
    }
    document["checksum"] = checksum(document)
    (Path(given.model) / "judge.json").write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
