import { LtdError } from "../../errors.ts";
import type { Queryable } from "../database.ts";
import type { Capture, KeyColumn, KeyType } from "../index-record.ts";
import { findRelation, whyNoSource } from "./relation.ts";
import { similarNames } from "../../text/similar-names.ts";
import { joinSql, quoteIdentifier, quoteName } from "../statement/sql-text.ts";
import { statement } from "../statement/statement.ts";

/** A column of a source table. */
export interface SourceColumn {
  readonly name: string;
  /** As Postgres writes it: `character varying(200)`. */
  readonly type: string;
  /** The type that keeps it in a key; null: it cannot be in one. */
  readonly keyType: KeyType | null;
  /** Its collation, where two texts that differ can be equal. */
  readonly collation: string | null;
  readonly isText: boolean;
  readonly notNull: boolean;
  /** Generated when it is read (PostgreSQL 18): triggers do not see its value. */
  readonly isVirtual: boolean;
}

/** A table that an index can be made of. */
export interface Source {
  readonly oid: string;
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly SourceColumn[];
  /** Column names of the primary key, in its order; empty when there is none. */
  readonly primaryKey: readonly string[];
  /** How its changes can be learned of. */
  readonly capture: Capture;
  /** False if only the rows themselves can show that a key is unique, as in views. */
  readonly hasConstraints: boolean;
}

/** Kinds of relations that no trigger can be put on, as `pg_class.relkind`. */
const SILENT_KINDS: Readonly<Record<string, string>> = {
  v: "a view",
  m: "a materialized view",
  f: "a foreign table",
};

/**
 * Looks a table up by its name in SQL: `faq`, `public.faq`, `"Weird Schema"."Weird Table"`. A polled source can also be
 * a view, a materialized view or a foreign table.
 *
 * Throws LtdError("source") when there is none, or when it cannot be a source.
 */
export async function describeSource(database: Queryable, name: string, isPolled = false): Promise<Source> {
  const relation = await findRelation(database, name);
  const refusal = whyNoSource(relation);
  const { schema, table } = relation;
  const silent = SILENT_KINDS[relation.kind];
  if (refusal === undefined && silent !== undefined && !isPolled) {
    throw new LtdError("source", `${schema}.${table} is ${silent}, where triggers cannot see changes`, {
      hint: `name its key, and the column that says when a row was changed: ltd-index add ${name} --key id --updated-at updated_at`,
    });
  }
  if (refusal !== undefined) {
    throw new LtdError("source", `${schema}.${table} is ${refusal}, which cannot be indexed yet`, {
      hint: "index an ordinary table of another schema, or copy the rows into one",
    });
  }
  const columns = await database.query<SourceColumn>(statement("source/table-columns"), [relation.oid]);
  const keys = await uniqueKeys(database, relation.oid);
  const primaryKey = keys.find((key) => key.isPrimary)?.columns ?? [];
  // rows of a partitioned table can be written to its partitions, and those of a partition to its parent
  const capture = isPolled ? "poll" : relation.kind === "p" || relation.isPartition ? "row" : "statement";
  return { oid: relation.oid, schema, table, columns, primaryKey, capture, hasConstraints: silent === undefined };
}

function uniqueKeys(database: Queryable, oid: string): Promise<{ isPrimary: boolean; columns: string[] }[]> {
  return database.query(statement("source/unique-keys"), [oid]);
}

/**
 * The key of an index over the source. Its primary key, or the columns given, which must be unique and not null.
 *
 * Throws LtdError("source") that says what would be accepted.
 */
