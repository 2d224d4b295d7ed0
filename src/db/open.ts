import type { Database } from "./database.ts";
import { openEmbedded } from "./embedded.ts";
import { openServer } from "./server.ts";

/** Where the embedded database lives when nothing is said. */
const defaultFolder = ".ltd/db";

/** What {@link openDatabase} needs to know. */
export interface OpenOptions {
  /** A server, as `DATABASE_URL` names it. */
  url?: string | undefined;
  /** The folder of the embedded database, when there is no `url`; default `.ltd/db`. */
  folder?: string | undefined;
}

/** Opens the server at `url`, or without one the embedded database. Throws LtdError("database") or LtdError("locked"). */
export function openDatabase({ url, folder }: OpenOptions = {}): Promise<Database> {
  return url === undefined || url === "" ? openEmbedded(folder ?? defaultFolder) : openServer(url);
}
