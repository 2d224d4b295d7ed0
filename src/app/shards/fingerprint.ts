import { sha256 } from "../../checksum.ts";
import type { Queryable } from "../../db/database.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import type { Fingerprint } from "../../db/indexes/front.ts";
import { readWeights } from "../../db/indexes/weight.ts";

/** What a generation of a shard must have in common with those of the other shards. */
export async function fingerprintOf(database: Queryable, record: IndexRecord): Promise<Fingerprint> {
  const lines = [...(await readWeights(database, record))].map(
    ([word, { idf, frequency }]) => `${word}\t${Math.fround(idf)}\t${frequency}`,
  );
  return {
    key: record.key.map(({ name, type }) => `${name} ${type}`).join(", "),
    template: record.template,
    model: record.modelId,
    modelChecksum: record.modelChecksum,
    weights: lines.length === 0 ? "" : sha256(lines.toSorted().join("\n")),
  };
}

/** In the order in which they are told. */
const PARTS: readonly (readonly [part: keyof Fingerprint, called: string])[] = [
  ["model", "model"],
  ["modelChecksum", "checksum of the model"],
  ["weights", "word weights"],
  ["template", "template"],
  ["key", "key"],
];

/** The first difference from what the front wants: `its model is a, not b`. Undefined: there is none. */
export function firstDifference(found: Fingerprint, wanted: Fingerprint): string | undefined {
  const different = PARTS.find(([part]) => found[part] !== wanted[part]);
  if (different === undefined) return undefined;
  const [part, called] = different;
  if (part === "weights") return "its word weights differ";
  return `its ${called} is ${JSON.stringify(found[part])}, not ${JSON.stringify(wanted[part])}`;
}

const THRESHOLDS = ["answerThreshold", "suggestThreshold", "answerMargin", "judgeSlope", "judgeOffset"] as const;

/** The first threshold that differs from that of another index, as a sentence. Undefined: none does. */
export function thresholdDifference(found: IndexRecord, wanted: IndexRecord): string | undefined {
  const part = THRESHOLDS.find((each) => found[each] !== wanted[each]);
  if (part === undefined) return undefined;
  const called = part.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `its ${called} is ${found[part] ?? "the model's"}, not ${wanted[part] ?? "the model's"}`;
}
