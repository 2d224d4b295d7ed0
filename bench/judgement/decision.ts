import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { judgeOf } from "../../src/app/judge-of.ts";
import type { Embedder } from "../../src/embed/embedder.ts";
import { judgeFirst, type Judge } from "../../src/judge/chance/judge.ts";
import { wilson, type Interval } from "../../src/judge/interval.ts";
import { rowOf } from "../../src/vector/matrix.ts";
import { dot } from "../../src/vector/product.ts";
import { table } from "../shared/markdown.ts";
import { interval, percent } from "./refusals.ts";

/** A question that was asked of a table, with its chance by a judge that has not seen the table. */
interface Asked {
  readonly table: string;
  readonly question: string;
  readonly label: string;
  readonly isRight: boolean;
  readonly similarity: number;
  readonly chance: number;
}

interface Cuts {
  readonly answer: number;
  readonly suggest: number;
}

/** What a way of deciding does with the questions of a table. */
export interface DecisionScore {
  readonly table: string;
  readonly way: "similarity" | "judge";
  readonly questions: number;
  /** Questions whose first row is right. */
  readonly rightFirst: number;
  /** Of these, the share that is answered, and the share that is called none. */
  readonly answered: Interval;
  readonly calledNone: Interval;
  /** Share of the answers that are wrong. */
  readonly wrong: Interval;
  readonly nearMisses: number;
  readonly nearAnswered: number;
}

/** What is answered of the contrast pairs of a kind. */
export interface ContrastScore {
  readonly kind: string;
  readonly isSame: boolean;
  readonly pairs: number;
  /** Pairs that are answered by a similarity of 0.90 or more, and by the judge. */
  readonly similarity: number;
  readonly judge: number;
}

/** Measures the decision before (fixed similarities) and after (the judge, a table left out at a time). */
export async function measureDecision(embedder: Embedder, folder: string, python: string) {
  const judge = judgeOf(embedder.model);
  if (judge === undefined) throw new Error("the model has no judge.json: see distill/README.md");
  const asked = leftOut(embedder.model.folder, join(folder, "live"), python);
  const before = embedder.model.description.thresholds;
  const names = [...new Set(asked.map((each) => each.table))];
  const scores = [...names, "all"].flatMap((name) => {
    const of = name === "all" ? asked : asked.filter((each) => each.table === name);
    return [scoreOf(name, "similarity", of, before), scoreOf(name, "judge", of, judge.thresholds)];
  });
  return {
    scores,
    contrast: await contrastScores(embedder, judge, join(folder, "live", "contrast.tsv")),
    cost: costOf(judge),
  };
}

function leftOut(model: string, tables: string, python: string): Asked[] {
  const out = mkdtempSync(join(tmpdir(), "ltd-judge-"));
  try {
    const file = join(out, "left-out.jsonl");
    const cli = `${process.execPath} src/cli/main.ts`;
    execFileSync(
      python,
      ["distill/judge.py", "--model", model, "--eval", tables, "--cli", cli, "--dry", "--left-out", file],
      {
        stdio: ["ignore", "ignore", "inherit"],
        maxBuffer: 1 << 26,
      },
    );
    const lines = readFileSync(file, "utf8").trim().split("\n");
    return lines.map((line) => JSON.parse(line) as Asked);
  } finally {
    rmSync(out, { recursive: true });
  }
}

function scoreOf(name: string, way: DecisionScore["way"], asked: readonly Asked[], cuts: Cuts): DecisionScore {
  const score = (each: Asked) => (way === "judge" ? each.chance : each.similarity);
  const right = asked.filter(({ isRight }) => isRight);
  const answers = asked.filter((each) => score(each) >= cuts.answer);
  const near = asked.filter(({ label }) => label === "none?");
  const share = (of: readonly Asked[], holds: (each: Asked) => boolean) => wilson(of.filter(holds).length, of.length);
  return {
    table: name,
    way,
    questions: asked.length,
    rightFirst: right.length,
    answered: share(right, (each) => score(each) >= cuts.answer),
    calledNone: share(right, (each) => score(each) < cuts.suggest),
    wrong: share(answers, ({ isRight }) => !isRight),
    nearMisses: near.length,
    nearAnswered: near.filter((each) => score(each) >= cuts.answer).length,
  };
}

