import type { Reading } from "./reading.ts";

/** Words that negate what follows them, with that; `han` is the inside of a class of ideographs. */
export const negatedPattern = (han: string): string =>
  `(?:不|没有|没|无法|无|未|别|非|勿)(?:能够|能|可以|可|会|得|要|想|给|让|被|再)?([${han}]{1,2})`;
/** Questions, which ask the same with and without a negation: 能退吗, 不能退吗, 能不能退. And negations that deny nothing. */
export const questionPattern = (han: string): string =>
  `([${han}])不\\1|有没有|是否|能否|可否|吗|嘛|么|不好意思|不得不|不是不|没有不|无不|会不会|为什么|怎么|如何|咋|不了|什么|哪|多少|几`;
const HAN = "\\p{Script=Han}";
const NEGATED = new RegExp(negatedPattern(HAN), "gu");
const QUESTION = new RegExp(questionPattern(HAN), "u");

/**
 * What one statement denies and another says: 今天限行 and 今天不限行. Undefined for questions, where a negation does not change
 * what is asked.
 */
export function findDenial(a: Reading, b: Reading): { question: string; row: string } | undefined {
  if (isQuestion(a) || isQuestion(b)) return undefined;
  const inA = denied(a.normalized, b.normalized);
  if (inA !== undefined) return { question: inA.negated, row: inA.plain };
  const inB = denied(b.normalized, a.normalized);
  return inB && { question: inB.plain, row: inB.negated };
}

const isQuestion = ({ normalized }: Reading): boolean => QUESTION.test(normalized);

/** A negated word of `text` that `other` has without a negation. */
function denied(text: string, other: string): { negated: string; plain: string } | undefined {
  const plainOther = other.replaceAll(NEGATED, "");
  for (const [negated, plain = ""] of text.matchAll(NEGATED)) {
    if (plainOther.includes(plain) && !other.includes(negated)) return { negated, plain };
  }
  return undefined;
}
