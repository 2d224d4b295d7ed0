import type { Database, Queryable } from "../database.ts";
import { entryStatus } from "./entry-status.ts";
import type { IndexRecord } from "../index-record.ts";
import { entryTable, sourceTable } from "../statement/key.ts";
import { compareVersions } from "../schema/compare-versions.ts";
import { quoteIdentifier, quoteName, type SqlText, sqlText } from "../statement/sql-text.ts";
import { buildAlone, inParallelOrAlone } from "./parallel-build.ts";
import { lockName } from "../statement/lock-name.ts";
import { statement } from "../statement/statement.ts";
import { vectorColumn } from "./vector-column.ts";

/** `invalid`: a build that was cut off; {@link buildVectorIndex} replaces it. */
export type VectorIndexState = "missing" | "valid" | "invalid";

/** What the server gives a build. */
export interface BuildSettings {
  /** Vectors that the graph will hold. */
  rows: number;
  /** `maintenance_work_mem` of the build, as Postgres writes it: `512MB`. */
  memory: string;
  /** `max_parallel_maintenance_workers` of the build: processes besides the one that leads. */
  workers: number;
}

/** Parallel builds of older ones can write past a buffer: CVE-2026-3172. */
export const SAFE_PARALLEL_BUILD = "0.8.4";

/** Whether the HNSW index of the entries is there and can be used. */
export async function vectorIndexState(database: Queryable, index: IndexRecord): Promise<VectorIndexState> {
  const [found] = await database.query<{ valid: boolean }>(statement("entries/index-state"), [nameOf(index).qualified]);
  if (found === undefined) return "missing";
  return found.valid ? "valid" : "invalid";
}

/** A build gets no more memory than this, however large its graph is. */
export const MOST_BUILD_BYTES = 512 * 1024 * 1024;

/**
 * Bytes that building the HNSW graph of `rows` rows takes. That is a vector, its links (m = 16, on average twice) and
 * some overhead for each.
 */
export function graphBytes(rows: number, { dims, halfVectors }: Pick<IndexRecord, "dims" | "halfVectors">): number {
  return rows * (dims * (halfVectors ? 2 : 4) + 1024);
}

/**
 * Builds the HNSW index of the entries if it is missing or invalid; true when it was built now.
 *
 * Some 15 s for 40,000 rows on two cores; entries can be read during the build, but not written. It takes the memory
 * that the graph needs, up to 512 MB, and one process where there is too little shared memory for several. Run it after
 * the load: rows that are added later are added to the index one at a time.
 */
export async function buildVectorIndex(
  database: Database,
  index: IndexRecord,
  onBuild?: (settings: BuildSettings) => void,
): Promise<boolean> {
  return inParallelOrAlone(database, async (tx) => {
    // one builder at a time: "if not exists" alone fails where two begin together
    await lockName(tx, nameOf(index).qualified);
    const state = await vectorIndexState(tx, index);
    if (state === "valid") return false;
    if (state === "invalid") {
      await tx.query(statement("entries/drop-index", { name: nameOf(index).qualified }));
    }
    const { indexed } = await entryStatus(tx, index);
    await tx.query(statement("entries/vector-index-memory"), [Math.min(graphBytes(indexed, index), MOST_BUILD_BYTES)]);
    const [extension] = await tx.query<{ installed: string }>(statement("schema/vector-extension"));
    if (compareVersions(extension?.installed ?? "0", SAFE_PARALLEL_BUILD) < 0) await buildAlone(tx);
    const [settings] = await tx.query<Omit<BuildSettings, "rows">>(statement("entries/build-settings"));
    if (settings) onBuild?.({ rows: indexed, ...settings });
    await tx.query(
      statement("entries/create-vector-index", {
        ...onTable(index),
        operators: quoteName(index.vectorSchema, `${index.halfVectors ? "halfvec" : "vector"}_cosine_ops`),
      }),
    );
    return true;
  });
}

/** Drops the HNSW index of the entries, for a faster load. Searches are exact until it is built again. */
export async function dropVectorIndex(database: Queryable, index: IndexRecord): Promise<void> {
  await database.query(statement("entries/drop-index", { name: nameOf(index).qualified }));
}

/**
 * An index has the schema of its table. That of a column of the source table goes by the name, and outlives a
 * generation.
 */
function nameOf(index: IndexRecord): { name: string; qualified: SqlText } {
  const isColumn = vectorColumn(index) !== null;
  const name = isColumn ? `ltd_${index.name}_embedding_idx` : `entry_${index.id}_embedding_idx`;
  return { name, qualified: quoteName(isColumn ? index.schema : "ltd", name) };
}

function onTable(index: IndexRecord): { name: SqlText; table: SqlText; column: SqlText } {
  const column = vectorColumn(index);
  return {
    name: quoteIdentifier(nameOf(index).name),
    table: column === null ? entryTable(index) : sourceTable(index),
    column: column ?? sqlText`embedding`,
  };
}
