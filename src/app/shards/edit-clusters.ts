import type { Database } from "../../db/database.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { findFront } from "../../db/indexes/front.ts";
import { dropClusterings, listClusterings } from "../../db/results/clustering.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { edit, merging, renaming, type Edit } from "../cluster/edit.ts";
import { allOf, inEach, onEachShard, withShards } from "./each.ts";

/**
 * Gives a cluster of a saved clustering a name, which stays when everything is clustered again. Null: it is called by
 * its words again. Of a front, all its shards must answer.
 *
 * Throws LtdError "index" when there is no such index, clustering or cluster, "usage" for an empty name.
 *
 * @example
 * const database = await openDatabase();
 * await renameCluster(database, "faq", "topics", 3, "退款");
 */
export async function renameCluster(
  database: Database,
  index: string,
  clustering: string,
  cluster: number,
  name: string | null,
): Promise<void> {
  await editAll(database, index, clustering, renaming(clustering, cluster, name));
}

/**
 * Merges clusters of a saved clustering into the first of them. It gets all of their rows; the other clusters are gone.
 * The rows stay together when everything is clustered again. Of a front, all its shards must answer.
 *
 * Throws LtdError "index" when there is no such index, clustering or cluster, "usage" for fewer than two of them.
 * @example
 * const database = await openDatabase();
 * await mergeClusters(database, "faq", "topics", [3, 7]); // 7 becomes part of 3
 */
export async function mergeClusters(
  database: Database,
  index: string,
  clustering: string,
  clusters: readonly number[],
): Promise<void> {
  await editAll(database, index, clustering, merging(clustering, clusters));
}

/**
 * Deletes a saved clustering; the rows are not changed. Of a front, all its shards must answer. Throws LtdError "index"
 * when there is none.
 * @example
 * const database = await openDatabase();
 * await dropClustering(database, "faq", "topics");
 */
export async function dropClustering(database: Database, index: string, clustering: string): Promise<void> {
  await editAll(database, index, clustering, (tx, { indexName }) => dropClusterings(tx, indexName, clustering));
}

/** Edits a clustering of an index, or of all shards that have it: on all, or on none. */
async function editAll(database: Database, name: string, clustering: string, work: Edit): Promise<void> {
  await requireSchema(database);
  const front = await findFront(database, name);
  if (front === undefined)
    return database.transaction(async (tx) => edit(tx, (await getIndex(tx, name)).name, clustering, work));
  await withShards(database, front, async (shards) => {
    const all = allOf(
      await onEachShard(shards, async (there, record) => {
        const [saved] = await listClusterings(there, record.name, clustering);
        return { there, record, saved };
      }),
    );
    const having = all.filter(({ saved }) => saved !== undefined);
    // without any, the first says so
    const edited = having.length > 0 ? having : all.slice(0, 1);
    const databases = edited.map(({ there }) => there);
    await inEach(databases, async (txs) => {
      for (const [at, { record }] of edited.entries()) await edit(txs[at]!, record.name, clustering, work);
    });
  });
}
