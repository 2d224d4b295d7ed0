import { sha256 } from "../../checksum.ts";
import type { Queryable } from "../database.ts";
import type { IndexRecord } from "../index-record.ts";
import { exactColumns, exactRow, valueArray } from "../source/values.ts";
import {
  entryKeyNames,
  entryView,
  keyArray,
  keyTypeNames,
  sameKey,
  sourceKeyNames,
  sourceTable,
} from "../statement/key.ts";
import { joinSql, quoteIdentifier, quoteLiteral, quoteName, type SqlText, sqlText } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";

/** Where a front reaches a shard by postgres_fdw, as options of libpq. */
export interface ForeignAddress {
  readonly host: string;
  readonly port: string;
  readonly dbname: string;
  readonly user: string;
  readonly sslmode?: string;
}

/** A shard that a front is to ask in SQL. */
export interface ForeignShard {
  readonly name: string;
  /** Its index there. */
  readonly index: string;
  readonly address: ForeignAddress;
}

/** How a shard searches: as `ltd.match` does. The deadline ends the statement there. */
function searchSettings(deadlineMs: number): string {
  const settings = {
    "hnsw.ef_search": 100,
    "hnsw.iterative_scan": "strict_order",
    "hnsw.max_scan_tuples": 2_147_483_647,
    "hnsw.scan_mem_multiplier": 16,
    statement_timeout: deadlineMs,
  };
  return Object.entries(settings)
    .map((setting) => ["-c", setting.join("=")].join(" "))
    .join(" ");
}

/** Creates the views of an index that fronts read, or creates them again. Run it in a transaction. */
export async function createNearViews(tx: Queryable, index: IndexRecord): Promise<void> {
  const [s, e, names] = [sqlText`s`, sqlText`e`, entryKeyNames(index.key)];
  const entries = sqlText`${entryView(index)} e`;
  const name = quoteLiteral(index.name);
  const sameAlias = joinSql(
    keyTypeNames(index).map((type, at) => sqlText`e.${names[at]!} = (a.key[${at + 1}])::${type}`),
    " and ",
  );
  const aliased = sqlText`ltd.alias a join ${entries} on a.index_name = ${name} and ${sameAlias}`;
  const parts = {
    name,
    key: keyArray(e, names, index.key),
    row: exactRow(index, sqlText`to_jsonb(s.*)`),
    values: valueArray(index, s),
    exact: exactColumns(index),
    vector: quoteName(index.vectorSchema, "vector"),
    source: sourceTable(index),
    same_key: sameKey(s, sourceKeyNames(index), e, names),
  };
  const [rows, aliases] = nearViews(index.name);
  const create = (view: string, alias: SqlText, from: SqlText) =>
    tx.query(statement("shards/create-near-view", { ...parts, view: quoteName("ltd", view), alias, entries: from }));
  await dropNearViews(tx, index.name);
  await create(rows, sqlText``, entries);
  await create(aliases, sqlText`a.alias, `, aliased);
}

/** Drops the views of an index that fronts read, if there are any. */
export async function dropNearViews(tx: Queryable, index: string): Promise<void> {
  for (const view of nearViews(index))
    await tx.query(statement("shards/drop-near-view", { view: quoteName("ltd", view) }));
}

/** The views of an index that fronts read, in schema ltd. */
export function nearViews(index: string): [rows: string, aliases: string] {
  return [`${index}.rows`, `${index}.aliases`];
}

/** The foreign tables of a shard in schema ltd, named as sql/functions/shard-table.sql does. */
export function nearTables(front: string, shard: string): [rows: string, aliases: string] {
  const name = `${front}.${shard}`;
  const rows = Buffer.byteLength(name) <= 55 ? name : sha256(name).slice(0, 40);
  return [rows, `${rows}.aliases`];
}

function foreignServer(front: string, shard: string): string {
  return `ltd.${nearTables(front, shard)[0]}`;
}

/** Makes what a front asks its shards in SQL with: servers and foreign tables. Run it in a transaction. */
export async function createForeignShards(
  tx: Queryable,
  front: { readonly name: string; readonly deadlineMs: number },
  shards: readonly ForeignShard[],
  vectorSchema: string,
): Promise<void> {
  await tx.query(statement("shards/create-extension"));
  for (const { name, index, address } of shards) {
    const server = quoteIdentifier(foreignServer(front.name, name));
    const { user, ...rest } = address;
    const options = {
      ...rest,
      extensions: "vector",
      async_capable: "true",
      use_remote_estimate: "false",
      connect_timeout: String(Math.max(2, Math.ceil(front.deadlineMs / 1_000))),
      options: searchSettings(front.deadlineMs),
    };
    await tx.query(statement("shards/create-server", { server, options: optionList(options) }));
    await tx.query(statement("shards/create-user-mapping", { server, options: optionList({ user }) }));
    const tables = nearTables(front.name, name);
    const vector = quoteName(vectorSchema, "vector");
    for (const [at, table] of tables.entries()) {
      const quoted = quoteName("ltd", table);
      await tx.query(statement("shards/drop-near-table", { table: quoted }));
      const view = quoteLiteral(nearViews(index)[at]!);
      const alias = at === 0 ? sqlText`` : sqlText`alias text collate "C", `;
      await tx.query(statement("shards/create-near-table", { table: quoted, server, view, vector, alias }));
    }
  }
}

function optionList(options: Readonly<Record<string, string>>): SqlText {
  return joinSql(Object.entries(options).map(([name, value]) => sqlText`${name as SqlText} ${quoteLiteral(value)}`));
}

/** Drops the server of a shard with its foreign tables, if there is one. */
export async function dropForeignShard(tx: Queryable, front: string, shard: string): Promise<void> {
  await tx.query(statement("shards/drop-server", { server: quoteIdentifier(foreignServer(front, shard)) }));
}

/** How one shard of a front can be asked in SQL. */
export interface ForeignState {
  readonly shard: string;
  /** The foreign tables that exist, by their names in schema ltd. */
  readonly tables: readonly string[];
  /** `use_remote_estimate` is on: the planner may fetch whole tables. */
  readonly estimatesRemotely: boolean;
}

/** How the shards of a front can be asked in SQL, in their order. */
export async function foreignStates(
  database: Queryable,
  front: string,
  shards: readonly { readonly name: string }[],
): Promise<ForeignState[]> {
  const names = shards.map(({ name }) => name);
  const rows = await database.query<{ hasTable: boolean; estimatesRemotely: boolean }>(
    statement("shards/foreign-state"),
    [names.map((name) => foreignServer(front, name)), names.map((name) => nearTables(front, name)[0])],
  );
  return rows.map(({ hasTable, estimatesRemotely }, at) => ({
    shard: names[at]!,
    tables: hasTable ? nearTables(front, names[at]!) : [],
    estimatesRemotely,
  }));
}