export async function chooseKey(
  database: Queryable,
  source: Source,
  columns: readonly string[] = source.primaryKey,
): Promise<KeyColumn[]> {
  const name = `${source.schema}.${source.table}`;
  if (!source.hasConstraints) return chooseCheckedKey(database, source, columns);
  const unique = (await uniqueKeys(database, source.oid)).map((key) => key.columns);
  const usable = unique.filter((key) => key.every((column) => canBeKey(source, column)));
  const choices = usable.map((key) => `--key ${key.join(",")}`).join(" or ");
  if (columns.length === 0) {
    throw new LtdError("source", `${name} has no primary key`, {
      hint:
        choices === ""
          ? `add one: alter table ${name} add column id bigint generated always as identity primary key`
          : `name unique columns: ${choices}`,
    });
  }
  requireColumns(source, columns);
  const sorted = columns.toSorted().join("\0");
  if (!unique.some((key) => key.toSorted().join("\0") === sorted)) {
    throw new LtdError("source", `${columns.join(", ")} of ${name} cannot be the key: it has no unique index`, {
      hint: choices === "" ? `create a unique index on it first` : `use ${choices}`,
    });
  }
  return columns.map((column) => {
    const part = keyColumn(source, column, choices);
    const found = source.columns.find((each) => each.name === column);
    if (found?.notNull !== true) {
      throw new LtdError("source", `the key column ${column} of ${name} can be null`, {
        hint: `alter table ${name} alter column ${column} set not null`,
      });
    }
    return part;
  });
}

/** The key of a view or the like, checked on its rows: it has no constraint. */
async function chooseCheckedKey(database: Queryable, source: Source, columns: readonly string[]): Promise<KeyColumn[]> {
  const name = `${source.schema}.${source.table}`;
  if (columns.length === 0) {
    throw new LtdError("source", `${name} has no primary key`, { hint: "name the columns that are its key: --key id" });
  }
  requireColumns(source, columns);
  await database.query(statement("source/guard-table"), [quoteName(source.schema, source.table)]);
  const key = columns.map((column) => keyColumn(source, column));
  const [found] = await database.query<{ hasNull: boolean; hasTwins: boolean }>(
    statement("source/check-key", {
      source: quoteName(source.schema, source.table),
      key_columns: joinSql(columns.map(quoteIdentifier)),
    }),
  );
  if (found?.hasNull || found?.hasTwins) {
    const why = found.hasNull ? "some rows have null there" : "several rows have the same values there";
    throw new LtdError("source", `${columns.join(", ")} of ${name} cannot be the key: ${why}`, {
      hint: "name columns that are unique together: --key a,b",
    });
  }
  return key;
}

/** A column as part of a key. Throws LtdError("source") for one whose type cannot be. */
function keyColumn(source: Source, name: string, choices = ""): KeyColumn {
  const found = source.columns.find((column) => column.name === name);
  if (found !== undefined && found.keyType !== null) {
    const { keyType: type, collation } = found;
    return { name, type, ...(collation !== null && { collation }) };
  }
  throw new LtdError(
    "source",
    `the key column ${name} of ${source.schema}.${source.table} has the type ${found?.type ?? "?"}`,
    {
      hint:
        choices === ""
          ? "a key can be citext or of any built-in type that can be compared and hashed: numbers, text, uuid, times, enums and domains of them"
          : `use ${choices}`,
    },
  );
}

function canBeKey(source: Source, name: string): boolean {
  return (source.columns.find((column) => column.name === name)?.keyType ?? null) !== null;
}

/** Throws LtdError("source"), naming the columns there are, when one of `columns` is missing. */
export function requireColumns(source: Source, columns: readonly string[]): void {
  const names = source.columns.map((column) => column.name);
  const missing = columns.find((column) => !names.includes(column));
  if (missing === undefined) return;
  const [similar] = similarNames(missing, names, 1);
  throw new LtdError("source", `${source.schema}.${source.table} has no column ${JSON.stringify(missing)}`, {
    hint: `${similar === undefined ? "" : `did you mean ${similar}? `}its columns are: ${names.join(", ")}`,
  });
}

/** Throws LtdError("source") for a column whose changes no trigger of the source can see. */
export function requireVisible(source: Source, columns: readonly string[]): void {
  if (source.capture === "poll") return;
  const virtual = source.columns.find(({ name, isVirtual }) => isVirtual && columns.includes(name));
  if (virtual === undefined) return;
  throw new LtdError(
    "source",
    `the column ${virtual.name} of ${source.schema}.${source.table} is a virtual generated column: triggers do not see it`,
    { hint: "name the columns that it is computed from, or make it a stored one" },
  );
}
