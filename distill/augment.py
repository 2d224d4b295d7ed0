"""Makes further texts of a corpus, for the kinds that it has too few of: the teacher gives each its vector, so none needs a label.

    python distill/augment.py --corpus CORPUS --without data/eval.txt --out data/made.txt

- windows: neighbours of one source joined to 48 to 128 characters
- utterances: short requests to an assistant, from the templates of utterances.txt and the words of jieba's dictionary
- spans: a few neighbouring words of a sentence with Latin words, and Latin words alone
- digits: sentences with other digits

Texts that are in --without (those of the development sets) are left out.
"""

import argparse
import random
import re
from collections import Counter, defaultdict
from pathlib import Path

import jieba
from sample import read_corpus

WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+#/_-]*|[\u4e00-\u9fff]+|\s+|.")
PROSE = 18  # characters from which a text is a sentence rather than a title
ENDS = re.compile(r"[，。、；：？！…,.;:?!”）)]$")
LATIN = re.compile(r"[A-Za-z][A-Za-z0-9.+#-]{1,15}")
APPS = "微信 支付宝 淘宝 京东 微博 抖音 快手 高德地图 美团 饿了么 滴滴 知乎 豆瓣 网易云音乐 优酷 爱奇艺 今日头条 相册 相机 浏览器 计算器 日历 闹钟 设置 短信 QQ wifi 蓝牙 手电筒 备忘录 铁路12306".split()
PEOPLE = "妈妈 爸爸 老婆 老公 李总 王老师 小张 张三 客服 同事 房东 快递员 10086 10010".split()
DAYS = "今天 明天 后天 昨天 这周末 下周 周五 下周一 国庆 春节 月底 现在 今晚 明早".split()
PARTS_OF_DAY, HOURS, MINUTES = "早上 上午 下午 晚上 凌晨 中午".split(), "一二三四五六七八九十", "点 点半 点十分 点一刻".split()
COURTESY = ("请", "帮我", "请帮我", "麻烦", "我想", "你好，", "请问", "能不能")


class Slots:
    """What stands for the places of a template; {a|b} is one of these."""

    def __init__(self, rows, draw):
        self.draw = draw
        kinds = defaultdict(list)
        for line in (Path(jieba.__file__).parent / "dict.txt").read_text(encoding="utf-8").splitlines():
            word, count, kind = line.split()
            if len(word) > 1 and int(count) >= 3:
                kinds[kind].append(word)
        self.kinds = {"place": kinds["ns"], "person": kinds["nr"], "verb": kinds["v"], "day": DAYS}
        self.things = kinds["n"], kinds["nz"]
        self.titles = [text for _, text in rows if 2 <= len(text) <= 8]
        counts = Counter(word.rstrip(".-") for _, text in rows for word in LATIN.findall(text))
        self.latin = [word for word, count in counts.items() if count >= 4] or APPS
        self.shares = [min(counts[word], 60) or 1 for word in self.latin]

    def fill(self, template):
        """A template with all its places filled."""
        return re.sub(r"\{([^}]+)\}", lambda place: self.one(place[1]), template)

    def one(self, name):
        """Something for one place."""
        draw = self.draw
        if "|" in name:
            return draw.choice(name.split("|"))
        if name in self.kinds:
            return draw.choice(self.kinds[name])
        if name == "title":
            return draw.choice(self.titles)
        if name == "latin":
            return draw.choices(self.latin, self.shares)[0]
        if name == "number":
            return str(draw.randint(1, draw.choice((10, 100, 9999))))
        if name == "hour":
            return draw.choice(PARTS_OF_DAY) + draw.choice(HOURS) + draw.choice(MINUTES)
        if name == "who":
            return draw.choice(self.kinds["person"] if draw.random() < 0.6 else PEOPLE)
        if name == "thing":
            return draw.choice(self.things[draw.random() < 0.4])
        if name == "app":
            return draw.choice((self.one("latin"), draw.choice(APPS), draw.choice(self.titles)))
        raise SystemExit(f"utterances.txt has the place {{{name}}}, which nothing is known for")


def windows(rows, count, draw):
    """Neighbours of one source, joined; a source is drawn by how many of its texts are sentences rather than titles."""
    sources = defaultdict(list)
    for source, text in rows:
        sources[source].append(text)
    prose = {name: sum(len(text) >= PROSE for text in texts) for name, texts in sources.items() if len(texts) > 12}
    names = list(prose)
    sizes = [1 + min(count, 40_000) for count in prose.values()]
    while count:
        texts = sources[draw.choices(names, sizes)[0]]
        at, goal = draw.randrange(len(texts) - 12), draw.randint(56, 128)
        text = texts[at]
        for more in texts[at + 1 : at + 12]:
            if len(text) >= goal:
                break
            text += ("" if ENDS.search(text) else draw.choice((" ", "，", "。"))) + more
        if len(text) > 48:
            yield text[:128]
            count -= 1


def utterances(slots, count, draw):
    """Templates, filled; some with a courtesy before them."""
    templates = (Path(__file__).parent / "utterances.txt").read_text(encoding="utf-8").split("\n")[:-1]
    for _ in range(count):
        courtesy = draw.choice(COURTESY) if draw.random() < 0.15 else ""
        yield courtesy + slots.fill(draw.choice(templates))


def spans(rows, count, draw):
    """Neighbouring words of sentences with Latin words, one to nine of them."""
    mixed = [text for _, text in rows if re.search("[A-Za-z]", text)]
    while count and mixed:
        words = WORD.findall(draw.choice(mixed))
        at = draw.randrange(len(words))
        span = "".join(words[at : at + draw.choice((1, 1, 2, 3, 3, 4, 5, 7, 9))]).strip(" ,.，。、:：()（）")
        if re.search("[A-Za-z0-9]", span) and 2 <= len(span) <= 40:
            yield span
            count -= 1


def other_digits(rows, count, draw):
    """Sentences of which one digit or some are others."""
    texts = [text for _, text in rows if len(text) <= 40 and re.search("[0-9]", text)]
    for _ in range(count if texts else 0):
        characters = list(draw.choice(texts))
        places = [at for at, character in enumerate(characters) if character in "0123456789"]
        for at in draw.sample(places, min(len(places), draw.choice((1, 1, 2, 4)))):
            characters[at] = draw.choice("0123456789")
        yield "".join(characters)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--corpus", required=True, help="TSV with the columns source, sentence (may be .gz)")
    parser.add_argument("--without", type=Path, help="texts that may not be made, one a line")
    parser.add_argument("--out", required=True, type=Path, help="text file to write, one text a line")
    parser.add_argument("--windows", type=int, default=60_000)
    parser.add_argument("--utterances", type=int, default=90_000)
    parser.add_argument("--spans", type=int, default=70_000)
    parser.add_argument("--digits", type=int, default=45_000)
    parser.add_argument("--seed", type=int, default=19)
    args = parser.parse_args()

    draw = random.Random(args.seed)
    rows = list(read_corpus(args.corpus))
    banned = set(args.without.read_text(encoding="utf-8").lower().split("\n")) if args.without else set()
    made = {}
    for each in (
        windows(rows, args.windows, draw),
        utterances(Slots(rows, draw), args.utterances, draw),
        spans(rows, args.spans, draw),
        other_digits(rows, args.digits, draw),
    ):
        made.update(dict.fromkeys(" ".join(text.split()) for text in each))
    texts = [text for text in made if text and text.lower() not in banned]
    draw.shuffle(texts)
    args.out.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    print(f"{len(texts)} texts in {args.out}")


if __name__ == "__main__":
    main()
