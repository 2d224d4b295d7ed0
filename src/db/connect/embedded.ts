import { setImmediate as eventLoopTurn } from "node:timers/promises";
import { PGlite, type Transaction } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { abortable } from "../../abort.ts";
import { LtdError } from "../../errors.ts";
import type { Database, Queryable, Statement, Table, TransactionOptions } from "../database.ts";
import { databaseError } from "../failure.ts";
import { databaseFolder, requireCluster } from "./embedded-folder.ts";
import { cannotOpen, EmbeddedLog, stopped } from "./embedded-log.ts";
import { type FolderLock, lockFolder } from "./folder-lock.ts";

const asText = (value: string): string => value;
/** int8 and numeric as text, as node-postgres gives them: numbers would lose digits. */
const PARSERS = { 20: asText, 1700: asText };
// a start that fails leaves the timer of this message running, and the process would never end
const START_PARAMS = [...PGlite.defaultStartParams, "-c", "log_startup_progress_interval=0"];

/**
 * Opens PGlite with pgvector in `folder` (made when missing), or in memory without one.
 *
 * One connection, this process only.
 *
 * @param cluster what a database in memory begins with: a tar of PGlite's `dumpDataDir`; default: nothing
 * @throws LtdError "locked", naming the process, when another one has the folder open; "database" for a folder that
 *   cannot be one, a disk
 *   that is full, or files that are damaged
 */
export async function openEmbedded(folder?: string, cluster?: Blob): Promise<Database> {
  const log = new EmbeddedLog();
  if (folder === undefined) return new EmbeddedDatabase(await start(log, undefined, cluster), { name: "memory", log });
  let lock: FolderLock | undefined;
  try {
    const path = await databaseFolder(folder);
    lock = await lockFolder(path);
    await requireCluster(path, async (draft) => (await start(log, draft)).close());
    return new EmbeddedDatabase(await start(log, path), { name: folder, log }, lock);
  } catch (error) {
    await lock?.release();
    throw error instanceof LtdError ? error : cannotOpen(folder, error, log);
  }
}

function start({ take: onStderr }: EmbeddedLog, folder?: string, cluster?: Blob): Promise<PGlite> {
  return PGlite.create({
    ...(folder !== undefined && { dataDir: folder }),
    ...(cluster !== undefined && { loadDataDir: cluster }),
    extensions: { vector },
    parsers: PARSERS,
    startParams: START_PARAMS,
    onStderr,
  });
}

/** What the statements of one PGlite share. */
interface Server {
  readonly name: string;
  readonly log: EmbeddedLog;
}

/** Statements of PGlite, or of one of its transactions. */
class SessionQueryable implements Queryable {
  readonly name: string;
  readonly #session: PGlite | Transaction;
  readonly #server: Server;
  readonly #signal: AbortSignal | undefined;

  constructor(session: PGlite | Transaction, server: Server, signal?: AbortSignal) {
    this.#session = session;
    this.#server = server;
    this.#signal = signal;
    this.name = server.name;
  }

  /** Throws where no statement may be sent any more. */
  protected requireOpen(): void {
    this.#signal?.throwIfAborted();
    const { cause } = this.#server.log;
    if (cause !== undefined) throw stopped(this.name, cause);
  }

  /** An error of PGlite's as ours; what ended the server comes before what it then says. */
  protected errorOf(error: unknown): LtdError {
    const { cause } = this.#server.log;
    return cause === undefined ? databaseError(error, this.name) : stopped(this.name, cause);
  }

  async query<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    this.requireOpen();
    try {
      return (await this.#session.query<Row>(sql, [...parameters])).rows;
    } catch (error) {
      throw this.errorOf(error);
    }
  }

  async script(sql: string): Promise<void> {
    this.requireOpen();
    try {
      await this.#session.exec(sql);
    } catch (error) {
      throw this.errorOf(error);
    }
  }

  async copyIn(sql: string, data: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<number> {
    this.requireOpen();
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for await (const part of data) parts.push(Uint8Array.from(part));
    try {
      // PGlite has no COPY protocol: it shows the blob to the server as a file
      const statement = sql.replace(/\bfrom\s+stdin\b/i, "from '/dev/blob'");
      const result = await this.#session.query(statement, [], { blob: new Blob(parts) });
      return result.affectedRows ?? 0;
    } catch (error) {
      throw this.errorOf(error);
    }
  }

  async copyOut(sql: string, take: (chunk: Uint8Array) => void): Promise<void> {
    this.requireOpen();
    let blob: Blob | undefined;
    try {
      ({ blob } = await this.#session.query(sql.replace(/\bto\s+stdout\b/i, "to '/dev/blob'")));
    } catch (error) {
      throw this.errorOf(error);
    }
    if (blob) for await (const chunk of blob.stream()) take(chunk);
  }
}

class EmbeddedDatabase extends SessionQueryable implements Database {
  readonly kind = "embedded";
  readonly #pglite: PGlite;
  readonly #server: Server;
  readonly #lock: FolderLock | undefined;

  constructor(pglite: PGlite, server: Server, lock?: FolderLock) {
    super(pglite, server);
    this.#pglite = pglite;
    this.#server = server;
    this.#lock = lock;
  }

  async table(sql: string): Promise<Table> {
    this.requireOpen();
    try {
      const { fields, rows, command, rowCount } = await this.#pglite.query<unknown[]>(sql, [], { rowMode: "array" });
      return { columns: fields.map(({ name }) => name), rows, command: command ?? "", rowCount: rowCount ?? null };
    } catch (error) {
      throw this.errorOf(error);
    }
  }

  transaction<T>(work: (tx: Queryable) => Promise<T>, { signal }: TransactionOptions = {}): Promise<T> {
    return this.#transaction(async (tx) => {
      const result = await work(tx);
      signal?.throwIfAborted();
      // fails if a statement had failed and the work went on: the commit would then roll back without an error
      await tx.query("select 1");
      return result;
    }, signal);
  }

  pipeline(statements: readonly Statement[], { signal }: TransactionOptions = {}): Promise<object[][]> {
    return this.#transaction(async (tx) => {
      const results: object[][] = [];
      for (const { text, parameters } of statements) results.push(await tx.query(text, parameters));
      return results;
    }, signal);
  }

  async #transaction<T>(work: (tx: SessionQueryable) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted();
    this.requireOpen();
    const running = this.#pglite
      .transaction(async (tx) => {
        // PGlite never waits for anything: of many callers one would follow the other, and timers, threads and sockets
        // never have their turn
        await eventLoopTurn();
        return work(new SessionQueryable(tx, this.#server, signal));
      })
      .catch((error: unknown) => {
        // an error of the caller's own passes unchanged; a failed commit is PGlite's
        throw isPostgresError(error) ? this.errorOf(error) : error;
      });
    return abortable(running, signal);
  }

  async listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>> {
    this.requireOpen();
    const stop = await this.#pglite.listen(channel, onNotify).catch((error: unknown) => {
      throw this.errorOf(error);
    });
    return async () => {
      if (this.#server.log.cause === undefined) await stop();
    };
  }

  async close(): Promise<void> {
    try {
      // a server that stopped writes nothing more: the next start recovers from its log, as after a crash
      if (!this.#pglite.closed && this.#server.log.cause === undefined) await this.#pglite.close();
    } finally {
      await this.#lock?.release();
    }
  }
}

function isPostgresError(error: unknown): boolean {
  return error instanceof Error && "severity" in error && "code" in error;
}
