import { readConfig, type Config } from "../../config.ts";
import type { Database } from "../../db/database.ts";
import { getIndex } from "../../db/indexes/find-index.ts";
import { requireSchema } from "../../db/schema/migrate.ts";
import { openDatabase } from "../../db/connect/open.ts";
import type { PgPool } from "../../db/connect/pg-pool.ts";
import type { FailOptions } from "../../db/capture/queue.ts";
import { either, kinds, listOf, options, requireArgument } from "../../check-arguments.ts";
import { LtdError } from "../../errors.ts";
import { requireWhole } from "../../range.ts";
import { Calls } from "./calls.ts";
import { checkedIndex } from "./checked-index.ts";
import { cluster } from "../cluster/cluster.ts";
import { dedupe } from "../cluster/dedupe.ts";
import { LiveIndex } from "../live-index.ts";
import { askIndex } from "./asking.ts";
import { openFront } from "./find-front.ts";
import { bindFront } from "./bind-front.ts";
import { questionsOf } from "./questions.ts";
import { openShards, type ShardOptions } from "./open-front.ts";
import { openLocalIndex, type OpenLocalOptions } from "./open-local.ts";
import type { Index, LocalIndex } from "./opened.ts";
import { gaps } from "../loop/gaps.ts";
import { QuestionLog, type QuestionSource } from "../loop/question-log.ts";
import { feedback } from "../loop/feedback.ts";
import { statusOf } from "../status.ts";
import { sync } from "../keep/sync.ts";

export type { Index } from "./opened.ts";

/** What to open. */
export interface OpenIndexOptions {
  /** Name of the index. */
  index: string;
  /**
   * `postgres://…`, the folder of an embedded database, or an open database. Default: DATABASE_URL, or else `.ltd/db`.
   */
  database?: string | Database;
  /** A `pg.Pool` of your own, in place of `database`. It is not ended, and its connections are returned unchanged. */
  pool?: PgPool;
  /** Id of a bundled model, or a folder. Default: LTD_MODEL, or else the model that the index was made with. */
  model?: string;
  /** Worker threads that embed. Default: LTD_THREADS, or else the cores, 4 at most. */
  threads?: number;
  /**
   * Connections to a server, 1 to 1000, default 4. Each answers one question at a time and takes a process of the
   * server.
   */
  connections?: number;
  /** Who asks, as the question log says it. Default "library". */
  source?: QuestionSource;
  /** The servers that the index is split over, asked all at once. In place of `database` and `pool`. */
  shards?: readonly ShardOptions[];
  /** How long each of `shards` is waited for, 10 to 600,000; default 2,000. */
  deadlineMs?: number;
}

/**
 * Opens an index that `add` has made, or a file that `export` has written. Throws an LtdError that says what is
 * missing.
 *
 * @example
 * const faq = await openIndex<{ id: number; answer: string }>({ index: "faq" });
 * const { decision, answers } = await faq.match("怎么申请退款");
 * if (decision === "answer") console.log(answers[0]?.row.answer);
 * await faq.close();
 */
export async function openIndex<Row extends object = Readonly<Record<string, unknown>>>(
  options: OpenLocalOptions,
): Promise<LocalIndex<Row>>;
export async function openIndex<Row extends object = Readonly<Record<string, unknown>>>(
  options: OpenIndexOptions,
): Promise<Index<Row>>;
export async function openIndex<Row extends object>(
  given: OpenIndexOptions | OpenLocalOptions,
): Promise<Index<Row> | LocalIndex<Row>> {
  const { local, index } = (given ?? {}) as Partial<OpenIndexOptions & OpenLocalOptions>;
  const name = local ?? index;
  if (typeof name !== "string" || name === "")
    throw new LtdError("usage", `${JSON.stringify(name)} is not the name of an index`, {
      hint: 'openIndex({ index: "faq" }), or openIndex({ local: "faq.ltd" }) for a file',
    });
  const isLocal = "local" in given;
  requireArgument("openIndex", given, isLocal ? LOCAL_OPTIONS : INDEX_OPTIONS);
  return isLocal ? openLocalIndex<Row>(given) : openInDatabase<Row>(given);
}

