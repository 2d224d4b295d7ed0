import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import { LtdError } from "../../errors.ts";
import { cancelStatement } from "./cancel.ts";
import type { Database, Statement, Table } from "../database.ts";
import { databaseError } from "../failure.ts";
import { isOwn } from "../statement/own.ts";
import { driverTypes } from "./driver-types.ts";
import { ownSettings, ownSettingsInTransaction } from "./own-settings.ts";
import { parameterText } from "./parameter-text.ts";
import { requirePool, type PgPool } from "./pg-pool.ts";
import { ServerDatabase, type ServerClient } from "./server-database.ts";
import { parseServerUrl } from "./server-url.ts";
import { inTurn } from "./tls-attempts.ts";

/** Settings of {@link openServer}. */
export interface ServerOptions {
  /** Shown in `pg_stat_activity`; default `ltd-index`. */
  applicationName?: string;
  /** Connections held at most; default 4. */
  maxConnections?: number | undefined;
  /** How long to wait for a connection; default 10,000. */
  connectTimeoutMs?: number;
}

const OLDEST_SERVER = 150_000;

/**
 * Connects to a PostgreSQL server (15 or newer).
 *
 * @throws LtdError "usage" for a URL that cannot be read, "database" for a server that cannot be reached; neither holds the password
 */
export async function openServer(url: string, options: ServerOptions = {}): Promise<Database> {
  const { config, ssl } = parseServerUrl(url);
  const settings = {
    application_name: options.applicationName ?? "ltd-index",
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    ...config,
    max: options.maxConnections ?? 4,
    keepAlive: true,
  };
  return inTurn(ssl, (each) => connect({ ...settings, ssl: each }));
}

/**
 * A database on a pool of the caller's own. The pool is never ended, and a connection goes back to it with the settings that it came with.
 *
 * @throws {LtdError} usage: it is no pool of node-postgres; database: the server cannot be reached, or is too old
 */
export function openPool(given: PgPool): Promise<Database> {
  return onPool(requirePool(given) as pg.Pool, false);
}

async function connect(config: pg.PoolConfig): Promise<Database> {
  const pool = new pg.Pool(config);
  // the pool drops an idle connection that breaks; without listeners Node would end the process
  pool.on("error", () => {});
  try {
    return await onPool(pool, true);
  } catch (error) {
    await pool.end();
    throw error;
  }
}

/** Asks the server for its version, then makes the database; a pool that is `owned` ends with it. */
async function onPool(pool: pg.Pool, owned: boolean): Promise<Database> {
  // a pool makes its clients so, too: it has the caller's own version of the driver
  const { options, Client = pg.Client } = pool as pg.Pool & { Client?: typeof pg.Client };
  const create = () => new Client(options);
  const sample = create();
  if (!("connection" in sample))
    throw new LtdError("usage", "a pool of pg.native cannot be used: libpq takes no pipelines", {
      hint: "new pg.Pool, in place of new pg.native.Pool",
    });
  const name = nameOf(sample);
  const open = (version: number) =>
    new ServerDatabase(name, {
      lease: (signal) => lease(pool, name, version, signal),
      create,
      end: async () => {
        if (owned && !pool.ended && !pool.ending) await pool.end();
      },
    });
  const unknown = open(OLDEST_SERVER);
  const [number] = await unknown.query<{ server_version_num: string }>("show server_version_num");
  const [text] = await unknown.query<{ server_version: string }>("show server_version");
  const version = Number(number!.server_version_num);
  requireServerVersion(name, { version, text: text!.server_version });
  return open(version);
}

/** A connection of the pool for a while. The driver's own time limits are off: `signal` ends what takes too long. */
async function lease(pool: pg.Pool, name: string, version: number, signal: AbortSignal | undefined) {
  const client = await pool.connect();
  const ignore = (): void => {}; // what was sent is told that the connection broke
  client.on("error", ignore);
  const { connectionParameters: limits = {} } = client as { connectionParameters?: { query_timeout?: unknown } };
  const { query_timeout: timeout } = limits;
  limits.query_timeout = false;
  return {
    client: new ClientQueryable(client, name, version, signal),
    release: (destroy: boolean) => {
      limits.query_timeout = timeout;
      client.off("error", ignore);
      client.release(destroy);
    },
  };
}

/** Throws LtdError("database") for a server older than 15: `version` as `server_version_num` has it, `text` as `server_version`. */
export function requireServerVersion(name: string, { version, text }: { version: number; text: string }): void {
  if (version >= OLDEST_SERVER) return;
  throw new LtdError("database", `${name} is PostgreSQL ${text}; 15 or newer is needed`, {
    hint: "upgrade the server, or use another one",
  });
}

/** The address without its password. The driver knows how the PG* variables fill in what a URL leaves out. */
function nameOf({ user, host, port, database }: pg.Client): string {
  const at = host.startsWith("/") ? "" : `${host}${port === 5432 ? "" : `:${port}`}`;
  return `postgres://${user ?? ""}@${at}/${database ?? ""}${host.startsWith("/") ? `?host=${host}` : ""}`;
}

/**
 * Several statements that are sent in one piece. They are one transaction: Postgres commits at the Sync that ends them, and passes over what
 * follows an error. Source: PostgreSQL, Frontend/Backend Protocol, Pipelining.
 *
 * It overrides what the driver does not document: package.json names one version of pg, and the suites of the server run pipelines on it.
 */
class Pipeline extends pg.Query {
  readonly #statements: readonly Statement[];

  constructor(statements: readonly Statement[]) {
    super({ text: "", values: [], types: driverTypes });
    this.#statements = statements;
  }

