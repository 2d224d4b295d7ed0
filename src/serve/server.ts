import { openIndex, type Index } from "../app/open/open-index.ts";
import type { Database } from "../db/database.ts";
import { listNames } from "../db/indexes/names.ts";
import { requireSchema } from "../db/schema/migrate.ts";
import { kinds, listOf, options as optionsOf, requireArgument } from "../check-arguments.ts";
import { LtdError } from "../errors.ts";
import { requireWhole } from "../range.ts";
import { createApp } from "./app.ts";
import { requireToken, start, stop, urlOf } from "./http.ts";
import { createMetrics } from "./metrics.ts";

/** Settings of {@link serve}. */
export interface ServeOptions {
  /** Indexes to serve; default: all there are. */
  names?: readonly string[];
  /** Address to listen on. Default 127.0.0.1; any other one than this machine's needs a token. */
  host?: string;
  /** 0 to 65535; 0 takes a free one. Default 8080. */
  port?: number;
  /** What callers must send as `Authorization: Bearer …`. At least 16 characters. */
  token?: string | undefined;
  /** Requests that run at once, 1 to 10,000, default 256: more are refused with 503. */
  mostAtOnce?: number;
  /** Bytes of a request's body, 1,024 to 64 MiB, default 1 MiB. */
  mostBytes?: number;
  /** Callers may look through the log and accept, reject and undo. Default false. */
  curate?: boolean;
  model?: string | undefined;
  threads?: number | undefined;
}

/** A server that listens. */
export interface Serving {
  /** Its address, as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly indexes: readonly string[];
  /** Takes no further request, waits for those under way (10 s at most), and closes the indexes. */
  close(): Promise<void>;
}

const OPTIONS = optionsOf<ServeOptions>({
  names: listOf(kinds.name),
  host: kinds.name,
  port: kinds.number,
  token: kinds.text,
  mostAtOnce: kinds.number,
  mostBytes: kinds.number,
  model: kinds.name,
  threads: kinds.number,
  curate: kinds.flag,
});

/**
 * Answers questions over HTTP until it is closed: the indexes of one database, all in this process.
 *
 * @throws {LtdError} usage: a setting out of range, or an address that others reach without a token; index, schema:
 *   nothing to serve; input: the port is taken
 * @example
 * const database = await openDatabase();
 * const server = await serve(database, { port: 8080 });
 * console.log(server.url);
 */
export async function serve(database: Database, options: ServeOptions = {}): Promise<Serving> {
  requireArgument("database", database, kinds.database);
  requireArgument("serve", options, OPTIONS);
  const { host = "127.0.0.1", port = 8080, token, mostAtOnce = 256, mostBytes = 2 ** 20, curate = false } = options;
  requireWhole("port", port, 0, 65_535);
  requireWhole("mostAtOnce", mostAtOnce, 1, 10_000);
  requireWhole("mostBytes", mostBytes, 1024, 64 * 2 ** 20);
  requireToken(host, token);
  await requireSchema(database);
  const indexes = await openAll(database, options);
  try {
    const curated = curate ? database : undefined;
    const app = createApp({ indexes, metrics: createMetrics(indexes), token, mostAtOnce, mostBytes, curated });
    const server = await start(app.fetch, host, port);
    return {
      url: urlOf(server),
      indexes: [...indexes.keys()],
      close: async () => {
        await stop(server);
        await closeAll(indexes);
      },
    };
  } catch (error) {
    await closeAll(indexes);
    throw error;
  }
}

async function openAll(database: Database, { names = [], model, threads }: ServeOptions): Promise<Map<string, Index>> {
  const all = await listNames(database, names);
  if (all.length === 0)
    throw new LtdError("index", "there is no index to serve", { hint: 'ltd-index add <table> --text "{column}"' });
  const indexes = new Map<string, Index>();
  for (const name of all) {
    const settings = { ...(model !== undefined && { model }), ...(threads !== undefined && { threads }) };
    indexes.set(name, await openIndex({ index: name, database, source: "serve", ...settings }));
  }
  return indexes;
}

async function closeAll(indexes: ReadonlyMap<string, Index>): Promise<void> {
  for (const index of indexes.values()) await index.close();
}
