import type { Database } from "../../src/db/database.ts";
import type { IndexRecord } from "../../src/db/index-record.ts";
import { claim } from "../../src/db/capture/queue.ts";
import { buildVectorIndex } from "../../src/db/entries/vector-index.ts";
import { writeBatch } from "../../src/db/entries/write-batch.ts";
import { addIndex, entryFor, prepare } from "../db/fixture.ts";

export const CIRCLE_ROWS = 400;

/** The vector of row `id`: they lie on a quarter of a circle, in order. */
export function onCircle(id: number): Float32Array {
  const angle = angleOf(id);
  return Float32Array.of(Math.cos(angle), Math.sin(angle), 0);
}

export function cosineOnCircle(one: number, other: number): number {
  return Math.cos(angleOf(one) - angleOf(other));
}

const angleOf = (id: number): number => (id * Math.PI) / (2 * CIRCLE_ROWS);

/** Gives the rows that are queued their vectors, by the number of the row in the first column of the key. */
async function fill(database: Database, index: IndexRecord): Promise<void> {
  const claims = await claim(database, index, { limit: CIRCLE_ROWS, leaseMs: 60_000 });
  await writeBatch(database, index, { entries: claims.map((each) => entryFor(each, angleOf(Number(each.key[0])))) });
}

/** `faq` and, with a key of two columns, `shop`: rows 1 to 400, one of a hundred is rare. Indexed, HNSW included. */
export async function makeCircle(database: Database): Promise<IndexRecord> {
  await prepare(database);
  await database.script(`create table faq (id int primary key, title text, rare boolean);
    insert into faq select g, 'title ' || g, g % 100 = 0 from generate_series(1, ${CIRCLE_ROWS}) g;
    create table shop (id int, lang text, title text, primary key (id, lang));
    insert into shop select g, 'zh', 'title ' || g from generate_series(1, ${CIRCLE_ROWS}) g`);
  const faq = await addIndex(database, { name: "faq", table: "faq", enqueue: true });
  await fill(database, faq);
  await buildVectorIndex(database, faq);
  const shop = await addIndex(database, { name: "shop", table: "shop", enqueue: true });
  await fill(database, shop);
  return faq;
}
