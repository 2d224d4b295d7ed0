import { createReadStream } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { once } from "node:events";
import type { Command } from "commander";
import { embedLines } from "../../app/ask/embed-lines.ts";
import { withEmbedder, type Embedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import { fileError } from "../../file-error.ts";
import { decodeLines } from "../../text/decode.ts";
import { npyHeader } from "../../vector/npy.ts";
import { embedderOf, flagsOf, type Context, type GlobalFlags } from "../context.ts";
import { count, duration, readStdin, say, writeLine } from "../output.ts";
import { t } from "../language.ts";

interface EmbedFlags {
  npy?: string;
}

export function defineEmbed(verb: Command, context: Context): void {
  verb
    .argument("[file]", "texts, one a line (default: standard input)")
    .option(
      "--npy <file>",
      "write a float32 array [N, D] into this file; a line without letter or digit is a row of NaN",
    )
    .addHelpText(
      "after",
      `
Examples:
  echo 怎么退款 | ltd-index embed
  ltd-index embed titles.txt > titles.jsonl
  ltd-index embed titles.txt --npy titles.npy

A JSON line is {"text": …, "embedding": [D numbers]}; the embedding is null where a text has no letter or digit.`,
    )
    .action(async (file: string | undefined, _options: object, command: Command) => {
      const flags = flagsOf<EmbedFlags>(command);
      const lines =
        file === undefined || file === "-"
          ? readStdin(context, flags, "name a file, or pipe texts in: echo 怎么退款 | ltd-index embed")
          : decodeLines(await openText(file), { source: file, encoding: flags.encoding });
      const started = performance.now();
      const { rows, empty } = await withEmbedder(embedderOf(context, flags), (embedder) =>
        flags.npy === undefined
          ? writeJsonLines(context, lines, embedder)
          : writeNpy(context, lines, embedder, flags.npy),
      );
      report(context, flags, rows, empty, (performance.now() - started) / 1000);
    });
}

async function openText(file: string) {
  const stream = createReadStream(file);
  try {
    await once(stream, "open");
    if ((await stat(file)).isDirectory()) throw new Error("it is a folder");
  } catch (cause) {
    stream.destroy();
    throw new LtdError("input", `${file} cannot be read: ${(cause as Error).message}`, {
      hint: "name a text file with one text a line",
      cause,
    });
  }
  return stream;
}

async function writeJsonLines(context: Context, lines: AsyncIterable<string>, embedder: Embedder) {
  let rows = 0;
  let empty = 0;
  for await (const chunk of embedLines(lines, embedder, context.signal)) {
    for (const { text, vector } of chunk) {
      rows++;
      if (vector === null) empty++;
      // Nine digits give back the same float32.
      const embedding = vector && `[${Array.from(vector, (x) => Number(x.toPrecision(9))).join(",")}]`;
      await writeLine(context, `{"text":${JSON.stringify(text)},"embedding":${embedding}}`);
    }
  }
  return { rows, empty };
}

async function writeNpy(context: Context, lines: AsyncIterable<string>, embedder: Embedder, path: string) {
  const part = `${path}.part`;
  let rows = 0;
  let empty = 0;
  const nan = new Float32Array(embedder.dims).fill(Number.NaN);
  if ((await stat(path).catch(() => undefined))?.isDirectory())
    throw new LtdError("input", `${path} cannot be written: it is a folder`, { hint: "name a file" });
  const out = await open(part, "w").catch((cause: unknown) => {
    throw fileError(cause, `${path} cannot be written`);
  });
  try {
    const headerBytes = npyHeader("<f4", [0, embedder.dims]).length;
    await out.writeFile(npyHeader("<f4", [0, embedder.dims]));
    for await (const chunk of embedLines(lines, embedder, context.signal)) {
      const block = new Float32Array(chunk.length * embedder.dims);
      chunk.forEach(({ vector }, row) => block.set(vector ?? nan, row * embedder.dims));
      // unlike write it goes on until all is written, or fails
      await out.writeFile(new Uint8Array(block.buffer));
      rows += chunk.length;
      empty += chunk.filter(({ vector }) => vector === null).length;
    }
    const header = npyHeader("<f4", [rows, embedder.dims]);
    if (header.length !== headerBytes) throw new Error("the header of the array grew");
    await out.write(header, 0, header.length, 0);
    await out.close();
    await rename(part, path);
  } catch (error) {
    await out.close().catch(() => {});
    await rm(part, { force: true });
    throw fileError(error, `${path} cannot be written`);
  }
  return { rows, empty };
}

function report(context: Context, flags: GlobalFlags, rows: number, empty: number, seconds: number): void {
  const left = empty > 0 ? t`, ${count(empty)} of them without a letter or digit and so without a vector` : "";
  say(
    context,
    flags,
    t`${count(rows)} texts${left}; ${duration(seconds)}, ${count(rows / seconds)} texts/s with start-up`,
  );
}
