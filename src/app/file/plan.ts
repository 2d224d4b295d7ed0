import { rm } from "node:fs/promises";
import { HNSW_DEFAULTS, type HnswSettings } from "../../ann/hnsw-settings.ts";
import { draftPath } from "../../ann/local-file.ts";
import { RowFileWriter } from "../../ann/row-file.ts";
import { hash16 } from "../../ann/row-table.ts";
import type { Sidecar } from "../../ann/sidecar.ts";
import { VectorFileWriter } from "../../ann/vector-file.ts";
import type { SearchMethod } from "../../ann/vector-search.ts";
import { readAliases, type Alias } from "../../db/ask/alias.ts";
import { keyId } from "../../db/statement/key.ts";
import type { Queryable } from "../../db/database.ts";
import type { IndexRecord, Key } from "../../db/index-record.ts";
import type { IndexedRow } from "../../db/entries/indexed-row.ts";
import { readWeights } from "../../db/indexes/weight.ts";
import { LtdError } from "../../errors.ts";
import { requireWhole } from "../../range.ts";
import { valuesToStore } from "./stored-values.ts";

/** Default limit of rows for exact search: see docs/local.md for what was measured. */
const EXACT_ROWS = 20_000;

/** Settings of an export. */
export interface ExportOptions extends Partial<HnswSettings> {
  /** `exact` compares with all rows, `hnsw` builds a graph; default `auto`: exact up to 20,000 rows. */
  method?: SearchMethod | "auto";
  /** Writes everything, even if the file could be refreshed. */
  rebuild?: boolean;
  /** Called while a graph is built, with the vectors that were added and are to be. */
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** Rows that are new to the file, have another text, have other columns, or have gone. */
export interface ExportCounts {
  added: number;
  changed: number;
  rewritten: number;
  removed: number;
}

/** What was published, and how it differs from what was there. */
export interface Exported {
  sidecar: Sidecar;
  counts: ExportCounts;
}

/** How the rows of a file will be searched. */
export interface SearchPlan {
  /** What to choose for this number of rows, given what the file has now (null: no file). */
  methodFor(rows: number, present: SearchMethod | null): SearchMethod;
  /** Whether `auto` builds a graph for this number of rows, if it can. */
  isWorthGraph(rows: number): boolean;
  /** What was asked for, then what the file has now, then the defaults. */
  settingsFor(present: HnswSettings | null): HnswSettings;
}

const RANGES: Readonly<Record<keyof HnswSettings, readonly [low: number, high: number]>> = {
  m: [4, 64],
  efConstruction: [8, 2_000],
  efSearch: [1, 10_000],
};

/**
 * Chooses how the rows of a file will be searched.
 *
 * @param canGraph whether hnswlib-node can be loaded: without it `auto` searches exactly
 * @throws {LtdError} usage: a setting is out of range
 */
export function searchPlan({ method = "auto", ...options }: ExportOptions, canGraph = true): SearchPlan {
  const names = Object.keys(RANGES) as (keyof HnswSettings)[];
  const asked = Object.fromEntries(
    names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  ) as Partial<HnswSettings>;
  for (const name of names) {
    const [low, high] = RANGES[name];
    requireWhole(name, asked[name] ?? low, low, high);
  }
  return {
    isWorthGraph: (rows) => method === "auto" && rows > EXACT_ROWS,
    settingsFor: (present) => ({ ...HNSW_DEFAULTS, ...present, ...asked }),
    methodFor(rows, present) {
      if (method !== "auto") return method;
      if (!canGraph) return "exact";
      // a file whose row count moves around the limit is not rebuilt each time
      return rows <= (present === "hnsw" ? EXACT_ROWS / 2 : EXACT_ROWS) ? "exact" : "hnsw";
    },
  };
}

/** What the sidecar says of the index. */
export async function describeIndex(tx: Queryable, index: IndexRecord) {
  const weights = await readWeights(tx, index);
  const aliases = await readAliases(tx, index.name, null);
  return {
    index: index.name,
    generation: index.generation,
    model: { id: index.modelId, fingerprint: index.modelChecksum },
    dims: index.dims,
    key: index.key.map(({ name, type }) => ({ name, type })),
    template: index.template,
    thresholds: {
      answer: index.answerThreshold,
      suggest: index.suggestThreshold,
      margin: index.answerMargin,
      ...(index.judgeSlope !== null && { slope: index.judgeSlope, offset: index.judgeOffset ?? 0 }),
    },
    weights: [...weights].map(([word, { idf, frequency }]): [string, number, number | null] => [word, idf, frequency]),
    aliases: aliases.flatMap(({ alias, key, isNegative }): [string, string[]][] =>
      isNegative ? [] : [[alias, [...key]]],
    ),
    negatives: negativesOf(aliases),
  };
}

/** The rows with negative questions, as the sidecar has them. */
function negativesOf(aliases: readonly Alias[]): [key: string[], aliases: string[], negatives: string[]][] {
  const questionsOf = (key: Key, isNegative: boolean) =>
    aliases.flatMap((each) => (keyId(each.key) === keyId(key) && each.isNegative === isNegative ? each.question : []));
  const keys = new Map(aliases.filter(({ isNegative }) => isNegative).map(({ key }) => [keyId(key), key]));
  return [...keys.values()].map((key) => [[...key], questionsOf(key, false), questionsOf(key, true)]);
}

/** Files that are being written; what was not published is gone when {@link withDrafts} ends. */
export interface Drafts {
  readonly vectors: string;
  readonly graph: string;
  readonly rows: string;
}

/** Runs work with names for three files. */
export async function withDrafts<T>(path: string, work: (drafts: Drafts) => Promise<T>): Promise<T> {
  const drafts = { vectors: draftPath(path), graph: draftPath(path), rows: draftPath(path) };
  try {
    return await work(drafts);
  } finally {
    for (const draft of Object.values(drafts)) await rm(draft, { force: true });
  }
}

/** Writes vectors and rows side by side: the n-th vector and the n-th row are of one label. */
export class DraftWriter {
  readonly vectors: VectorFileWriter;
  readonly rows: RowFileWriter;
  readonly #index: IndexRecord;

