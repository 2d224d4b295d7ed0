import { Converter } from "opencc-js";
import type { Random } from "../../src/vector/random.ts";
import type { Change } from "./change.ts";
import { typos } from "./typos.ts";

const LATIN = /[A-Za-z]+|[0-9]+/g;
const PUNCTUATION: Record<string, string> = {
  "，": ",",
  "。": ".",
  "？": "?",
  "！": "!",
  "：": ":",
  "；": ";",
  "（": "(",
  "）": ")",
};
const MARKS = ["，", "。", "！", "？", "、", "~", "…"];
const EMOJI = ["😊", "🙏", "👍", "😭", "❤️", "🤔"];
const NUMERALS = "零一二三四五六七八九";

/** @param texts where random and similar characters are taken from */
export function changesFor(texts: readonly string[]): Change[] {
  const script = (to: "t" | "tw" | "twp" | "hk") => Converter({ from: "cn", to });
  const change = (group: string, name: string, apply: Change["apply"]): Change => ({ group, name, apply });
  return [
    change("script", "traditional, Taiwan", script("tw")),
    change("script", "traditional, Taiwan, and its words", script("twp")),
    change("script", "traditional, Hong Kong", script("hk")),
    change("script", "traditional, OpenCC's own", script("t")),
    change("forms", "letters, digits and marks full width", (text) => text.replace(/[!-~]/g, fullWidth)),
    change("forms", "Chinese marks half width", (text) =>
      text.replace(/[，。？！：；（）]/g, (mark) => PUNCTUATION[mark]!),
    ),
    change("Latin and digits", "upper case", (text) => text.toUpperCase()),
    change("Latin and digits", "lower case", (text) => text.toLowerCase()),
    change("Latin and digits", "blanks around", (text) => text.replace(LATIN, " $& ").replace(/ +/g, " ").trim()),
    change("Latin and digits", "blanks inside", (text) => text.replace(LATIN, (word) => word.split("").join(" "))),
    change("Latin and digits", "digits as numerals", (text) => text.replace(/[0-9]/g, (digit) => NUMERALS[+digit]!)),
    ...typos(texts),
    change("marks and emoji", "last mark left out", (text) => text.replace(/[\p{P}\p{S}]+$/u, "")),
    change("marks and emoji", "！！！ at the end", (text) => `${text}！！！`),
    change("marks and emoji", "marks inside, 1 in 10", (text, random) => insert(text, MARKS, random)),
    change("marks and emoji", "an emoji at the end", (text, random) => text + random.one(EMOJI)),
    change("marks and emoji", "three emoji at the end", (text, random) => text + random.some(EMOJI, 3).join("")),
    change("marks and emoji", "emoji inside, 1 in 10", (text, random) => insert(text, EMOJI, random)),
    change("blanks", "between all characters", (text) => Array.from(text).join(" ")),
    change("blanks", "1 in 10", (text, random) => insert(text, [" "], random)),
    change("courtesy", "请问 before", (text) => `请问${text}`),
    change("courtesy", "谢谢 after", (text) => `${text}谢谢`),
    change("courtesy", "你好，请问 before and 谢谢！ after", (text) => `你好，请问${text}谢谢！`),
  ];
}

/** ASCII to its full-width form. */
function fullWidth(character: string): string {
  return String.fromCodePoint(character.codePointAt(0)! + 0xfee0);
}

/** Puts one of `marks` before 1 in 10 characters, at least one, never before the first. */
function insert(text: string, marks: readonly string[], random: Random): string {
  const characters = Array.from(text);
  const positions = new Set(
    random.some([...characters.keys()].slice(1), Math.max(1, Math.round(characters.length / 10))),
  );
  return characters.map((character, at) => (positions.has(at) ? random.one(marks) + character : character)).join("");
}
