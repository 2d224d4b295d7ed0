import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLabelledFile } from "../../src/app/judge/labelled-file.ts";
import { tune, type TunedScore } from "../../src/app/judge/tune.ts";
import type { ModelPackage } from "../../src/embed/model-package.ts";
import type { Labelled, LabelledPairs } from "../../src/judge/labelled.ts";
import { startClock, type Span } from "../shared/clock.ts";
import { digits, number, table } from "../shared/markdown.ts";

/** What tuning with the pairs of one set gave there, on pairs that were held out, and took elsewhere. */
export interface TuneScores extends Span {
  set: string;
  pairs: number;
  scores: readonly TunedScore[];
}

const SETS = { ATEC: "pairs/atec.train.tsv", BQ: "pairs/bq.dev.tsv" };
const CHECKS = { LCQMC: "pairs/lcqmc.dev.tsv", "STS-B (zh)": "pairs/stsb_zh.dev.tsv" };
/** Pairs of each set, the first ones. */
const PAIRS = 5000;

/** Tunes with 5,000 pairs of a set, and measures before and after. */
export async function measureTune(base: ModelPackage, folderOfSets: string): Promise<TuneScores[]> {
  const found: TuneScores[] = [];
  const checks = new Map<string, Labelled>();
  for (const [name, path] of Object.entries(CHECKS)) checks.set(name, await readLabelledFile(join(folderOfSets, path)));
  const folder = await mkdtemp(join(tmpdir(), "ltd-bench-tune-"));
  try {
    for (const [set, path] of Object.entries(SETS)) {
      const pairs = first(await readLabelledFile(join(folderOfSets, path), { kind: "pairs" }));
      const clock = startClock();
      const { scores } = await tune(base, pairs, { id: "tuned", out: join(folder, set), checks });
      found.push({ set, pairs: pairs.labels.length, ...clock(), scores });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return found;
}

function first(labelled: Labelled): LabelledPairs {
  if (labelled.kind !== "pairs") throw new Error(`pairs are needed, not ${labelled.kind}`);
  const part = <Item>(items: readonly Item[]) => items.slice(0, PAIRS);
  const { kind, first: left, second, labels } = labelled;
  return { kind, first: part(left), second: part(second), labels: part(labels) };
}

/** The scores as Markdown. */
export function tuneTable(found: readonly TuneScores[]): string {
  const percent = (share: number) => number(100 * share, 1);
  const rows = found.flatMap(({ set, pairs, seconds, cpuSeconds, scores }) =>
    scores.map(({ data, measure, before, after }, at) => [
      at === 0 ? `${set}, ${number(pairs)} (${digits(seconds)} s, ${digits(cpuSeconds)} CPU s)` : "",
      data,
      measure,
      percent(before),
      percent(after),
      `${after < before ? "-" : "+"}${percent(Math.abs(after - before))}`,
    ]),
  );
  return table(["tuned with", "measured on", "", "before", "after", "change"], rows);
}