  override readonly submit = (connection: pg.Connection): void => {
    connection.stream.cork();
    for (const { text, parameters = [] } of this.#statements) {
      connection.parse({ name: "", text, types: [] }, true);
      connection.bind({ values: parameters.map(parameterText) }, true);
      connection.describe({ type: "P" }, true);
      connection.execute({}, true);
    }
    connection.sync();
    connection.stream.uncork();
  };
}

/** While a statement that is to be cancelled has not ended, the request is made again after so long. */
const CANCEL_AGAIN_MS = 100;

/** Statements on one connection. */
class ClientQueryable implements ServerClient {
  readonly #client: pg.Client;
  readonly #name: string;
  readonly #version: number;
  readonly #signal: AbortSignal | undefined;
  /** `none`: no transaction is open; `own`: one is, and has the settings of our own statements. */
  #transaction: "none" | "user" | "own" = "none";
  /** Statements that were sent and have not ended. */
  readonly #running = new Set<Promise<unknown>>();
  #cancelling: Promise<void> | undefined;

  constructor(client: pg.Client, name: string, version: number, signal?: AbortSignal) {
    this.#client = client;
    this.#name = name;
    this.#version = version;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#cancel);
  }

  readonly #cancel = (): void => {
    this.#cancelling = this.#cancelAll();
  };

  /** Again and again until nothing runs: a request that comes before its statement has begun is ignored. */
  async #cancelAll(): Promise<void> {
    for (;;) {
      await cancelStatement(this.#client);
      if (this.#running.size === 0) return;
      await Promise.race([Promise.allSettled(this.#running), pause(CANCEL_AGAIN_MS)]);
    }
  }

  /** Runs what sends a statement and waits for its end. Errors of Postgres become ours. */
  async #run<T>(send: () => Promise<T>): Promise<T> {
    this.#signal?.throwIfAborted();
    const running = send();
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      throw databaseError(error, this.#name);
    } finally {
      this.#running.delete(running);
    }
  }

  /** Ends what the signal does; a request to cancel that is on its way has arrived then, so that it hits nothing that comes later. */
  async detach(): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#cancel);
    await this.#cancelling;
  }

  async query<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    if (isOwn(sql) && this.#transaction === "none")
      return (await this.pipeline([{ text: sql, parameters }]))[0] as Row[];
    await this.#settle(sql);
    // "extended" without parameters too: the simple protocol would run several statements, and answer with several results
    const one: pg.QueryConfig & { queryMode: "extended" } = {
      text: sql,
      values: [...parameters],
      queryMode: "extended",
      types: driverTypes,
    };
    return (await this.#run(() => this.#client.query<Row>(one))).rows;
  }

  async table(sql: string): Promise<Table> {
    const one: pg.QueryArrayConfig & { queryMode: "extended" } = {
      text: sql,
      rowMode: "array",
      queryMode: "extended",
      types: driverTypes,
    };
    const { fields, rows, command, rowCount } = await this.#run(() => this.#client.query<unknown[]>(one));
    return { columns: fields.map(({ name }) => name), rows, command, rowCount };
  }

  /** Gives the open transaction our settings, before the first of our own statements. */
  async #settle(sql: string): Promise<void> {
    if (!isOwn(sql) || this.#transaction !== "user") return;
    await this.#run(() => this.#client.query(ownSettingsInTransaction(this.#version)));
    this.#transaction = "own";
  }

  /** All in one round trip and one transaction, which has our settings if the first statement is our own. */
  async pipeline(statements: readonly Statement[]): Promise<object[][]> {
    if (isOwn(statements[0]?.text ?? "")) {
      if (this.#transaction === "none") {
        const settings = { text: ownSettings(this.#version) };
        return (await this.#send([settings, ...statements])).slice(1);
      }
      await this.#settle(statements[0]!.text);
    }
    return this.#send(statements);
  }

  async #send(statements: readonly Statement[]): Promise<object[][]> {
    const results = await this.#run(
      () =>
        new Promise<pg.QueryResult<object> | pg.QueryResult<object>[]>((resolve, reject) => {
          this.#client.query(new Pipeline(statements)).on("end", resolve).on("error", reject);
        }),
    );
    return [results].flat().map(({ rows }) => rows);
  }

  async begin(): Promise<void> {
    await this.#run(() => this.#client.query("begin"));
    this.#transaction = "user";
  }

  /** Waits for a request to cancel that is on its way: it must not hit the rollback. */
  async rollback(): Promise<void> {
    await this.detach();
    await this.#client.query("rollback");
  }

  /** Throws when a statement had failed and the work went on as if it had not: Postgres then rolls back without an error. */
  async commit(): Promise<void> {
    const { command } = await this.#run(() => this.#client.query("commit"));
    if (command !== "COMMIT")
      throw new LtdError("database", `${this.#name}: the transaction was rolled back, as a statement of it had failed`);
  }

  async script(sql: string): Promise<void> {
    await this.#run(() => this.#client.query(sql));
  }

  async copyIn(sql: string, data: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<number> {
    await this.#settle(sql);
    return this.#run(async () => {
      const copy = this.#client.query(copyFrom(sql));
      await pipeline(Readable.from(data, { objectMode: true }), copy);
      return copy.rowCount;
    });
  }

  async copyOut(sql: string, take: (chunk: Uint8Array) => void): Promise<void> {
    let failed: { error: unknown } | undefined;
    await this.#settle(sql);
    await this.#run(async () => {
      for await (const chunk of this.#client.query(copyTo(sql))) {
        if (failed !== undefined) continue; // the connection can be used again only when all has been read
        try {
          take(chunk as Uint8Array);
        } catch (error) {
          failed = { error };
        }
      }
    });
    if (failed !== undefined) throw (failed as { error: unknown }).error;
  }
}
