import type { DifferenceKind } from "./difference.ts";
import type { Evidence } from "./feature.ts";

/** What a judge saw, in sentences for people: first what speaks against the first row. */
export function explainEvidence({ features, differences }: Evidence): string[] {
  const { coverage = 0, rowCoverage = 0, background = 0, similarity = 0 } = features;
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  return [
    ...differences.map(({ kind, question, row }) => `${WORDS[kind]}: the question has ${question}, the row ${row}`),
    `the row covers ${percent(coverage)} of what the question says, the question ${percent(rowCoverage)} of the row`,
    `similarity ${similarity.toFixed(3)}, ${background.toFixed(3)} above the mean of the next rows`,
  ];
}

const WORDS: Readonly<Record<DifferenceKind, string>> = {
  name: "another name",
  number: "another number",
  bound: "a number and a bound",
  unit: "another unit",
  order: "the other way round",
  negation: "the contrary",
  ask: "another kind of question",
  opposite: "the opposite",
  role: "another role",
  time: "another time",
  thing: "another thing of the same kind",
};
