import { readFile } from "node:fs/promises";
import { LtdError } from "../errors.ts";
import { isHeader, readLabelled, type Labelled, type LabelledOptions } from "../judge/labelled.ts";
import { readRows, type NamedRows } from "../judge/read-rows.ts";

/** How {@link readLabelledFile} reads. */
export interface LabelledFileOptions extends LabelledOptions {
  /** The first rows only. Default: all. */
  limit?: number;
}

/**
 * Labelled data of a file: CSV, TSV or JSON Lines. See docs/judgement.md for the columns.
 *
 * @throws LtdError "input" for a file that cannot be read, or whose header or a line is wrong
 */
export async function readLabelledFile(file: string, options: LabelledFileOptions = {}): Promise<Labelled> {
  const { limit = Number.POSITIVE_INFINITY, ...rest } = options;
  const named = await readNamedRows(file, options.columns);
  return readLabelled({ ...named, rows: named.rows.slice(0, limit) }, rest);
}

/** The rows of a file with the names of their columns; `columns` may also be names. */
async function readNamedRows(file: string, columns: readonly string[] = []): Promise<NamedRows> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  } catch (cause) {
    throw new LtdError("input", `${file} cannot be read: ${(cause as Error).message}`, {
      hint: "name a file of CSV, TSV or JSON Lines in UTF-8",
      cause,
    });
  }
  return readRows(text, file, (cells) => isHeader(cells, columns));
}
