/** What half precision costs and saves: see `npm run bench:halfvec -- --help`. */
import { parseArgs } from "node:util";
import { add, createEmbedder, init, openDatabase, type Database } from "../../src/index.ts";
import { sync } from "../../src/app/keep/sync.ts";
import { nearest } from "../../src/db/ask/nearest.ts";
import { getIndex } from "../../src/db/indexes/find-index.ts";
import { rowOf } from "../../src/vector/matrix.ts";
import { bytes, table } from "../shared/markdown.ts";
import { placeIn } from "../shared/place.ts";
import { timed } from "../shared/step.ts";
import { withEmptyDatabase } from "../shared/target.ts";
import { readTitles, shortQuestions } from "../shared/workload.ts";

const HELP = `Usage: npm run bench:halfvec -- [options]

Indexes the demo's titles twice, with vectors of single and of half precision, and asks both 200 questions by the HNSW index. Recall: of the 10 rows that
are nearest by all vectors of single precision, the share that is found.

  --rows N              titles (default 6165: all)
  --database-url URL    a server, in a new database that is dropped at the end (default: an embedded one)
  --write FILE          also puts the table into a Markdown file, between its lines <!-- measured --> and <!-- end -->
  --json                one JSON document instead of the table

Examples:
  npm run bench:halfvec
  npm run bench:halfvec -- --database-url postgres://app:app@127.0.0.1:5432/app --write docs/halfvec.md
`;

const K = 10;

/** One of the two indexes. */
export interface HalfvecFigures {
  type: "vector" | "halfvec";
  rows: number;
  /** Of the entries: vectors, words, keys and hashes. */
  tableBytes: number;
  /** Of the HNSW index. */
  graphBytes: number;
  /** Of the 10 nearest rows, by all vectors of single precision. */
  recall: number;
  /** Share of the questions whose first row is the nearest. */
  first: number;
  /** The largest difference between its similarities and those of single precision, of rows that both found. */
  largestError: number;
}

interface Near {
  readonly key: string;
  readonly similarity: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: "string", default: "6165" },
      "database-url": { type: "string" },
      write: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const write = values.write === undefined ? undefined : placeIn(values.write);
  const figures = await withEmptyDatabase(values["database-url"], async (target) => {
    const database = await openDatabase(target);
    try {
      return await measure(database, Number(values.rows));
    } finally {
      await database.close();
    }
  });
  write?.(toMarkdown(figures));
  process.stdout.write(values.json ? `${JSON.stringify({ figures })}\n` : toMarkdown(figures));
}

async function measure(database: Database, rows: number): Promise<HalfvecFigures[]> {
  const titles = readTitles(rows);
  const embedder = await createEmbedder();
  try {
    await init(database, embedder.model);
    await database.query("create table faq (id integer primary key, title text)");
    await database.query("insert into faq select n, t from unnest($1::text[]) with ordinality as r (t, n)", [titles]);
    const questions = await embedder.embed(shortQuestions(titles));
    const vectors = Array.from({ length: questions.data.length / questions.dims }, (_, at) => rowOf(questions, at));
    const figures: HalfvecFigures[] = [];
    for (const type of ["vector", "halfvec"] as const) {
      await add(database, embedder.model, { table: "faq", name: type, halfvec: type === "halfvec" });
      const index = await getIndex(database, type);
      await timed(type, () => sync(database, index, embedder));
      figures.push(await compare(database, type, vectors));
    }
    return figures;
  } finally {
    await embedder.close();
  }
}

async function compare(
  database: Database,
  type: HalfvecFigures["type"],
  vectors: readonly Float32Array[],
): Promise<HalfvecFigures> {
  const index = await getIndex(database, type);
  let [both, first, largestError] = [0, 0, 0];
  for (const vector of vectors) {
    const exact = await exactly(database, vector);
    const similarities = new Map(exact.map(({ key, similarity }) => [key, similarity]));
    const found = await nearest(database, index, vector, K);
    for (const { key, similarity } of found) {
      const right = similarities.get(key[0]!);
      if (right === undefined) continue;
      both += 1;
      largestError = Math.max(largestError, Math.abs(right - similarity));
    }
    if (found[0]?.key[0] === exact[0]?.key) first += 1;
  }
  const [sizes] = await database.query<{ rows: number; tableBytes: number; graphBytes: number }>(
    `select (select count(*) from ltd.entry_${index.id})::int as rows, pg_table_size('ltd.entry_${index.id}')::float8 as "tableBytes",
      pg_relation_size('ltd.entry_${index.id}_embedding_idx')::float8 as "graphBytes"`,
  );
  const questions = vectors.length;
  return { type, ...sizes!, recall: both / (K * questions), first: first / questions, largestError };
}

/** The nearest rows by every vector of single precision. */
function exactly(database: Database, vector: Float32Array): Promise<Near[]> {
  return database.transaction(async (tx) => {
    await tx.query("set local enable_indexscan = off");
    return tx.query<Near>(
      `select e.key::text as key, 1 - (e.embedding <=> $1::vector) as similarity
      from ltd.entry_vector e where e.embedding is not null order by e.embedding <=> $1::vector limit ${K}`,
      [JSON.stringify([...vector])],
    );
  });
}

function toMarkdown(figures: readonly HalfvecFigures[]): string {
  const head = [
    "vectors",
    "rows",
    "entries",
    "HNSW index",
    "recall@10",
    "same first row",
    "largest error of a similarity",
  ];
  const lines = figures.map((each) => [
    `\`${each.type}\``,
    each.rows.toLocaleString("en"),
    bytes(each.tableBytes),
    bytes(each.graphBytes),
    each.recall.toFixed(4),
    `${(100 * each.first).toFixed(1)} %`,
    each.largestError.toFixed(5),
  ]);
  return `${table(head, lines)}\n`;
}

await main();