const LOCAL_OPTIONS = options<OpenLocalOptions>({ local: kinds.name, model: kinds.name, threads: kinds.number });
const INDEX_OPTIONS = options<OpenIndexOptions>({
  index: kinds.name,
  database: either(kinds.name, kinds.database),
  pool: kinds.pool,
  model: kinds.name,
  threads: kinds.number,
  connections: kinds.number,
  source: kinds.name,
  shards: listOf(
    options<ShardOptions>({ name: kinds.name, database: either(kinds.name, kinds.database), index: kinds.name }, [
      "name",
      "database",
    ]),
  ),
  deadlineMs: kinds.number,
});

async function openInDatabase<Row extends object>(options: OpenIndexOptions): Promise<Index<Row>> {
  const { connections, pool, shards, index } = options;
  if (pool !== undefined && options.database !== undefined)
    throw new LtdError("usage", "both database and pool are given", { hint: "leave one of them out" });
  if (shards !== undefined && (pool ?? options.database) !== undefined)
    throw new LtdError("usage", "both shards and a database are given", { hint: "leave one of them out" });
  if (connections !== undefined) requireWhole("connections", connections, 1, 1000);
  const settings = settingsOf(options);
  const { model, threads } = settings;
  if (shards !== undefined) {
    const front = await openShards({ ...options, shards }, { model, threads });
    return bindFront<Row>(front, undefined, { threads, source: options.source });
  }
  const given = typeof options.database === "object" ? options.database : undefined;
  const { databaseUrl: url, databaseFolder: folder } = settings;
  const database = given ?? (await openDatabase(pool ? { pool, connections } : { url, folder, connections }));
  try {
    await requireSchema(database);
    const front = await openFront(database, index, { model, threads, connections });
    if (front !== undefined)
      return bindFront<Row>(front, given === undefined ? database : undefined, { threads, source: options.source });
    const live = await LiveIndex.open(database, index, settings);
    const { maxAttempts } = settings;
    return bind<Row>(database, live, index, given === undefined, {
      ...(maxAttempts !== undefined && { maxAttempts }),
      threads,
      log: new QuestionLog(database, index, options.source ?? "library"),
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
  { threads, log, ...attempts }: FailOptions & { threads?: number | undefined; log: QuestionLog },
): Index<Row> {
  const calls = new Calls(`the index ${name}`);
  const untilClosed = (signal: AbortSignal | undefined) =>
    signal ? AbortSignal.any([signal, calls.closing]) : calls.closing;
  const asking = askIndex(database, live, log);
  return checkedIndex<Row>({
    ...questionsOf<Row>(name, asking, calls),
    sync: (options = {}) =>
      calls.run(undefined, async () => {
        const { record, embedder } = await live.latest();
        return sync(database, record, embedder, { ...attempts, ...options, signal: untilClosed(options.signal) });
      }),
    ...loopOf(database, live, calls, log, threads),
    status: () => calls.run(undefined, async () => statusOf(database, await getIndex(database, name))),
    cluster: (options = {}) =>
      calls.run(undefined, () => cluster(database, name, { threads, ...options, signal: untilClosed(options.signal) })),
    dedupe: (options = {}) =>
      calls.run(undefined, () => dedupe(database, name, { threads, ...options, signal: untilClosed(options.signal) })),
    close: () =>
      calls.close(async () => {
        await log.flush();
        await asking.close();
        if (owned) await database.close();
      }),
  });
}

/**
 * What an open index does with the questions that it was asked. Those that wait are written before they are looked for.
 */
function loopOf(
  database: Database,
  live: LiveIndex,
  calls: Calls,
  log: QuestionLog,
  threads: number | undefined,
): Pick<Index, "feedback" | "gaps"> {
  return {
    feedback: (given) =>
      calls.run(undefined, async () => {
        await log.flush();
        return feedback(database, given);
      }),
    gaps: (options = {}) =>
      calls.run(undefined, async () => {
        await log.flush();
        const signal = options.signal ? AbortSignal.any([options.signal, calls.closing]) : calls.closing;
        return live.read((generation) => gaps(database, generation, { threads, ...options, signal }));
      }),
  };
}
