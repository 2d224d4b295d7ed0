/** k-means and duplicates beside other ways to them: see `npm run bench:cluster -- --help`. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { duplicateThreshold } from "../../src/app/thresholds.ts";
import { createEmbedder, type Embedder } from "../../src/embed/embedder.ts";
import { createMatrix, rowOf, type Matrix } from "../../src/vector/matrix.ts";
import { contest } from "./contest.ts";
import { measureDuplicates } from "./duplicates.ts";
import { toMarkdown, type ClusterReport } from "./table.ts";
import { describeMachine } from "../shared/machine.ts";
import { placeIn } from "../shared/place.ts";
import { timed } from "../shared/step.ts";
import { readCorpus } from "../shared/corpus.ts";
import { DEMO_ROWS, readTitles } from "../shared/workload.ts";

const HELP = `Usage: npm run bench:cluster -- [options]

k-means of this package and, with --python, of scikit-learn on the same vectors, in turn in one run: time of the fit, inertia and, where the
texts have labels, V-measure. And duplicates: exact, and by a graph with its recall.

  --corpus FILE         sentences to cluster: a gzipped file of tab-separated values, its last column (default: the demo's titles)
  --rows N              of them (default 100000, or all titles of the demo)
  --k N                 clusters (default 50)
  --titles FILE         labelled texts, a TSV with a header, text and label first, clustered into as many clusters; repeatable
  --pairs FILE          labelled pairs, a TSV with a header, two texts and 1 or 0: what the default threshold of dedupe means; repeatable
  --python FILE         Python with distill/requirements.txt, for scikit-learn
  --graph               duplicates by HNSW too: slow
  --rounds N            seeds, in turn (default 3)
  --threads N           threads that embed (default 2)
  --write FILE          also puts the tables into a Markdown file, between its lines <!-- measured --> and <!-- end -->
  --json                one JSON document on the last line instead of tables

Examples:
  npm run bench:cluster
  npm run bench:cluster -- --corpus sentences.tsv.gz --python .venv/bin/python --titles thucnews10.dev.tsv
  npm run bench:cluster -- --corpus sentences.tsv.gz --rows 20000 --graph --write docs/clusters.md
`;

/** Vectors of those texts that have a letter or digit, and which they are. */
async function embed(embedder: Embedder, texts: readonly string[]): Promise<{ vectors: Matrix; kept: number[] }> {
  const all = await embedder.embed(texts);
  const kept = [...texts.keys()].filter((row) => !Number.isNaN(rowOf(all, row)[0]));
  const vectors = createMatrix(kept.length, all.dims);
  kept.forEach((row, at) => rowOf(vectors, at).set(rowOf(all, row)));
  return { vectors, kept };
}

const linesOf = (file: string): string[][] =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => line.split("\t"));

const nameOf = (file: string): string => file.replace(/^.*\//, "").replace(/\.tsv$/, "");

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      corpus: { type: "string" },
      rows: { type: "string" },
      k: { type: "string", default: "50" },
      titles: { type: "string", multiple: true, default: [] },
      pairs: { type: "string", multiple: true, default: [] },
      python: { type: "string" },
      graph: { type: "boolean", default: false },
      rounds: { type: "string", default: "3" },
      threads: { type: "string", default: "2" },
      write: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const { corpus, python } = values;
  const [k, rounds] = [Number(values.k), Number(values.rounds)];
  const rows = values.rows === undefined ? undefined : Number(values.rows);
  const write = values.write === undefined ? undefined : placeIn(values.write);
  const embedder = await createEmbedder({ threads: Number(values.threads) });
  const report: Omit<ClusterReport, "duplicates"> = { machine: describeMachine(), contests: [], pairs: [] };
  for (const file of values.titles) {
    const lines = linesOf(file);
    const { vectors, kept } = await embed(
      embedder,
      lines.map(([text]) => text!),
    );
    const names = [...new Set(kept.map((row) => lines[row]![1]!))];
    const truth = kept.map((row) => names.indexOf(lines[row]![1]!));
    const systems = await timed(nameOf(file), () => contest(vectors, truth, names.length, rounds, python));
    report.contests.push({ name: nameOf(file), rows: vectors.rows, k: names.length, systems });
  }
  const threshold = duplicateThreshold(embedder.model.description.thresholds.answer);
  for (const file of values.pairs) {
    const lines = linesOf(file);
    const left = await embedder.embed(lines.map(([text]) => text!));
    const right = await embedder.embed(lines.map(([, text]) => text!));
    const near = lines.filter((_, row) => {
      const other = rowOf(right, row);
      return rowOf(left, row).reduce((sum, value, at) => sum + value * other[at]!, 0) >= threshold;
    });
    const same = near.filter(([, , label]) => Number(label) > 0).length;
    report.pairs.push({ name: nameOf(file), threshold, pairs: near.length, same });
  }
  const texts = corpus === undefined ? readTitles(rows ?? DEMO_ROWS) : [];
  if (corpus !== undefined) for await (const text of readCorpus(corpus, rows ?? 100_000)) texts.push(text);
  const { vectors } = await timed("vectors", () => embed(embedder, texts));
  await embedder.close();
  const name = corpus === undefined ? "titles of the demo" : "sentences";
  const systems = await timed("k-means", () => contest(vectors, undefined, k, rounds, python));
  report.contests.push({ name, rows: vectors.rows, k, systems });
  const duplicates = await timed("duplicates", () => measureDuplicates(vectors, threshold, values.graph));
  const whole: ClusterReport = { ...report, duplicates };
  write?.(toMarkdown(whole));
  process.stdout.write(values.json ? `${JSON.stringify(whole)}\n` : toMarkdown(whole));
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
