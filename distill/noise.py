"""Spoils texts as people do, for training with the vector of the clean text as target.

    python distill/noise.py --texts data/sentences.txt --teacher data/sentences.teacher.npy --out data/noisy --rows 200000

Writes OUT.txt (one text a line) and OUT.teacher.npy (the teacher's vectors of the clean texts). A text gets one of: a character
of the same sound for another, a character lost, two turned round, a letter or digit struck twice, words of courtesy around it, other
punctuation. Rows are drawn by a seed: the same texts give the same noise.
"""

import argparse
import random
import re
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from pypinyin import lazy_pinyin

HAN = re.compile("[\u4e00-\u9fff]")
BEFORE = ("请问", "你好，", "您好，请问", "麻烦问一下，", "想问下", "那个", "我想问一下", "在吗，", "急！", "请问一下", "咨询一下，", "亲，")
BEHIND = ("？", "?", "谢谢", "，谢谢！", "呢", "啊", "呀", "！", "。。。", "，急", "，在线等", "求解答", "？？", "吧", " 谢谢各位")


def homophones(texts, least=50):
    """Character -> the characters of the same sound, without its tone, and how often each occurs in the texts."""
    counts = Counter(character for text in texts for character in text if HAN.match(character))
    sounds = defaultdict(list)
    for character, count in counts.items():
        if count >= least:
            sounds[lazy_pinyin(character)[0]].append((character, count))
    return {
        character: [(other, count) for other, count in group if other != character]
        for group in sounds.values()
        for character, _ in group
    }


def spoil(text, sounds, rng):
    """The text with one thing wrong, or one thing more; None where this kind of noise has no place in it."""
    kind = rng.choice(("sound", "sound", "sound", "lost", "turned", "courtesy", "courtesy", "punctuation", "twice"))
    at = rng.randrange(len(text))
    if kind == "sound":
        places = [i for i, character in enumerate(text) if sounds.get(character)]
        if not places:
            return None
        at = rng.choice(places)
        others, counts = zip(*sounds[text[at]])
        return text[:at] + rng.choices(others, [count**0.5 for count in counts])[0] + text[at + 1 :]
    if kind == "courtesy":
        before, behind = rng.choice(((True, False), (False, True), (True, True)))
        return (rng.choice(BEFORE) if before else "") + text.rstrip("？?。!！") + (rng.choice(BEHIND) if behind else "")
    if kind == "punctuation":
        return re.sub(r"[^\w\s]", lambda found: rng.choice((" ", "", found[0])), text) + rng.choice(("", " ", "。", "!"))
    if len(text) < 5 or text[at].isdigit():  # what is left would be another text
        return None
    if kind == "lost":
        return text[:at] + text[at + 1 :]
    if kind == "twice":
        return text[:at] + text[at] + text[at:]
    return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--texts", required=True, type=Path, help="clean texts, one a line")
    parser.add_argument("--teacher", required=True, help="their teacher vectors, .npy")
    parser.add_argument("--out", required=True, type=Path, help="OUT.txt and OUT.teacher.npy are written")
    parser.add_argument("--rows", type=int, default=200_000, help="spoilt texts (default 200000)")
    parser.add_argument("--max-chars", type=int, default=36, help="longest text that is spoilt (default 36)")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    texts = args.texts.read_text(encoding="utf-8").split("\n")[:-1]
    rng = random.Random(args.seed)
    sounds = homophones(texts[:300_000])
    rows, noisy = [], []
    order = list(range(len(texts)))
    rng.shuffle(order)
    for row in order:
        if len(rows) == args.rows:
            break
        if len(texts[row]) > args.max_chars:
            continue
        text = spoil(texts[row], sounds, rng)
        if text is not None and text.strip() and text != texts[row]:
            rows.append(row)
            noisy.append(text)
    args.out.with_suffix(".txt").write_text("".join(f"{text}\n" for text in noisy), encoding="utf-8")
    vectors = np.load(args.teacher, mmap_mode="r")
    by_row = np.argsort(rows)
    out = np.empty((len(rows), vectors.shape[1]), np.float16)
    out[by_row] = vectors[np.array(rows)[by_row]]
    np.save(args.out.with_suffix(".teacher.npy"), out)
    print(f"{len(rows)} texts in {args.out}.txt")


if __name__ == "__main__":
    main()
