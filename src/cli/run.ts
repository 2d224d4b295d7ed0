import { CommanderError } from "commander";
import { type ErrorCode, LtdError } from "../errors.ts";
import { fileError } from "../file-error.ts";
import { paint, type Format } from "./colour.ts";
import type { Context } from "./context.ts";
import { createProgram } from "./program.ts";
import { visible } from "./visible.ts";
import { t, languageOf, setLanguage, translate } from "./language.ts";

/** Of errors that end with another code than 1. */
const EXIT_CODES: Partial<Record<ErrorCode, number>> = { usage: 2, worse: 3 };

/** Runs one command line, prints what went wrong, and returns the exit code. */
export async function run(context: Context, args: readonly string[]): Promise<number> {
  setLanguage(languageOf(context.environment));
  const program = createProgram(context);
  try {
    await program.parseAsync([...args], { from: "user" });
    return context.signal.aborted && !context.stopIsSuccess ? 130 : context.exitCode;
  } catch (thrown) {
    const error = fileError(thrown, `a file${pathOf(thrown)} cannot be used`);
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (context.signal.aborted && isStop(error as NodeJS.ErrnoException)) return 130;
    const told = describe(error, program.opts<{ debug?: boolean }>().debug === true);
    context.stderr.write(`${painted(context, told)}\n`);
    return (error instanceof LtdError && EXIT_CODES[error.code]) || 1;
  }
}

/** An error with its first word red, and that of the hint yellow, where standard error is a terminal. */
function painted({ stderr, environment }: Context, told: string): string {
  const label = (line: string, format: Format): string =>
    line.replace(/^[^:：]{1,10}[:：]/, (word) => paint(stderr, environment, format, word));
  const [error = "", ...rest] = told.split("\n");
  return [
    label(error, "red"),
    ...rest.map((line) => (/^(hint:|建议：)/.test(line) ? label(line, "yellow") : line)),
  ].join("\n");
}

function pathOf(error: unknown): string {
  const path = (error as Partial<NodeJS.ErrnoException> | undefined)?.path;
  return path === undefined ? "" : ` (${path})`;
}

/**
 * Whether the error only means that the command was interrupted. Either by a signal, or because its reader left
 * (EPIPE).
 */
function isStop({ name, code, cause }: NodeJS.ErrnoException): boolean {
  return name === "AbortError" || code === "EPIPE" || (cause instanceof Error && isStop(cause));
}

/** An error as it is printed. */
export function describe(error: unknown, debug: boolean): string {
  if (debug)
    return error instanceof Error
      ? `${error.stack}${error.cause ? `\ncaused by ${String(error.cause instanceof Error ? error.cause.stack : JSON.stringify(error.cause))}` : ""}`
      : String(error);
  if (error instanceof LtdError)
    return `${t`error: ${visible(translate(error.message))}`}${error.hint === undefined ? "" : `\n${t`hint: ${visible(translate(error.hint))}`}`}`;
  return `${t`error: ${visible(error instanceof Error ? error.message : String(error))}`}\n${t`hint: this should not happen; --debug prints the stack for a bug report`}`;
}
