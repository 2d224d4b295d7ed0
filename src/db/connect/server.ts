import { pg } from "./driver.ts";
import { LtdError } from "../../errors.ts";
import type { Database } from "../database.ts";
import type { PgPool } from "./pg-pool.ts";
import { ServerDatabase } from "./server-database.ts";
import { ClientQueryable, type Server } from "./server-client.ts";
import { parseServerUrl } from "./server-url.ts";
import { inTurn } from "./tls-attempts.ts";

/** Settings of {@link openServer}. */
export interface ServerOptions {
  /** Shown in `pg_stat_activity`; default `ltd-index`. */
  applicationName?: string;
  /** Connections held at most; default 4. */
  maxConnections?: number | undefined;
  /** How long to wait for the server to take a connection; default 10,000. */
  connectTimeoutMs?: number;
}

const OLDEST_SERVER = 150_000;

/**
 * Connects to a PostgreSQL server (15 or newer).
 *
 * @throws LtdError "usage" for a URL that cannot be read, "database" for a server that cannot be reached; neither holds
 *   the password
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
 * A database on a pool of the caller's own. The pool is never ended, and a connection goes back to it with the settings
 * that it came with.
 *
 * @throws {LtdError} usage: it is no pool of node-postgres; database: the server cannot be reached, or is too old
 */
export async function openPool(given: PgPool): Promise<Database> {
  const { requirePool } = await import("./pg-pool.ts");
  return onPool(requirePool(given) as pg.Pool, false);
}

/** How long the server may take to close its side of a connection. */
const END_MS = 1_000;

async function connect({ connectionTimeoutMillis: timeout, ...config }: pg.PoolConfig): Promise<Database> {
  // the pool would also count the time that a statement waits for others of this process to end
  class Client extends pg.Client {
    constructor(given: pg.ClientConfig = {}) {
      // the password is not enumerable
      super(Object.create(given, { connectionTimeoutMillis: { value: timeout } }) as pg.ClientConfig);
    }

    override end(): Promise<void>;
    override end(callback: (error: Error) => void): void;
    override end(callback?: (error: Error) => void): Promise<void> | void {
      const { stream } = (this as pg.Client & { readonly connection: pg.Connection }).connection;
      // a server that hangs never closes its side, which would keep the process alive
      setTimeout(() => stream.destroy(), END_MS).unref();
      return callback === undefined ? super.end() : super.end(callback);
    }
  }
  const pool = new pg.Pool({ ...config, Client });
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
  const keeping = { isOn: true };
  const open = (version: number) =>
    new ServerDatabase(name, {
      lease: (signal) => lease(pool, { name, version, keeping }, signal),
      create,
      end: async () => {
        if (owned && !pool.ended && !pool.ending) await pool.end();
      },
    });
  const unknown = open(OLDEST_SERVER);
  const [server] = await unknown.query<{ version: number; text: string }>(
    // the role's own search_path still applies
    "select pg_catalog.current_setting('server_version_num')::int as version, pg_catalog.current_setting('server_version') as text",
  );
  requireServerVersion(name, server!);
  return open(server!.version);
}

/** A connection of the pool for a while. The driver's own time limits are off: `signal` ends what takes too long. */
async function lease(pool: pg.Pool, server: Server, signal: AbortSignal | undefined) {
  const client = await pool.connect();
  const ignore = (): void => {}; // what was sent is told that the connection broke
  client.on("error", ignore);
  const { connectionParameters: limits = {} } = client as { connectionParameters?: { query_timeout?: unknown } };
  const { query_timeout: timeout } = limits;
  limits.query_timeout = false;
  return {
    client: new ClientQueryable(client, server, signal),
    release: (destroy: boolean) => {
      limits.query_timeout = timeout;
      client.off("error", ignore);
      client.release(destroy);
    },
  };
}

/**
 * Throws LtdError("database") for a server older than 15. Pass `version` as in `server_version_num`, `text` as in
 * `server_version`.
 */
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
