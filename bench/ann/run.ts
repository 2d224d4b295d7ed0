/** Exact search and HNSW over vectors of real texts: see `npm run bench:ann -- --help`. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { HNSW_DEFAULTS } from "../../src/ann/hnsw-settings.ts";
import { createEmbedder, withEmbedder } from "../../src/embed/embedder.ts";
import { describeMachine } from "../shared/machine.ts";
import { placeIn } from "../shared/place.ts";
import { toMarkdown, type SearchReport } from "./table.ts";
import { readCorpus } from "../shared/corpus.ts";
import { measureSearch, withVectors } from "./measure.ts";
import { DEMO_ROWS, readTitles } from "../shared/workload.ts";

const HELP = `Usage: npm run bench:ann -- [options]

Embeds texts, builds an HNSW graph of them step by step, and asks it and exact search the same questions: recall, time, and from how many rows
on the graph is faster. About three minutes for 100,000 texts on one core.

  --texts FILE          one text a line, or a gzipped table of tab-separated values with a header, the text last (default: the demo's titles)
  --rows N              texts that are searched (default 5,000)
  --questions N         other texts that are asked (default 200)
  --m N                 neighbours of a node (default ${HNSW_DEFAULTS.m})
  --ef-construction N   candidates while it is built (default ${HNSW_DEFAULTS.efConstruction})
  --ef-search N         candidates of a search (default ${HNSW_DEFAULTS.efSearch})
  --threads N           threads that embed (default 1)
  --write FILE          also puts the tables into a Markdown file, between its lines <!-- measured --> and <!-- end -->
  --json                one JSON document on the last line instead of tables

Examples:
  npm run bench:ann
  npm run bench:ann -- --texts titles.txt --rows 100000 --write docs/local.md
  npm run --silent bench:ann -- --texts sentences.tsv.gz --rows 100000 --json > ann.json
`;

const SIZES = [1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000];
/** Texts that are embedded together. */
const CHUNK = 4_096;

function readSettings() {
  const { values } = parseArgs({
    options: {
      texts: { type: "string" },
      rows: { type: "string", default: "5000" },
      questions: { type: "string", default: "200" },
      m: { type: "string", default: String(HNSW_DEFAULTS.m) },
      "ef-construction": { type: "string", default: String(HNSW_DEFAULTS.efConstruction) },
      "ef-search": { type: "string", default: String(HNSW_DEFAULTS.efSearch) },
      threads: { type: "string", default: "1" },
      write: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const wholeNumber = (name: "rows" | "questions" | "m" | "ef-construction" | "ef-search" | "threads"): number => {
    const number = Number(values[name]);
    if (Number.isInteger(number) && number >= 1) return number;
    throw new Error(`--${name} is ${values[name]}, but must be a whole number from 1`);
  };
  return {
    ...values,
    rows: wholeNumber("rows"),
    questions: wholeNumber("questions"),
    threads: wholeNumber("threads"),
    hnsw: { m: wholeNumber("m"), efConstruction: wholeNumber("ef-construction"), efSearch: wholeNumber("ef-search") },
  };
}

/** The first `count` different texts. */
async function readTexts(file: string | undefined, count: number): Promise<string[]> {
  const distinct = new Set<string>();
  if (file?.endsWith(".gz")) {
    // some stand there more than once
    for await (const text of readCorpus(file, Math.ceil(1.2 * count))) if (distinct.size < count) distinct.add(text);
  } else {
    const lines = file === undefined ? readTitles(DEMO_ROWS) : readFileSync(file, "utf8").split(/\r?\n/);
    for (const line of lines) if (line.trim() !== "" && distinct.size < count) distinct.add(line);
  }
  if (distinct.size === count) return [...distinct];
  throw new Error(`${file ?? "the demo"} has ${distinct.size} different texts, not ${count}`);
}

async function main(): Promise<void> {
  const { help, texts: file, rows, questions, hnsw, threads, ...settings } = readSettings();
  if (help) {
    process.stdout.write(HELP);
    return;
  }
  const write = settings.write === undefined ? undefined : placeIn(settings.write);
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  // some have no letter or digit, and so no vector
  const texts = await readTexts(file, Math.ceil(1.01 * (rows + questions)));
  const { matrix, model } = await withEmbedder(createEmbedder({ threads }), async (embedder) => {
    const data = new Float32Array(texts.length * embedder.dims);
    for (let first = 0; first < texts.length; first += CHUNK) {
      data.set((await embedder.embed(texts.slice(first, first + CHUNK))).data, first * embedder.dims);
      say(`${Math.min(first + CHUNK, texts.length)} of ${texts.length} texts embedded`);
    }
    return { matrix: { rows: texts.length, dims: embedder.dims, data }, model: embedder.model.description.id };
  });
  const { dims, data, ...found } = withVectors(matrix);
  if (found.rows < rows + questions) throw new Error(`only ${found.rows} texts have a letter or digit`);
  const machine = describeMachine();
  const figures = await measureSearch(
    { rows, dims, data: data.subarray(0, rows * dims) },
    { rows: questions, dims, data: data.subarray(rows * dims, (rows + questions) * dims) },
    [...SIZES.filter((size) => size < rows), rows],
    hnsw,
    say,
  );
  const report: SearchReport = { settings: { rows, questions, dims, model, ...hnsw }, machine, ...figures };
  write?.(toMarkdown(report));
  process.stdout.write(settings.json ? `${JSON.stringify(report)}\n` : toMarkdown(report));
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
