import { readdirSync, readFileSync } from "node:fs";
import { sha256 } from "../../checksum.ts";
import { LtdError } from "../../errors.ts";
import { packageRoot } from "../../package-root.ts";
import type { Database, Queryable } from "../database.ts";
import { sqlState } from "../failure.ts";
import { compareVersions } from "./compare-versions.ts";
import { lockName } from "../statement/lock-name.ts";
import { statement } from "../statement/statement.ts";

/** What {@link migrate} did. */
export interface MigrationResult {
  /** The versions that were applied now. */
  readonly applied: readonly number[];
  /** The schema's version afterwards. */
  readonly version: number;
}

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sha256: string;
}

const folder = new URL("migrations/", packageRoot);
/** The first pgvector with iterative scans. */
export const OLDEST_VECTOR = "0.8.0";

/**
 * Creates the extension `vector` and brings schema `ltd` to this version, one transaction a migration.
 *
 * Safe to run from several processes at once. Throws LtdError("schema") when the database is newer than the program or
 * an applied migration was changed, LtdError("database") without a usable pgvector.
 */
export async function migrate(database: Database): Promise<MigrationResult> {
  const migrations = listMigrations();
  const applied: number[] = [];
  for (;;) {
    const version = await database.transaction((tx) => applyNext(tx, migrations));
    if (version === undefined) return { applied, version: migrations.length };
    applied.push(version);
  }
}

/** Applies the first migration that the database lacks; undefined when it lacks none. */
async function applyNext(
  tx: Queryable,
  migrations: readonly (Migration & { text: string })[],
): Promise<number | undefined> {
  await lockName(tx, "ltd.migration");
  await ensureVector(tx);
  const known = await listApplied(tx);
  checkHistory(known, migrations);
  const next = migrations[known.length];
  if (next === undefined) return undefined;
  await refuseExtension(tx);
  await tx.script(next.text);
  await tx.query(statement("schema/record-migration"), [next.version, next.name, next.sha256]);
  return next.version;
}

/** Throws LtdError("schema") where the extension ltd_index owns schema ltd: only its scripts change it. */
export async function refuseExtension(tx: Queryable): Promise<void> {
  const [found] = await tx.query<{ isExtension: boolean }>(statement("schema/is-extension"));
  if (!found?.isExtension) return;
  throw new LtdError("schema", "schema ltd of this database belongs to the extension ltd_index", {
    hint: "upgrade it with `alter extension ltd_index update` (the files are written by `ltd-index extension build`)",
  });
}

/** The version of schema `ltd` in the database; 0 when there is none. */
export async function schemaVersion(database: Queryable): Promise<number> {
  return (await listApplied(database)).at(-1)?.version ?? 0;
}

/** The version of schema `ltd`. Throws LtdError("schema") when it is missing, or older or newer than this program. */
export async function requireSchema(database: Queryable): Promise<number> {
  const [migrations, known] = [listMigrations(), await listApplied(database)];
  checkHistory(known, migrations);
  if (known.length === 0) {
    throw new LtdError("schema", "the database has no schema ltd yet", { hint: "run `ltd-index init`" });
  }
  if (known.length < migrations.length) {
    throw new LtdError(
      "schema",
      `the database has version ${known.length} of schema ltd, this program needs ${migrations.length}`,
      {
        hint: "run `ltd-index init` to bring it up to date",
      },
    );
  }
  return known.length;
}

let ofThisVersion: readonly (Migration & { text: string })[] | undefined;

/** The migrations of this program, in their order. Read once a process. */
export function listMigrations(): readonly (Migration & { text: string })[] {
  return (ofThisVersion ??= readMigrations());
}

function readMigrations(): (Migration & { text: string })[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  return names.toSorted().map((name, position) => {
    const version = Number(/^\d{4}(?=_)/.exec(name)?.[0]);
    if (version !== position + 1) throw new Error(`migrations/${name} is out of order`);
    const text = readFileSync(new URL(name, folder), "utf8").replaceAll("\r\n", "\n");
    return { version, name, text, sha256: sha256(text) };
  });
}

async function listApplied(database: Queryable): Promise<Migration[]> {
  const [row] = await database.query<{ exists: boolean }>(statement("schema/exists"));
  return row?.exists ? database.query<Migration>(statement("schema/applied-migrations")) : [];
}

function checkHistory(known: readonly Migration[], migrations: readonly Migration[]): void {
  const newest = known.at(-1)?.version ?? 0;
  if (newest > migrations.length) {
    throw new LtdError(
      "schema",
      `the database has version ${newest} of schema ltd, this program knows ${migrations.length}`,
      {
        hint: "upgrade ltd-index (`npm install ltd-index@latest`)",
      },
    );
  }
  known.forEach(({ version, name, sha256 }, position) => {
    if (version === position + 1 && migrations[position]?.sha256 === sha256) return;
    throw new LtdError("schema", `migration ${name} was changed after it had been applied to this database`, {
      hint: "use a released version of ltd-index: applied migrations never change",
    });
  });
}

async function ensureVector(tx: Queryable): Promise<void> {
  const [found] = await tx.query<{ installed: string | null; available: string | null }>(
    statement("schema/vector-extension"),
  );
  if (found?.installed)
    return requireVersion(found.installed, "run `alter extension vector update` as its owner, or upgrade pgvector");
  if (!found?.available) {
    throw new LtdError("database", "this server has no pgvector", {
      hint: "install pgvector 0.8 or newer on the server, or use the image pgvector/pgvector:pg17 (`docker compose up -d`)",
    });
  }
  requireVersion(found.available, "upgrade pgvector on the server");
  try {
    // where the role puts what it makes
    await tx.query("set local search_path to default");
    await tx.query("create extension if not exists vector");
    await tx.query("set local search_path = pg_catalog, pg_temp");
  } catch (error) {
    if (sqlState(error) !== "42501") throw error;
    throw new LtdError("database", "this role may not create the extension vector", {
      hint: "let a superuser or the database's owner run `create extension vector`, then run the command again",
      cause: error,
    });
  }
}

function requireVersion(version: string, hint: string): void {
  if (compareVersions(version, OLDEST_VECTOR) >= 0) return;
  throw new LtdError("database", `the database has pgvector ${version}; ${OLDEST_VECTOR} or newer is needed`, { hint });
}
