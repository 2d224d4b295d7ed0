import { existsSync } from "node:fs";
import { join } from "node:path";
import { LtdError } from "../../errors.ts";
import { loadPart } from "../../package-part.ts";
import type { Database } from "../database.ts";
import type { PgPool } from "./pg-pool.ts";

/** Where the embedded database lives when nothing is said. */
const DEFAULT_FOLDER = ".ltd/db";

/** What {@link openDatabase} needs to know. */
export interface OpenOptions {
  /** A server, as `DATABASE_URL` names it. */
  url?: string | undefined;
  /** The folder of the embedded database, when there is no `url`; default `.ltd/db`. */
  folder?: string | undefined;
  /** Makes the embedded database when the folder has none; default true. Without it that is an error. */
  create?: boolean | undefined;
  /** Connections to a server that are held at most, default 4. */
  connections?: number | undefined;
  /** A `pg.Pool` of your own, in place of all of these. It is not ended. */
  pool?: PgPool | undefined;
}

/**
 * Opens the server at `url`, that of a `pool`, or without one the embedded database.
 *
 * @example
 * const database = await openDatabase({ url: "postgres://app:app@127.0.0.1/app" });
 * console.log(await status(database));
 * await database.close();
 *
 * @throws {LtdError} database, locked, package; usage: both a pool and another database
 */
export async function openDatabase({
  url,
  folder = DEFAULT_FOLDER,
  create = true,
  connections,
  pool,
}: OpenOptions = {}): Promise<Database> {
  if (pool !== undefined) {
    if (url !== undefined || connections !== undefined)
      throw new LtdError("usage", "a pool already has a database and connections", {
        hint: "leave out url and connections, or the pool",
      });
    const { openPool } = await loadPart("pg", () => import("./server.ts"));
    return openPool(pool);
  }
  if (url !== undefined && url !== "") {
    const { openServer } = await loadPart("pg", () => import("./server.ts"));
    return openServer(url, { maxConnections: connections });
  }
  if (!create && !existsSync(join(folder, "PG_VERSION"))) {
    throw new LtdError("database", `there is no embedded database in ${folder}`, {
      hint: "`ltd-index init` creates one there; or name another folder (--database-folder) or a server (DATABASE_URL)",
    });
  }
  const { openEmbedded } = await loadPart("@electric-sql/pglite", () => import("./embedded.ts"));
  return openEmbedded(folder);
}