/** Pairs come in twos with one anchor; the anchors are the table, the other sentences ask it. They were not fitted to. */
async function contrastScores(embedder: Embedder, judge: Judge, file: string): Promise<ContrastScore[]> {
  const lines = readFileSync(file, "utf8").trim().split("\n").slice(1);
  const cells = lines.map((line) => line.split("\t"));
  const anchors: string[] = [];
  const pairs = cells.map(([one = "", other = "", same, kind = ""], at) => {
    const twin = cells[at % 2 === 0 ? at + 1 : at - 1]!;
    const anchor = twin.includes(one) ? one : other;
    if (at % 2 === 0) anchors.push(anchor);
    return { anchor, question: anchor === one ? other : one, isSame: same === "1", kind };
  });
  const [rows, questions] = [
    await embedder.embed(anchors),
    await embedder.embed(pairs.map(({ question }) => question)),
  ];
  const scores = new Map<string, ContrastScore>();
  pairs.forEach(({ anchor, question, isSame, kind }, at) => {
    const all = anchors.map((text, row) => ({ text, similarity: dot(rowOf(questions, at), rowOf(rows, row)) }));
    const own = all.find(({ text }) => text === anchor)!;
    const others = all
      .filter(({ similarity }) => similarity < own.similarity)
      .sort((a, b) => b.similarity - a.similarity);
    const { chance } = judgeFirst(judge, question, [own, ...others.slice(0, 9)]);
    const known = scores.get(kind) ?? { kind, isSame, pairs: 0, similarity: 0, judge: 0 };
    scores.set(kind, {
      ...known,
      pairs: known.pairs + 1,
      similarity: known.similarity + Number(own.similarity >= 0.9),
      judge: known.judge + Number(chance >= judge.thresholds.answer),
    });
  });
  return [...scores.values()].sort((a, b) => Number(a.isSame) - Number(b.isSame) || (a.kind < b.kind ? -1 : 1));
}

/** Microseconds of CPU that a judgement takes, ten candidates. */
function costOf(judge: Judge): number {
  const near = Array.from({ length: 10 }, (_, at) => ({
    text: `订单${at}怎么申请退款，多久到账？`,
    similarity: 0.9 - at / 50,
  }));
  const ROUNDS = 2_000;
  for (let warm = 0; warm < 200; warm++) judgeFirst(judge, "我想问一下3号订单退款要多久", near);
  const start = process.cpuUsage().user;
  for (let round = 0; round < ROUNDS; round++) judgeFirst(judge, "我想问一下3号订单退款要多久", near);
  return (process.cpuUsage().user - start) / ROUNDS;
}

export function decisionTable({ scores, contrast, cost }: Awaited<ReturnType<typeof measureDecision>>): string {
  const decisions = table(
    [
      "table",
      "decides by",
      "questions",
      "right first",
      "of these answered",
      "called none",
      "answers wrong",
      "near-misses answered",
    ],
    scores.map((each) => [
      each.table,
      each.way,
      String(each.questions),
      String(each.rightFirst),
      interval(each.answered),
      interval(each.calledNone),
      interval(each.wrong),
      `${each.nearAnswered} of ${each.nearMisses}`,
    ]),
  );
  const kinds = table(
    ["contrast pairs", "same", "pairs", "at 0.90 or more", "answered by the judge"],
    contrast.map((each) => [
      each.kind,
      each.isSame ? "yes" : "no",
      String(each.pairs),
      percent(each.similarity / each.pairs),
      percent(each.judge / each.pairs),
    ]),
  );
  return `${decisions}\n${kinds}\nA judgement takes ${cost.toFixed(0)} µs of CPU.\n`;
}
