import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { pg } from "./driver.ts";
import { LtdError } from "../../errors.ts";
import { loadPart } from "../../package-part.ts";
import { cancelStatement } from "./cancel.ts";
import type { Statement, Table } from "../database.ts";
import { databaseError } from "../failure.ts";
import { isOwn } from "../statement/own.ts";
import { driverTypes } from "./driver-types.ts";
import { ownSettings, ownSettingsInTransaction } from "./own-settings.ts";
import { type Keeping, sendPipeline } from "./pipeline.ts";
import type { ServerClient } from "./server-database.ts";

/** Time after which a request to cancel is repeated, if the statement has not ended. */
const CANCEL_AGAIN_MS = 100;
/** Time after which a server that ends no statement is taken for one that hangs. */
const GIVE_UP_MS = 10_000;

const loadCopy = () => loadPart("pg", () => import("./copy-driver.ts"));

/** What a connection is to know of its server. */
export interface Server {
  /** What to call it in messages. */
  readonly name: string;
  /** As in `server_version_num`. */
  readonly version: number;
  readonly keeping: Keeping;
}

/** Statements on one connection. */
export class ClientQueryable implements ServerClient {
  readonly #client: pg.Client;
  readonly #name: string;
  readonly #version: number;
  readonly #keeping: Keeping;
  readonly #signal: AbortSignal | undefined;
  /** `none`: no transaction is open; `own`: one is, and has the settings of our own statements. */
  #transaction: "none" | "user" | "own" = "none";
  /** Statements that were sent and have not ended. */
  readonly #running = new Set<Promise<unknown>>();
  #cancelling: Promise<void> | undefined;

  constructor(client: pg.Client, { name, version, keeping }: Server, signal?: AbortSignal) {
    this.#client = client;
    this.#name = name;
    this.#version = version;
    this.#keeping = keeping;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#cancel);
  }

  readonly #cancel = (): void => {
    this.#cancelling = this.#cancelAll();
  };

  /**
   * Again and again until nothing runs: a request that comes before its statement has begun is ignored. Ends the
   * connection to a server that hangs.
   */
  async #cancelAll(): Promise<void> {
    const started = performance.now();
    for (;;) {
      await cancelStatement(this.#client);
      if (this.#running.size === 0) return;
      if (performance.now() - started > GIVE_UP_MS) {
        const { connection } = this.#client as pg.Client & { readonly connection: pg.Connection };
        connection.stream.destroy();
        return;
      }
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

  /** Stops listening to the signal. Waits for a cancel request in flight, so that it cannot hit a later statement. */
  async detach(): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#cancel);
    await this.#cancelling;
  }

  async query<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    if (isOwn(sql) && this.#transaction === "none")
      return (await this.pipeline([{ text: sql, parameters }]))[0] as Row[];
    await this.#settle(sql);
    // "extended" without parameters too: the simple protocol would run several statements, and answer with several
    // results
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

  #send(statements: readonly Statement[]): Promise<object[][]> {
    // what fails in a transaction that is open cannot be sent again
    const keeping = this.#transaction === "none" ? this.#keeping : { isOn: false };
    return this.#run(() => sendPipeline(this.#client, statements, keeping));
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

  /**
   * Throws when a statement had failed and the work went on as if it had not: Postgres then rolls back without an
   * error.
   */
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
    const { copyFrom } = await loadCopy();
    return this.#run(async () => {
      const copy = this.#client.query(copyFrom(sql));
      await pipeline(Readable.from(data, { objectMode: true }), copy);
      return copy.rowCount;
    });
  }

  async copyOut(sql: string, take: (chunk: Uint8Array) => void): Promise<void> {
    let failed: { error: unknown } | undefined;
    await this.#settle(sql);
    const { copyTo } = await loadCopy();
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
