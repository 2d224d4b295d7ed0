import { createReadStream } from "node:fs";
import { createInterface } from "node:readline/promises";
import { createGunzip } from "node:zlib";

/** The sentences of a corpus: its column `sentence`, or the first. Gzipped where the name ends so. */
export async function* readSentences(path: string): AsyncGenerator<string> {
  let column: number | undefined;
  for await (const line of readLines(path)) {
    if (column === undefined) {
      const header = line.split("\t");
      column = Math.max(0, header.indexOf("sentence"));
      if (header.includes("sentence")) continue;
    }
    yield line.split("\t")[column] ?? "";
  }
}

/** The lines of a file, gzipped where its name ends so. */
export function readLines(path: string): AsyncIterable<string> {
  const file = createReadStream(path);
  return createInterface({ input: path.endsWith(".gz") ? file.pipe(createGunzip()) : file, crlfDelay: Infinity });
}