  private constructor(index: IndexRecord, vectors: VectorFileWriter, rows: RowFileWriter) {
    this.#index = index;
    this.vectors = vectors;
    this.rows = rows;
  }

  static async create(index: IndexRecord, drafts: Drafts): Promise<DraftWriter> {
    const vectors = await VectorFileWriter.create(drafts.vectors, index.dims);
    return new DraftWriter(index, vectors, await RowFileWriter.create(drafts.rows));
  }

  /** Adds rows as the database gives them. Throws LtdError "index" for a vector that is not of unit length. */
  async add(found: readonly IndexedRow[]): Promise<void> {
    for (const row of found) {
      await this.vectors.add(row.vector).catch((cause: unknown) => {
        throw cause instanceof RangeError ? notUnit(this.#index.name, row.key, cause) : cause;
      });
      await this.addRow(row);
    }
  }

  /** Adds a row whose vector is written already. */
  async addRow({ key, contentHash, row, values }: Omit<IndexedRow, "vector">): Promise<void> {
    const stored = valuesToStore(this.#index.columns, row, values);
    await this.rows.add({ key, row, ...(stored && { values: stored }), contentHash, rowHash: hash16(row) });
  }

  /** Completes both files. */
  async finish(): Promise<void> {
    await this.rows.finish();
    await this.vectors.finish();
  }

  /** Closes what {@link finish} has not. */
  async close(): Promise<void> {
    await this.rows.close();
    await this.vectors.close();
  }
}

function notUnit(index: string, key: Key, cause: RangeError): LtdError {
  return new LtdError("index", `the entry of the row ${key.join(", ")} in ${index} has ${cause.message}`, {
    hint: `it was not written by ltd-index: change the row's text, and run ltd-index sync ${index}`,
    cause,
  });
}
