import { LtdError } from "../../errors.ts";

/** Numbers of the errors that Emscripten's file system throws without a message. Source: wasi-libc, `__errno_t`. */
const ERRNO: Readonly<Record<number, string>> = {
  2: "Permission denied",
  19: "Disk quota exceeded",
  22: "File too large",
  29: "Input/output error",
  41: "Too many open files in system",
  33: "Too many open files",
  44: "No such file or directory",
  51: "No space left on device",
  54: "Not a directory",
  63: "Operation not permitted",
  69: "Read-only file system",
};

const DISK_FULL = /no space left|disk quota|file too large|53100|ENOSPC|EDQUOT|EFBIG/i;

/**
 * What the embedded Postgres writes to its log. PGlite keeps running after a PANIC, with memory that cannot be trusted,
 * and gives later errors in place of the first: the log alone has the cause.
 */
export class EmbeddedLog {
  #cause: string | undefined;

  /** Reads one line of the log; false: PGlite need not print it. */
  readonly take = (line: string): boolean => {
    const found = /\b(?:PANIC|FATAL): +(.*)/.exec(line);
    if (found !== null) this.#cause ??= found[1];
    return false;
  };

  /** What ended the server, in Postgres' words; undefined while it runs. */
  get cause(): string | undefined {
    return this.#cause;
  }
}

/**
 * The error of a database that cannot be opened: `log` or `error` says why. The folder is never the user's to throw
 * away.
 */
export function cannotOpen(folder: string, error: unknown, log: EmbeddedLog): LtdError {
  const why = log.cause ?? describe(error);
  const [text, hint] = DISK_FULL.test(why)
    ? [
        `the disk of the embedded database in ${folder} is full: ${why}`,
        "free disk space there and run the command again: what was committed is kept",
      ]
    : [
        `the embedded database in ${folder} cannot be opened: ${why}`,
        "make the folder readable and writable; if its files are damaged, restore them from a backup, or name another folder (--database-folder)",
      ];
  return new LtdError("database", text, { hint, cause: error });
}

/** The error of every statement after one that ended the server. */
export function stopped(name: string, why: string): LtdError {
  const isFull = DISK_FULL.test(why);
  return new LtdError(
    "database",
    `the embedded database in ${name} stopped${isFull ? ", as its disk is full" : ""}: ${why}`,
    {
      hint: `${isFull ? "free disk space there and open it again" : "open it again"}: what was committed is kept`,
    },
  );
}

function describe(error: unknown): string {
  if (typeof error !== "object" || error === null) return String(error);
  const { errno, message } = error as { errno?: unknown; message?: unknown };
  if (typeof errno === "number" && ERRNO[errno] !== undefined) return ERRNO[errno];
  if (typeof message === "string" && message !== "") return message;
  return typeof errno === "number" ? `error ${errno}` : "an error without a message";
}
