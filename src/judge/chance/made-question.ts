import type { Random } from "../../vector/random.ts";
import type { Meaning } from "./lexicon.ts";
import type { Knowledge, Reading } from "./reading.ts";

/** A question that was generated from a text. */
export interface MadeQuestion {
  readonly text: string;
  /** Whether it asks what the text asks. */
  readonly isSame: boolean;
  /** What it says that the text does not: a row that says it may be what is meant now. */
  readonly added: string;
}

const OPENINGS = "请问 你好， 您好，请问 我想问一下 麻烦问下 求助， 想咨询一下 亲， 那个， 老师好，".split(" ");
const CLOSINGS = "，谢谢 啊 呢 ，急 ，在线等 呀 ？？ ，求告知".split(" ");
const HOWS = "怎么 如何 怎样 咋".split(" ");
const NUMERALS = "零一二三四五六七八九十";

/**
 * A question that asks the same in other words. It has two changes of courtesy, spelling, character order or synonyms.
 */
export function askAlike(reading: Reading, knowledge: Knowledge, random: Random): MadeQuestion | undefined {
  let text = reading.normalized;
  for (let change = 0; change < 2; change++) text = random.one(CHANGES)(text, reading, knowledge, random);
  return text === reading.normalized ? undefined : { text, isSame: true, added: "" };
}

type Change = (text: string, reading: Reading, knowledge: Knowledge, random: Random) => string;

const CHANGES: readonly Change[] = [
  (text, _reading, _knowledge, random) => random.one(OPENINGS) + text,
  (text, _reading, _knowledge, random) => text.replace(/[?？]$/, "") + random.one(CLOSINGS),
  (text, _reading, _knowledge, random) => {
    const how = HOWS.find((each) => text.includes(each));
    return how === undefined ? text : text.replace(how, random.one(HOWS));
  },
  (text, { tokens }, knowledge, random) => {
    const token = random.one(tokens);
    const meaning = token.meanings.find(({ kind }) => kind !== "filler");
    const others =
      meaning === undefined ? [] : formsOf(meaning, knowledge).filter((form) => form.length > 1 && form !== token.text);
    return others.length === 0 ? text : text.replace(token.text, random.one(others));
  },
  (text, { tokens }, _knowledge, random) => {
    const light = tokens.filter(
      ({ text: word, meanings }) => word.length > 1 && meanings.some(({ kind }) => kind === "filler"),
    );
    return light.length === 0 ? text : text.replace(random.one(light).text, "");
  },
  (text, _reading, _knowledge, random) => {
    const characters = Array.from(text);
    const at = random.below(Math.max(1, characters.length - 1));
    const [a = "", b = ""] = characters.slice(at, at + 2);
    return /^\p{Script=Han}{2}$/u.test(a + b)
      ? [...characters.slice(0, at), b, a, ...characters.slice(at + 2)].join("")
      : text;
  },
  (text) => text.replace(/(?<!\d)(?:\d|10)(?!\d)/, (digits) => NUMERALS[Number(digits)]!),
];

/**
 * Questions that ask something else in nearly the same words. Another number, the opposite, another thing of its kind,
 * swapped parties, a denial. Each change is one of what `row` says too.
 */
export function askOtherwise(reading: Reading, row: Reading, knowledge: Knowledge, random: Random): MadeQuestion[] {
  const made = [otherMember, otherNumber, swapped, denied].map((change) => change(reading, row, knowledge, random));
  return made.filter((each) => each !== undefined && each.text !== reading.normalized) as MadeQuestion[];
}

type Otherwise = (reading: Reading, row: Reading, knowledge: Knowledge, random: Random) => MadeQuestion | undefined;

const otherMember: Otherwise = ({ normalized, tokens }, row, knowledge, random) => {
  const options = tokens.flatMap(({ text, meanings }) =>
    meanings.flatMap((meaning) => {
      if (meaning.kind === "filler" || meaning.kind === "same" || !normalized.includes(text)) return [];
      const isShared = row.tokens.some((token) =>
        token.meanings.some((m) => m.entry === meaning.entry && m.member === meaning.member),
      );
      const others = isShared
        ? otherFormsOf(meaning, knowledge).filter((form) => Math.abs(form.length - text.length) <= 2)
        : [];
      return others.length > 0 ? [{ text, others }] : [];
    }),
  );
  if (options.length === 0) return undefined;
  const { text, others } = random.one(options);
  const added = random.one(others);
  return { text: normalized.replace(text, added), isSame: false, added };
};

const otherNumber: Otherwise = ({ normalized }, row, _knowledge, random) => {
  const numbers = Array.from(normalized.matchAll(/\d+|[二三四五六七八九](?=[天个岁年月次层楼号倍针期])/g)).filter(
    ([text]) => row.normalized.includes(text),
  );
  if (numbers.length === 0) return undefined;
  const match = random.one(numbers);
  const [number] = match;
  const added = /\d/.test(number)
    ? String(Math.max(1, Number(number) + random.one([1, 2, 3, 5, 10, -1])))
    : random.one(Array.from("二三四五六七八九").filter((each) => each !== number));
  return {
    text: normalized.slice(0, match.index) + added + normalized.slice(match.index + number.length),
    isSame: false,
    added,
  };
};

/** 微信转支付宝 -> 支付宝转微信 */
const swapped: Otherwise = ({ normalized, content }, row) => {
  const match = /^(.*?)(转成|转到|转为|换成|改成|转|换|借给|还给|给|到|替|撞|投诉|起诉|欠|赔|告)(.*)$/u.exec(
    normalized,
  );
  const [, before = "", verb = "", after = ""] = match ?? [];
  const parties = content.map(({ text }) => text).filter((text) => text.length > 1 && row.normalized.includes(text));
  const [first, second] = [
    parties.findLast((text) => before.includes(text)),
    parties.find((text) => after.includes(text)),
  ];
  if (first === undefined || second === undefined || first === second) return undefined;
  return { text: before.replace(first, second) + verb + after.replace(second, first), isSame: false, added: "" };
};

const QUESTION_WORD = /吗|怎么|如何|什么|哪|多少|几|能不能|咋|么|为何|呢|\?/u;
const PREDICATE =
  /(不|没有|没)?(能|可以|会|支持|同意|允许|收到|需要|有|是|显示|更新|连上|生效|成功|到账|响应|工作|启动|发货|退|开|用)/u;

/** 今天限行 -> 今天不限行; questions ask the same with and without a negation. */
const denied: Otherwise = ({ normalized }) => {
  const match = QUESTION_WORD.test(normalized) ? null : PREDICATE.exec(normalized);
  if (match === null) return undefined;
  const [predicate, negation, verb = ""] = match;
  const added = negation === undefined ? (/^(有|收到|发货)$/.test(verb) ? "没" : "不") + verb : verb;
  return { text: normalized.replace(predicate, added), isSame: false, added: "" };
};

/** The forms of one meaning, and of the others of its entry. */
const formsOf = ({ entry, member }: Meaning, { lexicon }: Knowledge) => lexicon.entries.get(entry)?.[member] ?? [];
const otherFormsOf = ({ entry, member }: Meaning, { lexicon }: Knowledge) =>
  (lexicon.entries.get(entry) ?? []).filter((_, other) => other !== member).flat();
