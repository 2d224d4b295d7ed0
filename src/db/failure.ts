import { LtdError } from "../errors.ts";

/** What both drivers put on the errors of Postgres and of the network. */
interface DriverError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly hint?: unknown;
  readonly errors?: readonly unknown[];
}

/**
 * The SQLSTATE (or the system's error code) of a driver's error or of the {@link LtdError} around it. Undefined for
 * other errors.
 */
export function sqlState(error: unknown): string | undefined {
  const inner = error instanceof LtdError ? error.cause : error;
  if (typeof inner !== "object" || inner === null) return undefined;
  const { code, errors } = inner as DriverError;
  if (typeof code === "string") return code;
  // several addresses of one host were tried: Node gives an AggregateError
  return errors === undefined ? undefined : sqlState(errors[0]);
}

/**
 * Whether Postgres refused the data itself. A value, a constraint, a limit of size, or an error raised by a function of
 * the user's.
 */
export function isDataError(error: unknown): boolean {
  return /^(22|23|54|P0)/.test(sqlState(error) ?? "");
}

/**
 * Whether the same statement may succeed later. The server restarts, is full, is out of connections or has become a
 * standby, the network broke, or two transactions conflicted.
 */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof LtdError) || error.code !== "database") return false;
  const state = sqlState(error) ?? "";
  return /^(08|40|53|57P|25006|55P03|E[A-Z]+)/.test(state) || lostConnection.test(error.message);
}

const lostConnection =
  /connection terminated|not queryable|client was closed|connection to .* was lost|does not answer/i;

function describe(error: unknown): string {
  const { message, errors } = (typeof error === "object" && error !== null ? error : {}) as DriverError;
  if (typeof message === "string" && message !== "") return message;
  return errors === undefined ? String(error) : describe(errors[0]);
}

/**
 * The driver's error as an {@link LtdError} that says which database, why, and what to do. An LtdError passes as it is.
 */
export function databaseError(error: unknown, database: string): LtdError {
  if (error instanceof LtdError) return error;
  const state = sqlState(error);
  const message = describe(error);
  // of our own functions: see ltd.guard
  if (state?.startsWith("LTD")) return new LtdError("source", message, { cause: error, ...hintPart(hintOf(error)) });
  const [text, hint = hintOf(error)] = explain(state, message, database);
  return new LtdError("database", text, { cause: error, ...hintPart(hint) });
}

function hintPart(hint: string | undefined): { hint?: string } {
  return hint === undefined ? {} : { hint };
}

/** What Postgres itself, or a function of ours, says to do. */
function hintOf(error: unknown): string | undefined {
  const { hint } = (typeof error === "object" && error !== null ? error : {}) as DriverError;
  return typeof hint === "string" ? hint : undefined;
}

const LIMIT_HINT =
  "the role has a limit (statement_timeout, transaction_timeout, idle_in_transaction_session_timeout): ask for less, or raise it: alter role … set statement_timeout = '10s'";

const SHARED_MEMORY_HINT =
  "give the server more shared memory (`docker run --shm-size 1g`, or shm_size in docker-compose.yml; Docker's 64 MB are too few for parallel queries), or: alter role … set max_parallel_workers_per_gather = 0";

/** What is said of an error, and what to do. */
type Explained = [text: string, hint?: string];

function explain(state: string | undefined, message: string, database: string): Explained {
  return explainState(state, message, database) ?? explainMessage(state, message, database);
}

function explainState(state: string | undefined, message: string, database: string): Explained | undefined {
  switch (state) {
    case "ECONNREFUSED":
      return [`nothing listens at ${database}`, "start the server (`docker compose up -d`), or correct DATABASE_URL"];
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return [`the host of ${database} is not known`, "correct the host in DATABASE_URL"];
    case "ENOENT":
      return [`there is no server socket for ${database}`, "start the server, or correct the host in DATABASE_URL"];
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return [`${database} does not answer`, "check the host, the port and the network"];
    case "28000":
      if (/no encryption/.test(message))
        return [`${database} refuses a connection without TLS: ${message}`, "add ?sslmode=require to DATABASE_URL"];
      return [`${database} refuses the login: ${message}`, "correct the user and the password in DATABASE_URL"];
    case "28P01":
      return [`${database} refuses the login: ${message}`, "correct the user and the password in DATABASE_URL"];
    case "3D000":
      return [`${database}: ${message}`, "create it (`createdb`), or correct the name in DATABASE_URL"];
    case "42501":
      return [`${database}: ${message}`, "use a role that may do this, or ask the owner for the privilege"];
    case "53300":
      return [`${database}: ${message}`, "close other connections, or raise max_connections"];
    case "53100":
      if (/shared memory/.test(message)) return [`${database}: ${message}`, SHARED_MEMORY_HINT];
      return [`${database}: ${message}`, "free disk space where the database is, then run the command again"];
    case "55P03":
      return [`${database}: ${message}`, "another session holds the lock; run the command again"];
    case "57014":
    case "25P03":
    case "25P04":
    case "57P05":
      return [`${database}: ${message}`, LIMIT_HINT];
    case "57P01":
    case "57P02":
    case "57P03":
      return [`${database} is shutting down or starting: ${message}`, "run the command again when it is up"];
  }
  return undefined;
}

/** Errors of the driver and of TLS, which have no state of Postgres. */
function explainMessage(state: string | undefined, message: string, database: string): Explained {
  if (/^(DEPTH_ZERO_SELF|SELF_SIGNED|UNABLE_TO_|CERT_|ERR_TLS_CERT)/.test(state ?? "")) {
    return [
      `the certificate of ${database} is not trusted: ${message}`,
      "name its authority in DATABASE_URL (sslrootcert=FILE), or use sslmode=require, which encrypts without checking the certificate",
    ];
  }
  if (/does not support SSL/.test(message))
    return [`${database} does not offer TLS`, "use sslmode=prefer or disable in DATABASE_URL, or set ssl = on there"];
  if (/timeout exceeded when trying to connect|timeout expired/.test(message)) {
    return [`${database} does not answer`, "check the host, the port and the network"];
  }
  if (
    state === "ECONNRESET" ||
    state === "EPIPE" ||
    /connection terminated|not queryable|client was closed/i.test(message)
  ) {
    return [`the connection to ${database} was lost: ${message}`, "run the command again; finished batches are kept"];
  }
  if (/password must be a string|no password supplied/i.test(message)) {
    return [`${database} requires a password`, "put it into DATABASE_URL or PGPASSWORD"];
  }
  return [`${database}: ${message}`];
}
