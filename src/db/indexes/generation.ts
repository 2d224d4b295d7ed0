import { LtdError } from "../../errors.ts";
import { createCapture } from "../capture/triggers.ts";
import type { Database } from "../database.ts";
import { createEntryTable, showEntries } from "../entries/entry-table.ts";
import { sqlState } from "../failure.ts";
import type { IndexRecord } from "../index-record.ts";
import { readGenerations } from "./find-index.ts";
import { removeGeneration } from "./index-store.ts";
import { lookAtSource } from "../capture/look.ts";
import {
  changeTable,
  entryKeyNames,
  entryTable,
  firstKey,
  keyArray,
  keyTypeNames,
  loggedKeys,
} from "../statement/key.ts";
import { joinSql, sqlText } from "../statement/sql-text.ts";
import { dropRowView } from "../entries/row-view.ts";
import { lockName } from "../statement/lock-name.ts";
import { statement } from "../statement/statement.ts";
import { entryRows, exchangeVectors, guardEntryRows } from "../entries/vector-column.ts";
import { keepGrants } from "../statement/grants.ts";
import { limitLockWait } from "../statement/lock-wait.ts";
import { addWeights, type StoredWeights } from "./weight.ts";

/**
 * Creates an empty generation beside the live one, in one transaction. It has a record, weights, an entry table and
 * triggers. From then on changes are queued for it; see `fillGeneration` for the rows that exist already.
 *
 * Throws LtdError("index") when one is being built already, LtdError("model") for a model that `registerModel` has not
 * seen.
 */
export async function createGeneration(
  database: Database,
  live: IndexRecord,
  modelId: string,
  weights: StoredWeights,
): Promise<IndexRecord> {
  return database.transaction(async (tx) => {
    await limitLockWait(tx);
    let id: number | undefined;
    try {
      const [added] = await tx.query<{ id: number }>(statement("indexes/add-generation"), [live.id, modelId]);
      id = added?.id;
    } catch (error) {
      if (sqlState(error) !== "23505") throw error;
      throw new LtdError("index", `a generation of ${live.name} is being built already`, {
        hint: `finish it (ltd-index generation switch ${live.name}) or drop it: see ltd-index generation list ${live.name}`,
        cause: error,
      });
    }
    const record = (await readGenerations(tx, live.name)).find((generation) => generation.id === id);
    if (record === undefined) throw switchedMeanwhile(live);
    if (live.vectorColumn !== null && !live.vectorColumnAdded && record.dims !== live.dims) {
      throw new LtdError(
        "model",
        `${modelId} has ${record.dims} dimensions, the column ${live.vectorColumn} of ${live.schema}.${live.table} has ${live.dims}`,
        {
          hint: `a column that add did not create keeps its type: create another index, with --column or without`,
        },
      );
    }
    await addWeights(tx, record, weights);
    const copied = ["entry", "change"].map((part) => `${part}_${live.id}`);
    await keepGrants(
      tx,
      copied,
      async () => {
        await createEntryTable(tx, record);
        await createCapture(tx, record);
      },
      (name) => name.replace(`_${live.id}`, `_${record.id}`),
    );
    return record;
  });
}

/**
 * Fills a new generation of the same model with the live entries. Queues those that are no longer right. These have
 * a word whose weight changed, match `cutOtherwise` (a tsquery; undefined: all), or have not reached the live
 * generation.
 *
 * Vectors do not leave the database. It can be cut off and run again at any moment, as long as no worker uses its
 * queue.
 */
export async function fillGeneration(
  database: Database,
  live: IndexRecord,
  building: IndexRecord,
  cutOtherwise: string | undefined,
): Promise<void> {
  const names = entryKeyNames(building.key);
  const [e, q] = [sqlText`e`, sqlText`q`];
  const entry = entryTable(building);
  // what no trigger tells, of before there was this generation
  await lookAtSource(database, live);
  await database.transaction(async (tx) => {
    // one at a time: the second one finds it filled
    await lockName(tx, "ltd.fill", building.id);
    const [filled] = await tx.query(`select from ${entry} limit 1`);
    if (filled !== undefined) return;
    const text = statement("indexes/copy-generation", {
      from: entryRows(live),
      to: entry,
      key_names: joinSql(names, ", "),
      entry_keys: joinSql(
        names.map((name) => sqlText`${e}.${name}`),
        ", ",
      ),
      entry_key: keyArray(e, names, building.key),
      change: changeTable(live),
      first_key: firstKey(live),
      ...loggedKeys(live, sqlText`c`),
      queued_keys: joinSql(
        keyTypeNames(building).map((type, column) => sqlText`${q}.key[${column + 1}]::${type}`),
        ", ",
      ),
    });
    await guardEntryRows(tx, live);
    await tx.query(text, [live.id, building.id, cutOtherwise ?? null]);
    await tx.query(statement("indexes/copy-wording-vectors"), [live.id, building.id]);
  });
  await database.query(statement("indexes/enqueue-marked", { entry, key: keyArray(e, names, building.key) }), [
    building.id,
  ]);
  await database.query(statement("capture/mark-enqueued"), [building.id]);
}

/**
 * Makes `next` the live generation and keeps the old one as the previous one, in one transaction.
 *
 * Throws LtdError("index") when one of them is not what it was any more.
 */
export async function makeLive(database: Database, live: IndexRecord, next: IndexRecord): Promise<void> {
  await database.transaction(async (tx) => {
    await limitLockWait(tx);
    const switched = await tx.query(statement("indexes/switch-generation"), [live.id, next.id, next.state]);
    if (switched.length !== 2) throw switchedMeanwhile(live);
    // a view of the column would not let it be retyped
    if (live.vectorColumn !== null) await dropRowView(tx, live);
    await exchangeVectors(tx, live, next);
    await showEntries(tx, next);
  });
}

/** Takes a generation away that is not live. Throws LtdError("index") when it is. */
export async function dropUnlessLive(database: Database, generation: IndexRecord): Promise<void> {
  await database.transaction(async (tx) => {
    await limitLockWait(tx);
    const current = (await readGenerations(tx, generation.name)).find(({ id }) => id === generation.id);
    if (current === undefined) return;
    if (current.state === "live") {
      throw new LtdError("index", `generation ${current.generation} of ${current.name} is the live one`, {
        hint: `switch to another one first, or remove the whole index: ltd-index remove ${current.name}`,
      });
    }
    await removeGeneration(tx, current);
  });
}

function switchedMeanwhile(index: IndexRecord): LtdError {
  return new LtdError("index", `the generations of ${index.name} were changed by another session`, {
    hint: `look at them: ltd-index generation list ${index.name}`,
  });
}
