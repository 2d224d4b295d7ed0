import { add, dedupe, init, loadModel, openDatabase, type DedupeOptions } from "../../src/index.ts";
import { createEmbedderFor } from "../../src/app/live-index.ts";
import { drain } from "../../src/app/keep/drain.ts";
import { parseTemplate } from "../../src/app/template.ts";
import { getIndex } from "../../src/db/indexes/find-index.ts";
import { withEmbedder } from "../../src/embed/embedder.ts";
import { peakMiB, startClock, type Span } from "../shared/clock.ts";
import { fill } from "../shared/fill.ts";
import type { Target } from "../sync/measure.ts";

/** `dedupe` of an index, in a process of its own: from the database to the groups. */
export interface DedupeMeasurement {
  span: Span;
  rows: number;
  /** Keys of the rows that are duplicates. */
  duplicates: string[];
  groups: number;
  /** Of this process: with the embedded database Postgres is in it, with a server not. */
  peakMiB: number;
}

const INDEX = "faq";

/** Makes a table of the first `rows` sentences of a corpus in an empty database, and embeds them. An HNSW index is not wanted, and takes minutes. */
export async function prepareDedupe(target: Target, corpus: string, rows: number, threads: number): Promise<void> {
  const database = await openDatabase(target);
  try {
    await fill(database, INDEX, corpus, rows);
    const model = await loadModel();
    await init(database, model);
    await add(database, model, { table: INDEX, template: "{title}" });
    const index = await getIndex(database, INDEX);
    await withEmbedder(createEmbedderFor(database, index, { threads }), (embedder) =>
      drain({ database, index, embedder, template: parseTemplate(index.template), options: {} }),
    );
  } finally {
    await database.close();
  }
}

/** Finds the duplicates of what {@link prepareDedupe} left. */
export async function measureDedupe(
  target: Target,
  method: NonNullable<DedupeOptions["method"]>,
): Promise<DedupeMeasurement> {
  const database = await openDatabase(target);
  try {
    const clock = startClock();
    const { rows, groups } = await dedupe(database, INDEX, { method });
    const span = clock();
    const duplicates = groups.flatMap((group) => group.duplicates.map(({ key }) => key.join()));
    return { span, rows, duplicates, groups: groups.length, peakMiB: peakMiB() };
  } finally {
    await database.close();
  }
}
