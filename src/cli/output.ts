import { once } from "node:events";
import type { OwnParts } from "../db/indexes/own-parts.ts";
import { LtdError } from "../errors.ts";
import { fileError } from "../file-error.ts";
import { decodeLines } from "../text/decode.ts";
import type { Context, GlobalFlags } from "./context.ts";
import { visible, visibleStrings } from "./visible.ts";
import { paint, type Format } from "./colour.ts";
import { cut, padEnd, widthOf } from "./display-width.ts";
import { t, translate } from "./language.ts";

/** Writes one line to stdout: data. Waits when the reader is slow. */
export function writeLine(context: Context, line: string): Promise<void> {
  return writeBytes(context, `${line}\n`);
}

/** Writes to stdout what is no line. Waits when the reader is slow. */
export async function writeBytes(context: Context, bytes: Uint8Array | string): Promise<void> {
  if (context.stdout.errored) throw fileError(context.stdout.errored, "standard output cannot be written");
  try {
    if (!context.stdout.write(bytes)) await once(context.stdout, "drain");
  } catch (error) {
    throw fileError(error, "standard output cannot be written");
  }
}

/**
 * Writes lines of rows to stdout; `formats` are those of the first lines. On a terminal each is cut to its width,
 * unless `whole`: wrapped rows hide where the next one begins.
 */
export async function writeRows(
  context: Context,
  flags: GlobalFlags,
  text: string,
  { whole = false, formats = [] }: { whole?: boolean; formats?: readonly Format[] } = {},
): Promise<void> {
  const { stdout, environment } = context;
  const { isTTY, columns } = stdout;
  if (isTTY !== true || flags.json) return writeLine(context, text);
  const width = whole || !columns ? Infinity : columns;
  const lines = text.split("\n").map((line, at) => {
    const shown = cut(line, width);
    return formats[at] === undefined ? shown : paint(stdout, environment, formats[at], shown);
  });
  await writeLine(context, lines.join("\n"));
}

/** Writes lines to stderr: talk. Nothing with --quiet. */
export function say(context: Context, flags: GlobalFlags, ...lines: readonly string[]): void {
  if (!flags.quiet) for (const line of lines) context.stderr.write(`${visible(line)}\n`);
}

/**
 * Writes the result of a verb: one JSON line with --json, otherwise the text of `render`. It gets the result with
 * control characters escaped, and must take its strings from there. Nothing is cut, unless `write` does.
 */
export async function writeResult<T>(
  context: Context,
  flags: GlobalFlags,
  result: T,
  render: (result: T) => string,
  write = (text: string): Promise<void> => writeLine(context, text),
): Promise<void> {
  await write(flags.json ? JSON.stringify(result) : render(visibleStrings(result)));
}

/** {@link writeResult} for lists of rows: on a terminal, lines are cut to its width. */
export async function writeResultRows<T>(
  context: Context,
  flags: GlobalFlags,
  result: T,
  render: (result: T) => string,
): Promise<void> {
  await writeResult(context, flags, result, render, (text) => writeRows(context, flags, text));
}

/** `name  value` pairs below each other, the names translated; a value of null or undefined is left out. */
export function renderPairs(pairs: Record<string, string | number | null | undefined>): string {
  const shown = Object.entries(pairs)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => [translate(name), value] as const);
  const width = Math.max(...shown.map(([name]) => widthOf(name)));
  return shown.map(([name, value]) => `${padEnd(name, width)}  ${value}`).join("\n");
}

/** Says how many changed rows wait for sync, if any. `more` is added to the sentence. */
export function sayPending(context: Context, flags: GlobalFlags, index: string, pending: number, more = ""): void {
  if (pending === 0) return;
  say(context, flags, t`note: ${count(pending)} changed rows wait for ltd-index sync ${index}${more}`);
}

/** Says how far an index is behind its table, where it is. */
export function sayBehind(
  context: Context,
  flags: GlobalFlags,
  index: string,
  { pending, failed }: { readonly pending: number; readonly failed: number },
): void {
  sayPending(context, flags, index, pending);
  if (failed > 0) say(context, flags, t`note: ${count(failed)} rows could not be embedded: ltd-index failed ${index}`);
}

/** Says once of each shard that it was left out, and why. */
export function sayLate(context: Context, flags: GlobalFlags): (shard: string, error: LtdError) => void {
  const told = new Set<string>();
  return (shard, error) => {
    if (!told.has(shard)) say(context, flags, t`note: without the shard ${shard}: ${translate(error.message)}`);
    told.add(shard);
  };
}

/** What is said of shards that did not answer. */
export function renderPartial(partial: readonly string[] = []): string[] {
  return partial.length === 0 ? [] : [t`  partial: the rows of ${partial.join(", ")} are missing`];
}

/** 1234567 as `1,234,567`. */
export function count(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 1 : 0 });
}

/** What an index has of its own, as `3 aliases, 2 word weights, its thresholds`. Empty where it has nothing. */
export function ownParts({ aliases, negatives, weights, thresholds }: OwnParts): string {
  return [
    ...(aliases > 0 ? [t`${count(aliases)} aliases`] : []),
    ...(negatives > 0 ? [t`${count(negatives)} negative questions`] : []),
    ...(weights > 0 ? [t`${count(weights)} word weights`] : []),
    ...(thresholds ? [t`its thresholds`] : []),
  ].join(t`, `);
}

/** Bytes as `1.2 MB`. */
export function megabytes(bytes: number): string {
  const value = bytes / 1e6;
  return `${value < 10 ? value.toFixed(1) : count(Math.round(value))} MB`;
}

/** A duration as `0.8 s`, `12 s` or `3 min 5 s`. */
export function duration(seconds: number): string {
  if (seconds < 10) return t`${seconds.toFixed(1)} s`;
  if (seconds < 60) return t`${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return t`${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Lines of stdin. Throws an LtdError if stdin is a terminal, where it would wait without a sign. */
export function readStdin(context: Context, { encoding }: GlobalFlags, hint: string): AsyncIterable<string> {
  if ((context.stdin as { isTTY?: boolean }).isTTY)
    throw new LtdError("usage", "there is nothing to read on standard input", { hint });
  return decodeLines(context.stdin, { source: "standard input", encoding });
}
