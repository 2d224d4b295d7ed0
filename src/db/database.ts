/** What a statement gives, column by column: two of them may have one name. */
export interface Table {
  readonly columns: readonly string[];
  /** N x C values, as {@link Queryable.query} gives them. */
  readonly rows: readonly (readonly unknown[])[];
  /** The statement's kind as Postgres names it, such as `INSERT`. */
  readonly command: string;
  /** Rows that it read or changed; null for a statement that does neither. */
  readonly rowCount: number | null;
}

/** Where statements can be sent: a database, or a transaction of one. */
export interface Queryable {
  /**
   * Runs one statement with `$1`-style parameters and returns its rows.
   *
   * Both drivers give the same JavaScript values: bigint (int8) as string, numeric as string, bool as boolean,
   * int2/int4/float as number, text[] as string[], json as parsed value, timestamptz as Date, bytea as Uint8Array,
   * vector as its text "[1,2]".
   */
  query<Row extends object = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** Streams `COPY … FROM STDIN` data, text or binary as the statement says. Returns the number of rows. */
  copyIn(sql: string, data: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<number>;
  /**
   * Hands on what `COPY … TO STDOUT` gives, cut anywhere. What `take` throws is thrown when the rest has been passed
   * over.
   */
  copyOut(sql: string, take: (chunk: Uint8Array) => void): Promise<void>;
  /** Runs a script of several statements without parameters (migrations, DDL). */
  script(sql: string): Promise<void>;
}

/** One of several that {@link Database.pipeline} runs. */
export interface Statement {
  readonly text: string;
  /** As those of {@link Queryable.query}. */
  readonly parameters?: readonly unknown[];
  /** Whether the same text is sent again and again: a server then keeps it, and its plan. */
  readonly isFrequent?: boolean;
}

/** Settings of {@link Database.transaction}. */
export interface TransactionOptions {
  signal?: AbortSignal | undefined;
}

/** A Postgres with pgvector: a server, or the embedded PGlite. */
export interface Database extends Queryable {
  readonly kind: "server" | "embedded";
  /** What to call it in messages, without a password: `postgres://user@host/db` or the folder. */
  readonly name: string;
  /**
   * Runs `work` in one transaction on one connection. Commits when it resolves, rolls back when it throws.
   *
   * Once `signal` aborts it rejects with its reason, without waiting for anything. A server gives up the statement that
   * runs; the embedded database ends it. No other follows, and all is rolled back, if it was not just being committed.
   */
  transaction<T>(work: (tx: Queryable) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * Runs statements that do not need each other's results in one transaction. Returns the rows of each. A server has
   * them in one piece: it takes one round trip, and no statements to begin and to commit. Settings that one makes for
   * the transaction hold for those after it.
   *
   * Rejects as a whole with the first error, and as {@link transaction} does once `signal` aborts.
   */
  pipeline(statements: readonly Statement[], options?: TransactionOptions): Promise<object[][]>;
  /**
   * Calls `onNotify` with the payload of each NOTIFY on a channel (lower case letters and _). Has a connection of its
   * own, which reconnects by itself; after that calls it with "", as something may have been missed. Behind a
   * transaction-mode pooler nothing ever arrives. The function returned ends it.
   */
  listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>>;
  /**
   * Runs one statement of the user's and returns its columns and rows. Keeps columns that share a name, which {@link
   * query} would not.
   */
  table(sql: string): Promise<Table>;
  close(): Promise<void>;
}
