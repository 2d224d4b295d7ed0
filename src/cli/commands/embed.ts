import { createReadStream } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { once } from "node:events";
import type { Command } from "commander";
import { copyLines, COPY_KEY_TYPES, type CopyKeyType } from "../../app/ask/copy-lines.ts";
import { embedLines } from "../../app/ask/embed-lines.ts";
import { withEmbedder, type Embedder } from "../../embed/embedder.ts";
import { LtdError } from "../../errors.ts";
import { fileError } from "../../file-error.ts";
import { decodeLines } from "../../text/decode.ts";
import { npyHeader } from "../../vector/npy.ts";
import { embedderOf, flagsOf, type Context, type GlobalFlags } from "../context.ts";
import { count, duration, readStdin, say, writeBytes, writeLine } from "../output.ts";
import { t } from "../language.ts";

interface EmbedFlags {
  npy?: string;
  format?: string;
  key?: string;
  halfvec?: boolean;
}

export function defineEmbed(verb: Command, context: Context): void {
  verb
    .argument("[file]", "texts, one a line (default: standard input); with --format copy key, tab and text")
    .option(
      "--npy <file>",
      "write a float32 array [N, D] into this file; a line without letter or digit is a row of NaN",
    )
    .option("--format <format>", "json: a JSON line for each text; copy: rows for a binary COPY of Postgres", "json")
    .option("--key <type>", `with --format copy, type of the key: ${COPY_KEY_TYPES.join(", ")} (default: bigint)`)
    .option("--halfvec", "with --format copy, vectors for a column of halfvec")
    .addHelpText(
      "after",
      `
Examples:
  echo 怎么退款 | ltd-index embed
  ltd-index embed titles.txt > titles.jsonl
  ltd-index embed titles.txt --npy titles.npy
  ltd-index embed keyed.tsv --format copy | psql -c "copy vectors (id, embedding) from stdin (format binary)"

A JSON line is {"text": …, "embedding": [D numbers]}; the embedding is null where a text has no letter or digit.
With --format copy a line is key, tab and text. What fails or is stopped halfway makes the COPY fail: no row of it is kept.`,
    )
    .action(async (file: string | undefined, _options: object, command: Command) => {
      const flags = flagsOf<EmbedFlags>(command);
      const copy = copyOf(context, flags);
      const lines =
        file === undefined || file === "-"
          ? readStdin(context, flags, "name a file, or pipe texts in: echo 怎么退款 | ltd-index embed")
          : decodeLines(await openText(file), { source: file, encoding: flags.encoding });
      const started = performance.now();
      const { rows, empty } = await withEmbedder(embedderOf(context, flags), (embedder) =>
        copy !== undefined
          ? writeCopy(context, lines, embedder, copy)
          : flags.npy === undefined
            ? writeJsonLines(context, lines, embedder)
            : writeNpy(context, lines, embedder, flags.npy),
      );
      report(context, flags, rows, empty, (performance.now() - started) / 1000);
    });
}

/** How rows for COPY are written; undefined: none are. Throws LtdError "usage" for flags that do not go together. */
function copyOf(context: Context, { format, key, halfvec, npy }: EmbedFlags) {
  if (format !== "json" && format !== "copy")
    throw new LtdError("usage", `--format is ${format}, but must be json or copy`);
  if (format === "json") {
    if (key === undefined && halfvec === undefined) return undefined;
    throw new LtdError("usage", `${key === undefined ? "--halfvec" : "--key"} is for --format copy`);
  }
  if (npy !== undefined) throw new LtdError("usage", "--npy cannot be combined with --format copy");
  if (context.stdout.isTTY === true)
    throw new LtdError("usage", "--format copy writes bytes, which a terminal cannot show", {
      hint: 'pipe them: … | psql -c "copy vectors (id, embedding) from stdin (format binary)"',
    });
  const type = COPY_KEY_TYPES.find((each) => each === (key ?? "bigint"));
  if (type !== undefined) return { key: type, halfvec: halfvec === true };
  throw new LtdError("usage", `--key is ${key}, but must be one of ${COPY_KEY_TYPES.join(", ")}`);
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

async function writeCopy(
  context: Context,
  lines: AsyncIterable<string>,
  embedder: Embedder,
  options: { key: CopyKeyType; halfvec: boolean },
) {
  const counts = { rows: 0, empty: 0 };
  const onRows = (rows: number, empty: number) => {
    counts.rows += rows;
    counts.empty += empty;
  };
  for await (const piece of copyLines(lines, embedder, { ...options, signal: context.signal, onRows }))
    await writeBytes(context, piece);
  return counts;
}

/** Lines that are texts and nothing else. */
async function* textsOf(lines: AsyncIterable<string>): AsyncGenerator<{ text: string }> {
  for await (const text of lines) yield { text };
}

async function writeJsonLines(context: Context, lines: AsyncIterable<string>, embedder: Embedder) {
  let rows = 0;
  let empty = 0;
  for await (const chunk of embedLines(textsOf(lines), embedder, context.signal)) {
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
    for await (const chunk of embedLines(textsOf(lines), embedder, context.signal)) {
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
