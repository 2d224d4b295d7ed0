import type { Database } from "../../db/database.ts";
import type { GenerationState } from "../../db/index-record.ts";
import { readGenerations } from "../../db/indexes/find-index.ts";
import { findFront } from "../../db/indexes/front.ts";
import { readWeights } from "../../db/indexes/weight.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { allOf, onEachShard, withShards } from "../shards/each.ts";
import { statusOf, type IndexStatus } from "../status.ts";

/** One generation of an index, counted exactly. */
export interface GenerationStatus extends IndexStatus {
  generation: number;
  state: GenerationState;
  /** Words whose weight differs from the model's. */
  weights: number;
  createdAt: Date;
}

/**
 * The generations of an index, the oldest first. Throws LtdError "index" when there is no such index.
 *
 * Of a front those of each shard, which must all answer, as of the index `faq/a`.
 *
 * @example
 * const database = await openDatabase();
 * for (const generation of await listGenerations(database, "faq")) console.log(generation);
 */
export async function listGenerations(database: Database, name: string): Promise<GenerationStatus[]> {
  await requireSchema(database);
  const front = await findFront(database, name);
  if (front === undefined) return ofOne(database, name, name);
  const all = await withShards(database, front, async (shards) =>
    allOf(await onEachShard(shards, (there, { name: index }, shard) => ofOne(there, index, `${name}/${shard.name}`))),
  );
  return all.flat();
}

async function ofOne(database: Database, name: string, index: string): Promise<GenerationStatus[]> {
  const found: GenerationStatus[] = [];
  for (const record of await readGenerations(database, name)) {
    const { generation, state, createdAt } = record;
    const weights = (await readWeights(database, record)).size;
    found.push({ ...(await statusOf(database, record)), index, generation, state, weights, createdAt });
  }
  return found;
}
