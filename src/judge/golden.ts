import type { LabelledQuestion } from "./labelled-questions.ts";
import type { Decision } from "./decision.ts";
import { normalize } from "../text/normalize.ts";

/** What an index gave for a question whose row is known. */
export interface GoldenAnswer {
  readonly question: string;
  /** Whether some row answers it. */
  readonly isAnswerable: boolean;
  readonly decision: Decision;
  readonly chance: number | null;
  /** Key of the first row, its parts joined with a comma and a blank; null where none was found. */
  readonly first: string | null;
  /** Whether the first row is the right one. */
  readonly isFirstRight: boolean;
  /**
   * What came of it. With `right` the right row answered, with `wrong` another row, or any where none should; `open`
   * had no answer.
   */
  readonly outcome: "right" | "wrong" | "open";
}

/** What N answers amount to; shares are of N but where they say of what. */
export interface GoldenScores {
  readonly questions: number;
  readonly answerable: number;
  /** Share of the answerable whose first row is right, in [0, 1]. */
  readonly r1: number;
  /** Share of the answerable that are answered by the right row. */
  readonly right: number;
  /** Share of all questions with a wrong answer. */
  readonly wrong: number;
  /** Share of the answers that are right; null without an answer. */
  readonly precision: number | null;
}

/** A question whose outcome, or whose first row, changed from right to wrong or back. */
export interface GoldenChange {
  readonly question: string;
  readonly isWorse: boolean;
  readonly before: GoldenAnswer;
  readonly after: GoldenAnswer;
}

/** Answers before and after a change, question by question. */
export interface GoldenComparison {
  /** Questions that both have; the scores are of these. */
  readonly paired: number;
  /** Questions of which there is no answer before. */
  readonly added: number;
  readonly before: GoldenScores;
  readonly after: GoldenScores;
  /** Those that are worse first. */
  readonly changes: readonly GoldenChange[];
  /**
   * p-value of the exact McNemar test on better and worse questions. It is the chance of a difference at least this
   * large if the change meant nothing.
   */
  readonly p: number;
  /** What is worse by more than is allowed: one sentence each. */
  readonly problems: readonly string[];
}

/** An answer as `match` gives it. */
interface Asked {
  readonly decision: Decision;
  readonly chance: number | null;
  readonly answers: readonly {
    readonly key: readonly string[];
    readonly others: readonly (readonly string[])[];
    readonly text: string;
  }[];
}

/** Compares what an index gave with what was expected. Rows of the first row's text count as it. */
export function goldenAnswer({ question, keys, texts }: LabelledQuestion, asked: Asked): GoldenAnswer {
  const [first] = asked.answers;
  const isAnswerable = keys.length + texts.length > 0;
  const found = first === undefined ? [] : [first.key, ...first.others].map((key) => key.join(", "));
  const isFirstRight =
    first !== undefined &&
    (found.some((key) => keys.includes(key)) || texts.some((text) => normalize(text) === normalize(first.text)));
  const isAnswered = asked.decision === "answer";
  return {
    question,
    isAnswerable,
    decision: asked.decision,
    chance: asked.chance,
    first: found[0] ?? null,
    isFirstRight,
    outcome: !isAnswered ? "open" : isFirstRight ? "right" : "wrong",
  };
}

/** Sums N answers up. */
export function goldenScores(answers: readonly GoldenAnswer[]): GoldenScores {
  const answerable = answers.filter(({ isAnswerable }) => isAnswerable);
  const count = (of: readonly GoldenAnswer[], test: (answer: GoldenAnswer) => boolean) => of.filter(test).length;
  const right = count(answerable, ({ outcome }) => outcome === "right");
  const wrong = count(answers, ({ outcome }) => outcome === "wrong");
  const share = (hits: number, of: number) => (of === 0 ? 0 : hits / of);
  return {
    questions: answers.length,
    answerable: answerable.length,
    r1: share(
      count(answerable, ({ isFirstRight }) => isFirstRight),
      answerable.length,
    ),
    right: share(right, answerable.length),
    wrong: share(wrong, answers.length),
    precision: right + wrong === 0 ? null : right / (right + wrong),
  };
}

/**
 * Pairs answers before and after a change.
 *
 * @param allow how much worse a share may be, in [0, 1]
 */
export function compareGolden(
  before: readonly GoldenAnswer[],
  after: readonly GoldenAnswer[],
  allow: number,
): GoldenComparison {
  const earlier = new Map(before.map((answer) => [answer.question, answer]));
  const pairs = after.flatMap((now) => {
    const then = earlier.get(now.question);
    return then === undefined ? [] : [{ question: now.question, before: then, after: now }];
  });
  const changes = pairs
    .map((pair) => ({ ...pair, by: valueOf(pair.after) - valueOf(pair.before) }))
    .filter(({ by }) => by !== 0)
    .toSorted((a, b) => a.by - b.by)
    .map(({ by, ...pair }) => ({ ...pair, isWorse: by < 0 }));
  const [was, is] = [goldenScores(pairs.map((pair) => pair.before)), goldenScores(pairs.map((pair) => pair.after))];
  const worse = changes.filter(({ isWorse }) => isWorse).length;
  const problems = [
    tooMuch("questions whose first row is right", was.r1, is.r1, allow),
    tooMuch("questions that get the right answer", was.right, is.right, allow),
    tooMuch("questions without a wrong answer", 1 - was.wrong, 1 - is.wrong, allow),
  ].filter((problem) => problem !== undefined);
  return {
    paired: pairs.length,
    added: after.length - pairs.length,
    before: was,
    after: is,
    changes,
    p: mcnemar(worse, changes.length - worse),
    problems,
  };
}

/** What an answer is worth: a right one most, and no answer more than a wrong one. */
function valueOf({ outcome, isFirstRight, isAnswerable }: GoldenAnswer): number {
  const worth = { right: 4, open: 2, wrong: 0 }[outcome];
  return worth + (isAnswerable && isFirstRight ? 1 : 0);
}

function tooMuch(what: string, before: number, after: number, allow: number): string | undefined {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  // shares of a file are fractions: what is exactly as much worse as is allowed is allowed
  if (before - after <= allow + 1e-9) return undefined;
  return `${what}: ${percent(before)} before, ${percent(after)} after, which is worse by more than ${percent(allow)}`;
}

/**
 * Two-sided exact McNemar test: the chance that of a + b fair coins at least as many fall on one side.
 *
 * Source: McNemar 1947; the binomial distribution, summed in logarithms.
 */
export function mcnemar(worse: number, better: number): number {
  const n = worse + better;
  if (n === 0) return 1;
  let log = -n * Math.LN2; // of C(n, 0) / 2^n
  let tail = 0;
  for (let k = 0; k <= Math.min(worse, better); k++) {
    tail += Math.exp(log);
    log += Math.log(n - k) - Math.log(k + 1);
  }
  return Math.min(1, 2 * tail);
}
