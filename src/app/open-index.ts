import { readConfig, type Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import { getIndex } from "../db/index-store.ts";
import { requireSchema } from "../db/migrate.ts";
import { openDatabase } from "../db/open.ts";
import type { FailOptions } from "../db/queue.ts";
import type { Matrix } from "../vector/matrix.ts";
import { LiveIndex } from "./live-index.ts";
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
  try {
    await requireSchema(database);
    const live = await LiveIndex.open(database, options.index, settings);
    const { maxAttempts } = settings;
    return bind<Row>(database, live, options.index, given === undefined, {
      ...(maxAttempts !== undefined && { maxAttempts }),
    });
  } catch (error) {
    if (given === undefined) await database.close();
    throw error;
  }
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
  live: LiveIndex,
  name: string,
  owned: boolean,
  attempts: FailOptions,
): Index<Row> {
  const matchAll = (questions: readonly string[], options?: MatchOptions) =>
    live.read(({ record, embedder }) => match<Row>(database, record, embedder, questions, options));
  return {
    name,
    match: async (question, options) => (await matchAll([question], options))[0]!,
    matchAll,
    embed: async (texts, options) => (await live.latest()).embedder.embed(texts, options),
    sync: async (syncOptions) => {
      const { record, embedder } = await live.latest();
      return sync(database, record, embedder, { ...attempts, ...syncOptions });
    },
    status: async () => statusOf(database, await getIndex(database, name)),
    close: async () => {
      await live.close();
      if (owned) await database.close();
    },
  };
}
