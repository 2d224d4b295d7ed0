import { abortable } from "../../abort.ts";
import type { Database, Queryable, Statement, Table, TransactionOptions } from "../database.ts";
import { databaseError } from "../failure.ts";
import { listenOn, type ListeningClient } from "./listen.ts";

/** One connection, with what a transaction needs. */
export interface ServerClient extends Queryable {
  table(sql: string): Promise<Table>;
  pipeline(statements: readonly Statement[]): Promise<object[][]>;
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** Stops listening to the signal. */
  detach(): Promise<void>;
}

/** Where a {@link ServerDatabase} has its connections from. */
export interface Connections {
  /** A connection for a while; `release(true)` ends it. Once `signal` aborts, what runs on it is cancelled. */
  lease(signal: AbortSignal | undefined): Promise<{ client: ServerClient; release: (destroy: boolean) => void }>;
  /** A client of its own, not connected yet. */
  create(): ListeningClient;
  end(): Promise<void>;
}

/** A PostgreSQL server. */
export class ServerDatabase implements Database {
  readonly kind = "server";
  readonly name: string;
  readonly #connections: Connections;

  constructor(name: string, connections: Connections) {
    this.name = name;
    this.#connections = connections;
  }

  query<Row extends object>(sql: string, parameters?: readonly unknown[]): Promise<Row[]> {
    return this.#with((client) => client.query<Row>(sql, parameters));
  }

  table(sql: string): Promise<Table> {
    return this.#with((client) => client.table(sql));
  }

  script(sql: string): Promise<void> {
    return this.#with((client) => client.script(sql));
  }

  copyIn(sql: string, data: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<number> {
    return this.#with((client) => client.copyIn(sql, data));
  }

  copyOut(sql: string, take: (chunk: Uint8Array) => void): Promise<void> {
    return this.#with((client) => client.copyOut(sql, take));
  }

  transaction<T>(work: (tx: Queryable) => Promise<T>, { signal }: TransactionOptions = {}): Promise<T> {
    const running = this.#with(async (client, broken) => {
      await client.begin();
      let result: T;
      try {
        result = await work(client);
        await client.commit();
      } catch (error) {
        // a failed rollback means a lost connection: the server rolls back by itself, the first error is the one to
        // tell
        await client.rollback().catch(broken);
        throw error;
      }
      return result;
    }, signal);
    return abortable(running, signal);
  }

  pipeline(statements: readonly Statement[], { signal }: TransactionOptions = {}): Promise<object[][]> {
    return abortable(
      this.#with((client) => client.pipeline(statements), signal),
      signal,
    );
  }

  listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>> {
    return listenOn(() => this.#connections.create(), channel, onNotify);
  }

  close(): Promise<void> {
    return this.#connections.end();
  }

  async #with<T>(work: (client: ServerClient, broken: () => void) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const { client, release } = await this.#connections.lease(signal).catch((error: unknown) => {
      throw databaseError(error, this.name);
    });
    let destroy = false;
    try {
      return await work(client, () => (destroy = true));
    } finally {
      await client.detach();
      release(destroy);
    }
  }
}
