import { LtdError } from "../errors.ts";
import type { Queryable } from "./database.ts";
import type { Capture, KeyColumn } from "./index-record.ts";
import { keyTypeOf } from "./key.ts";
import { findRelation, whyNoSource } from "./relation.ts";
import { similarNames } from "./similar-names.ts";
import { statement } from "./statement.ts";

/** A column of a source table. */
export interface SourceColumn {
  readonly name: string;
  /** As Postgres writes it: `character varying(200)`. */
  readonly type: string;
  readonly isText: boolean;
  readonly notNull: boolean;
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
}

/**
 * Looks a table up by the name that SQL would use: `faq`, `public.faq`, `"Weird Schema"."Weird Table"`.
 *
 * Throws LtdError("source") when there is none, or when it is no ordinary table.
 */
export async function describeSource(database: Queryable, name: string): Promise<Source> {
  const relation = await findRelation(database, name);
  const refusal = whyNoSource(relation);
  const { schema, table } = relation;
  if (refusal !== undefined) {
    throw new LtdError("source", `${schema}.${table} is ${refusal}, which cannot be indexed yet`, {
      hint: "index an ordinary table of another schema, or copy the rows into one",
    });
  }
  const columns = await database.query<SourceColumn>(statement("table-columns"), [relation.oid]);
  const keys = await uniqueKeys(database, relation.oid);
  const primaryKey = keys.find((key) => key.isPrimary)?.columns ?? [];
  // rows of a partitioned table can be written to its partitions, and those of a partition to its parent
  const capture = relation.kind === "p" || relation.isPartition ? "row" : "statement";
  return { oid: relation.oid, schema, table, columns, primaryKey, capture };
}

function uniqueKeys(database: Queryable, oid: string): Promise<{ isPrimary: boolean; columns: string[] }[]> {
  return database.query(statement("unique-keys"), [oid]);
}

/**
 * The key of an index over the source: its primary key, or the columns asked for, which must be unique and not null.
 *
 * Throws LtdError("source") that says what would do.
 */
export async function chooseKey(
  database: Queryable,
  source: Source,
  columns: readonly string[] = source.primaryKey,
): Promise<KeyColumn[]> {
  const name = `${source.schema}.${source.table}`;
  const unique = (await uniqueKeys(database, source.oid)).map((key) => key.columns);
  const usable = unique.filter((key) => key.every((column) => typeOf(source, column) !== undefined));
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
    throw new LtdError(
      "source",
      `${columns.join(", ")} of ${name} cannot be the key: no unique index says that it is unique`,
      {
        hint: choices === "" ? `create a unique index on it first` : `use ${choices}`,
      },
    );
  }
  return columns.map((column) => {
    const type = typeOf(source, column);
    const found = source.columns.find((each) => each.name === column);
    if (type === undefined) {
      throw new LtdError("source", `the key column ${column} of ${name} has the type ${found?.type ?? "?"}`, {
        hint: `a key can be smallint, integer, bigint, uuid, text or varchar${choices === "" ? "" : `: use ${choices}`}`,
      });
    }
    if (found?.notNull !== true) {
      throw new LtdError("source", `the key column ${column} of ${name} can be null`, {
        hint: `alter table ${name} alter column ${column} set not null`,
      });
    }
    return { name: column, type };
  });
}

function typeOf(source: Source, column: string): KeyColumn["type"] | undefined {
  return keyTypeOf(source.columns.find((each) => each.name === column)?.type ?? "");
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
