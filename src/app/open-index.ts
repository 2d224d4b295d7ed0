import { readConfig, type Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import type { IndexRecord } from "../db/index-record.ts";
import { getIndex } from "../db/index-store.ts";
import { requireSchema } from "../db/migrate.ts";
import { anotherModel } from "../db/model.ts";
import { openDatabase } from "../db/open.ts";
import type { FailOptions } from "../db/queue.ts";
import { createEmbedder, type Embedder } from "../embed/embedder.ts";
import { LtdError } from "../errors.ts";
import type { Matrix } from "../vector/matrix.ts";
import { match, type MatchOptions, type MatchResult } from "./match.ts";
import { statusOf, type IndexStatus } from "./status.ts";
import { sync, type SyncOptions, type SyncResult } from "./sync.ts";

/** What to open. */
export interface OpenIndexOptions {
  /** Name of the index. */
  index: string;
  /** `postgres://…`, the folder of an embedded database, or an open database. Default: DATABASE_URL, or else `.ltd/db`. */
  database?: string | Database;
  /** Id of a bundled model, or a folder. Default: LTD_MODEL, or else the model that the index was made with. */
  model?: string;
  /** Worker threads that embed. Default: LTD_THREADS, or else the cores, 4 at most. */
  threads?: number;
}

/** An index that is open: a database, a model and their settings. */
export interface Index<Row extends object = Readonly<Record<string, unknown>>> {
  readonly name: string;
  /** The rows that mean the same as a question, with a decision: answer, suggest or none. */
  match(question: string, options?: MatchOptions): Promise<MatchResult<Row>>;
  /** The same for many questions, embedded together. */
  matchAll(questions: readonly string[], options?: MatchOptions): Promise<MatchResult<Row>[]>;
  /** N texts -> N x D, rows of unit length; the row of a text without a letter or digit is NaN. */
  embed(texts: readonly string[], options?: { signal?: AbortSignal }): Promise<Matrix>;
  /** Embeds what has changed. */
  sync(options?: SyncOptions): Promise<SyncResult>;
  status(): Promise<IndexStatus>;
  /** Ends the worker threads, and the connection if it was opened here. */
  close(): Promise<void>;
}

/** Opens an index that `add` has made. Throws an LtdError that says what is missing. */
export async function openIndex<Row extends object = Readonly<Record<string, unknown>>>(
  options: OpenIndexOptions,
): Promise<Index<Row>> {
  const given = typeof options.database === "object" ? options.database : undefined;
  const settings = settingsOf(options);
  const database = given ?? (await openDatabase({ url: settings.databaseUrl, folder: settings.databaseFolder }));
  let embedder: Embedder | undefined;
  try {
    await requireSchema(database);
    const record = await getIndex(database, options.index);
    embedder = await createEmbedderFor(record, settings);
    const { maxAttempts } = settings;
    return bind<Row>(database, record, embedder, given === undefined, {
      ...(maxAttempts !== undefined && { maxAttempts }),
    });
  } catch (error) {
    await embedder?.close();
    if (given === undefined) await database.close();
    throw error;
  }
}

/** An embedder with the index's own model. Throws LtdError "model" when the model at hand is another. */
export async function createEmbedderFor(
  index: IndexRecord,
  options: { model?: string | undefined; threads?: number | undefined },
): Promise<Embedder> {
  const embedder = await createEmbedder({
    model: options.model ?? index.modelId,
    ...(options.threads !== undefined && { threads: options.threads }),
  });
  const { fingerprint, description } = embedder.model;
  const { id } = description;
  if (id === index.modelId && fingerprint === index.modelChecksum) return embedder;
  await embedder.close();
  if (id === index.modelId) throw anotherModel(id, index.modelChecksum, fingerprint);
  throw new LtdError("model", `the index "${index.name}" has vectors of the model ${index.modelId}, not of ${id}`, {
    hint: `vectors of two models cannot be compared: use --model with ${index.modelId}, or add another index`,
  });
}

/** What tells whether two indexes can share the embedder that {@link createEmbedderFor} gives. */
export function embedderKey(index: IndexRecord): string {
  return `${index.modelId} ${index.modelChecksum}`;
}

/** The options, and for what they leave open the environment and `ltd-index.json`. */
function settingsOf({ database, model, threads }: OpenIndexOptions): Config {
  const isUrl = typeof database === "string" && /^postgres(ql)?:/.test(database);
  return readConfig({
    databaseUrl: isUrl ? database : undefined,
    databaseFolder: typeof database === "string" && !isUrl ? database : undefined,
    model,
    threads,
  });
}

function bind<Row extends object>(
  database: Database,
  record: IndexRecord,
  embedder: Embedder,
  owned: boolean,
  attempts: FailOptions,
): Index<Row> {
  const matchAll = (questions: readonly string[], options?: MatchOptions) =>
    match<Row>(database, record, embedder, questions, options);
  return {
    name: record.name,
    match: async (question, options) => (await matchAll([question], options))[0]!,
    matchAll,
    embed: (texts, options) => embedder.embed(texts, options),
    sync: async (syncOptions) =>
      sync(database, await getIndex(database, record.name), embedder, { ...attempts, ...syncOptions }),
    status: () => statusOf(database, record),
    close: async () => {
      await embedder.close();
      if (owned) await database.close();
    },
  };
}
