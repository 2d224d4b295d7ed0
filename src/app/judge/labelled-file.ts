import { readFile } from "node:fs/promises";
import type { Queryable } from "../../db/database.ts";
import { LtdError } from "../../errors.ts";
import { decodeText } from "../../text/decode.ts";
import { isHeader, readLabelled, type Labelled, type LabelledOptions } from "../../judge/labelled.ts";
import { readRows, type NamedRows } from "../../judge/read-rows.ts";

/** How {@link readLabelledFile} reads. */
export interface LabelledFileOptions extends LabelledOptions {
  /** The first rows only. Default: all. */
  limit?: number;
  /** Of the file, by a label of the WHATWG Encoding Standard (`gbk`). Default: UTF-8. */
  encoding?: string | undefined;
}

type Encoding = Pick<LabelledFileOptions, "encoding">;

/**
 * Labelled data of a file: CSV, TSV or JSON Lines. See docs/judgement.md for the columns.
 *
 * @throws LtdError "input" for a file that cannot be read, or whose header or a line is wrong
 * @example
 * const labelled = await readLabelledFile("questions.csv", { encoding: "gbk" });
 */
export async function readLabelledFile(file: string, options: LabelledFileOptions = {}): Promise<Labelled> {
  const { limit = Number.POSITIVE_INFINITY, encoding, ...rest } = options;
  const named = await readNamedRows(file, (cells) => isHeader(cells, options.columns), { encoding });
  return readLabelled({ ...named, rows: named.rows.slice(0, limit) }, rest);
}

/** The rows of a query with the names of its columns. */
export async function queryRows(database: Queryable, query: string): Promise<NamedRows> {
  const rows = await database.query(query);
  return { source: "the query", header: Object.keys(rows[0] ?? {}), rows, placeOf: (row) => `row ${row + 1}` };
}

/** The rows of a file with the names of their columns; `isNames` says whether the first line has them. */
export async function readNamedRows(
  file: string,
  isNames: (cells: readonly string[]) => boolean,
  how: Encoding = {},
): Promise<NamedRows> {
  return readRows(await readTextFile(file, how), file, isNames);
}

/** The lines of a file that are not blank. Throws LtdError "input" for a file that cannot be read, or has none. */
export async function readTextLines(file: string, how: Encoding = {}): Promise<string[]> {
  const lines = (await readTextFile(file, how)).split(/\r?\n/).filter((line) => line.trim() !== "");
  if (lines.length === 0) throw new LtdError("input", `${file} has no lines`);
  return lines;
}

/**
 * A whole file of text. Throws LtdError "input" for one that cannot be read, or that names the line that is not in the
 * encoding.
 */
export async function readTextFile(file: string, { encoding }: Encoding = {}): Promise<string> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new LtdError("input", `${file} cannot be read: ${(cause as Error).message}`, {
      hint: "name a file of text",
      cause,
    });
  });
  return decodeText(bytes, { source: file, encoding });
}
