import { parseServerUrl } from "../../db/connect/server-url.ts";
import type { Database } from "../../db/database.ts";
import {
  createForeignShards,
  createNearViews,
  nearTables,
  nearViews,
  type ForeignShard,
} from "../../db/indexes/foreign-shard.ts";
import type { FrontRecord, ShardRecord } from "../../db/indexes/front.ts";
import type { IndexRecord } from "../../db/index-record.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { vectorExtension } from "../../db/schema/server-settings.ts";
import { keepGrants } from "../../db/statement/grants.ts";
import { limitLockWait } from "../../db/statement/lock-wait.ts";
import { recordStatements } from "../../db/statement/record-statements.ts";
import { LtdError } from "../../errors.ts";
import { getFront } from "./declared.ts";
import { onEachShard, withShards, type Outcome } from "./each.ts";
import type { Shard } from "./shard.ts";

/** What {@link linkShards} did. */
export interface LinkResult {
  front: string;
  /** The shards that `ltd.match` of the front asks from now on, by name. */
  shards: readonly string[];
}

/**
 * Lets `ltd.match` of a front ask its shards in plain SQL, by postgres_fdw.
 *
 * Makes two views of the index on each shard, then servers, user mappings and foreign tables on the front. Run it again
 * after `addShard`. Servers that exist keep their options: change an address with `alter server`.
 *
 * @throws {LtdError} index: there is no such front, or a shard keeps its vectors in a column of its table; database: a
 *   shard that cannot be reached, an embedded front
 * @example
 * const database = await openDatabase({ url: "postgres://app:app@127.0.0.1/front" });
 * await linkShards(database, "faq");
 * console.log(await database.query("select * from ltd.match('faq', '怎么退款')"));
 */
export async function linkShards(database: Database, front: string): Promise<LinkResult> {
  const { record, shards, schema } = await withPlan(database, front, async (plan, open) => {
    const made = await onEachShard(open, (there, index) =>
      there.transaction(async (tx) => {
        await limitLockWait(tx);
        await keepGrants(tx, nearViews(index.name), () => createNearViews(tx, index));
      }),
    );
    valuesOf(made);
    return plan;
  });
  await database.transaction(async (tx) => {
    await limitLockWait(tx);
    const tables = shards.flatMap(({ name }) => nearTables(front, name));
    await keepGrants(tx, tables, () => createForeignShards(tx, record, shards, schema));
  });
  return { front, shards: shards.map(({ name }) => name) };
}

/**
 * The statements of {@link linkShards}, to run by hand. Changes nothing.
 *
 * `front` has those of the front, `shards` those of each shard by its name.
 *
 * @throws {LtdError} as {@link linkShards}
 * @example
 * const database = await openDatabase();
 * const { front, shards } = await linkShardsStatements(database, "faq");
 * console.log(front.join(";\n"), Object.keys(shards));
 */
export async function linkShardsStatements(
  database: Database,
  front: string,
): Promise<{ front: string[]; shards: Record<string, string[]> }> {
  return withPlan(database, front, async ({ record, shards, schema }, open) => {
    const there = await onEachShard(open, async (_, index) => {
      const { tx, statements } = recordStatements();
      await createNearViews(tx, index);
      return statements;
    });
    const { tx, statements } = recordStatements();
    await createForeignShards(tx, record, shards, schema);
    return { front: statements, shards: Object.fromEntries(valuesOf(there)) };
  });
}

interface Plan {
  readonly record: FrontRecord;
  readonly shards: readonly ForeignShard[];
  /** Of pgvector on the front. */
  readonly schema: string;
}

/** Runs `work` with the shards, once each of them is seen to be fit for it. */
async function withPlan<T>(
  database: Database,
  front: string,
  work: (plan: Plan, open: readonly Shard[]) => Promise<T>,
): Promise<T> {
  await requireSchema(database);
  const record = await getFront(database, front);
  if (database.kind === "embedded")
    throw new LtdError("database", "the embedded database has no postgres_fdw: it cannot ask shards in SQL", {
      hint: "declare the front on a server, or ask by the library, the command line or serve",
    });
  const schema = (await vectorExtension(database)).schema ?? "public";
  return withShards(database, record, async (open) => {
    const found = await onEachShard(open, (_, index) => Promise.resolve(index));
    for (const [shard, index] of valuesOf(found)) requireFit(shard, index, schema);
    return work({ record, shards: record.shards.map(foreignShard), schema }, open);
  });
}

/** Throws LtdError for an index that cannot be asked in SQL. `schema` is that of pgvector on the front. */
function requireFit(shard: string, { name, vectorColumn, vectorSchema }: IndexRecord, schema: string): void {
  if (vectorColumn !== null)
    throw new LtdError("index", `${name} of the shard ${shard} keeps its vectors in a column of its table`, {
      hint: "ask by the library, the command line or serve; or create the index there without --column",
    });
  if (vectorSchema !== schema)
    throw new LtdError("database", `pgvector is in the schema ${vectorSchema} on the shard ${shard}, not ${schema}`, {
      hint: `on the front: alter extension vector set schema ${vectorSchema}`,
    });
}

/** What each shard gave, by its name. Throws the error of the first that gave nothing. */
function valuesOf<T>(outcomes: readonly Outcome<T>[]): [shard: string, value: T][] {
  return outcomes.map((outcome) => {
    if (outcome.error) throw outcome.error;
    return [outcome.shard, outcome.value];
  });
}

function foreignShard({ name, index, url }: ShardRecord): ForeignShard {
  const { config } = parseServerUrl(url);
  const sslmode = new URLSearchParams(url.split("?")[1]).get("sslmode");
  const { host, port, database, user } = config;
  return {
    name,
    index,
    address: {
      host: host || "localhost",
      port: String(port || 5432),
      dbname: database || user || "",
      user: user || "",
      ...(sslmode !== null && { sslmode }),
    },
  };
}
