import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";

/**
 * The last column of a gzipped table of tab-separated values, from its second line on: of `rows` lines, every `step`-th.
 *
 * Throws when the file has fewer lines.
 */
export async function* readCorpus(file: string, rows: number, step = 1): AsyncGenerator<string> {
  const lines = createInterface({ input: createReadStream(file).pipe(createGunzip()), crlfDelay: Infinity });
  let line = -1;
  for await (const text of lines) {
    if (++line === 0) continue; // the names of the columns
    if ((line - 1) % step === 0) yield text.slice(text.lastIndexOf("\t") + 1);
    if (line === rows) break;
  }
  lines.close();
  if (line < rows) throw new Error(`${file} has ${line} sentences, not ${rows}`);
}
