import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { setImmediate as eventLoopTurn } from "node:timers/promises";
import { PGlite, type Transaction } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { abortable } from "../../abort.ts";
import { LtdError } from "../../errors.ts";
import type { Database, Queryable, Statement, TransactionOptions } from "../database.ts";
import { databaseError } from "../failure.ts";
import { type FolderLock, lockFolder } from "./folder-lock.ts";

const asText = (value: string): string => value;
/** int8 and numeric as text, as node-postgres gives them: numbers would lose digits. */
const PARSERS = { 20: asText, 1700: asText };

/**
 * Opens PGlite with pgvector in `folder` (made when missing), or in memory without one.
 *
 * One connection, this process only. Throws LtdError("locked"), naming the process, when another one has the folder open.
 */
export async function openEmbedded(folder?: string): Promise<Database> {
  if (folder === undefined)
    return new EmbeddedDatabase(await PGlite.create({ extensions: { vector }, parsers: PARSERS }), "memory");
  const path = resolve(folder);
  let lock: FolderLock | undefined;
  try {
    await mkdir(dirname(path), { recursive: true });
    lock = await lockFolder(path);
    return new EmbeddedDatabase(await PGlite.create(path, { extensions: { vector }, parsers: PARSERS }), folder, lock);
  } catch (error) {
    await lock?.release();
    if (error instanceof LtdError) throw error;
    throw new LtdError("database", `the embedded database in ${folder} cannot be opened: ${String(error)}`, {
      hint: "give a folder that can be written, or move the damaged one away and run `ltd-index init` again",
      cause: error,
    });
  }
}

/** Statements of PGlite, or of one of its transactions. */
class SessionQueryable implements Queryable {
  readonly name: string;
  readonly #session: PGlite | Transaction;
  readonly #signal: AbortSignal | undefined;

  constructor(session: PGlite | Transaction, name: string, signal?: AbortSignal) {
    this.#session = session;
    this.name = name;
    this.#signal = signal;
  }

  async query<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    this.#signal?.throwIfAborted();
    try {
      return (await this.#session.query<Row>(sql, [...parameters])).rows;
    } catch (error) {
      throw databaseError(error, this.name);
    }
  }

  async script(sql: string): Promise<void> {
    this.#signal?.throwIfAborted();
    try {
      await this.#session.exec(sql);
    } catch (error) {
      throw databaseError(error, this.name);
    }
  }

  async copyIn(sql: string, data: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<number> {
    this.#signal?.throwIfAborted();
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for await (const part of data) parts.push(Uint8Array.from(part));
    try {
      // PGlite has no COPY protocol: it shows the blob to the server as a file
      const statement = sql.replace(/\bfrom\s+stdin\b/i, "from '/dev/blob'");
      const result = await this.#session.query(statement, [], { blob: new Blob(parts) });
      return result.affectedRows ?? 0;
    } catch (error) {
      throw databaseError(error, this.name);
    }
  }

  async copyOut(sql: string, take: (chunk: Uint8Array) => void): Promise<void> {
    this.#signal?.throwIfAborted();
    let blob: Blob | undefined;
    try {
      ({ blob } = await this.#session.query(sql.replace(/\bto\s+stdout\b/i, "to '/dev/blob'")));
    } catch (error) {
      throw databaseError(error, this.name);
    }
    if (blob) for await (const chunk of blob.stream()) take(chunk);
  }
}

class EmbeddedDatabase extends SessionQueryable implements Database {
  readonly kind = "embedded";
  readonly #pglite: PGlite;
  readonly #lock: FolderLock | undefined;

  constructor(pglite: PGlite, name: string, lock?: FolderLock) {
    super(pglite, name);
    this.#pglite = pglite;
    this.#lock = lock;
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
    const running = this.#pglite
      .transaction(async (tx) => {
        // PGlite never waits for anything: of many callers one would follow the other, and timers, threads and sockets never have their turn
        await eventLoopTurn();
        return work(new SessionQueryable(tx, this.name, signal));
      })
      .catch((error: unknown) => {
        // an error of the caller's own passes unchanged; a failed commit is PGlite's
        throw isPostgresError(error) ? databaseError(error, this.name) : error;
      });
    return abortable(running, signal);
  }

  async listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>> {
    const stop = await this.#pglite.listen(channel, onNotify);
    return () => stop();
  }

  async close(): Promise<void> {
    try {
      if (!this.#pglite.closed) await this.#pglite.close();
    } finally {
      await this.#lock?.release();
    }
  }
}

function isPostgresError(error: unknown): boolean {
  return error instanceof Error && "severity" in error && "code" in error;
}
