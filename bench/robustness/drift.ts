import { rowOf, type Matrix } from "../../src/index.ts";
import type { Change } from "./change.ts";
import { cosines, nearest, nearness, rankings, type Nearness } from "./cosines.ts";
import { Random } from "../../src/vector/random.ts";
import type { TextSet } from "./texts.ts";

/** N texts -> N x D, rows of unit length, NaN for a text without a vector. */
export type Embed = (texts: readonly string[]) => Promise<Matrix>;

/** What a change does to the vectors of one system. */
export interface Drift extends Nearness {
  /** Share of the changed questions whose nearest question of the FAQ is the one it was before. */
  same: number;
}

/** A line of the table. `drift` is absent where nothing was changed. */
export interface DriftRow {
  set: string;
  group: string;
  change: string;
  /** Share of the questions that it changes; all else is of these. */
  changed: number;
  drift?: Drift;
}

/** Changes every question in every way, and compares with the clean ones. */
export async function measureDrift(
  set: TextSet,
  changes: readonly Change[],
  embed: Embed,
  seed: number,
): Promise<DriftRow[]> {
  const { questions, paraphrases } = set;
  const corpus = await embed(set.corpus);
  const clean = await embed(questions);
  const before = rankings(clean, corpus);

  const row = async (group: string, change: string, texts: readonly string[]): Promise<DriftRow> => {
    const touched = [...questions.keys()].filter((at) => texts[at] !== questions[at]);
    const changed = touched.length / questions.length;
    if (touched.length === 0) return { set: set.name, group, change, changed };
    const vectors = await embed(touched.map((at) => texts[at]!));
    const same = touched.filter((at, row) => {
      const ranking = before[at]!;
      return nearest(rowOf(vectors, row), rowOf(clean, at), ranking, corpus) === ranking.rows[0];
    });
    const found = cosines(vectors, rowsOf(clean, touched));
    return {
      set: set.name,
      group,
      change,
      changed,
      drift: { ...nearness(found)!, same: same.length / touched.length },
    };
  };

  const others = questions.map((_, at) => questions[(at + (questions.length >> 1)) % questions.length]!);
  const rows = [await row("to compare with", "another question", others)];
  if (paraphrases) rows.push(await row("to compare with", "another wording", paraphrases));
  for (const [at, change] of changes.entries()) {
    const random = new Random(seed + at);
    const texts = questions.map((question) => change.apply(question, random));
    rows.push(await row(change.group, change.name, texts));
  }
  return rows;
}

function rowsOf({ data, dims }: Matrix, rows: readonly number[]): Matrix {
  const taken = new Float32Array(rows.length * dims);
  rows.forEach((row, at) => taken.set(data.subarray(row * dims, (row + 1) * dims), at * dims));
  return { rows: rows.length, dims, data: taken };
}
