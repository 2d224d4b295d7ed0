/** What went wrong, as a stable name that a program can test. */
export type ErrorCode =
  | "usage" // a flag, setting or argument that cannot be right
  | "model" // a model package that is missing, damaged or of another format
  | "database" // no connection, no pgvector, a failed statement
  | "schema" // the ltd schema is missing, or newer than this program
  | "source" // the user's table, columns, key or template
  | "index" // an index that does not exist, exists already, or is in the wrong state
  | "locked" // another process holds what is needed
  | "worse" // golden questions do worse after a change, which was not made
  | "input" // a text or file that cannot be read
  | "package"; // an npm package that cannot be loaded on this machine

/** Extras of an {@link LtdError}. */
export interface LtdErrorOptions {
  /** What to do next: one sentence that names a command where there is one. */
  hint?: string;
  /** The error underneath. */
  cause?: unknown;
}

/**
 * The only error that this library throws on purpose. It says what happened, with the values seen, and what to do next.
 * @example
 * try {
 *   await openIndex({ index: "faq" });
 * } catch (error) {
 *   if (error instanceof LtdError) console.error(error.code, error.message, error.hint);
 * }
 */
export class LtdError extends Error {
  override readonly name = "LtdError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: LtdErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}
