import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ExactSearch } from "../../src/ann/exact.ts";
import { HnswGraph } from "../../src/ann/hnsw.ts";
import type { VectorHit, VectorSearch } from "../../src/ann/vector-search.ts";
import type { Database } from "../../src/db/database.ts";
import { nearest } from "../../src/db/ask/nearest.ts";
import { claim } from "../../src/db/capture/queue.ts";
import { buildVectorIndex } from "../../src/db/entries/vector-index.ts";
import { writeBatch } from "../../src/db/entries/write-batch.ts";
import { createMatrix, rowOf, type Matrix } from "../../src/vector/matrix.ts";
import { addIndex, entryFor, prepare } from "../db/fixture.ts";
import { describeDatabases } from "../support/databases.ts";
import { cosine, unitVectors } from "./unit-vectors.ts";

const [N, D] = [400, 24];
const vectors = unitVectors(N, D);
const queries = unitVectors(40, D, 2);

type Search = (queries: Matrix, k: number) => Promise<VectorHit[][]> | VectorHit[][];

/** What all ways to the nearest vectors have in common. `search` is there when the tests run. */
function contract(search: () => Search): void {
  const truth = (query: Float32Array) =>
    Array.from({ length: N }, (_, label) => ({ label, similarity: cosine(query, rowOf(vectors, label)) })).sort(
      (a, b) => b.similarity - a.similarity,
    );

  it("finds the nearest, with their cosines, the nearest first", async () => {
    const found = await search()(queries, 10);
    assert.equal(found.length, queries.rows);
    let right = 0;
    found.forEach((hits, row) => {
      const query = rowOf(queries, row);
      const tenth = truth(query)[9]!.similarity;
      assert.equal(hits.length, 10);
      assert.equal(new Set(hits.map(({ label }) => label)).size, 10);
      hits.forEach(({ label, similarity }, at) => {
        assert.ok(Math.abs(similarity - cosine(query, rowOf(vectors, label))) < 1e-5);
        assert.ok(similarity >= -1 && similarity <= 1);
        assert.ok(at === 0 || similarity <= hits[at - 1]!.similarity);
        if (similarity >= tenth - 1e-5) right++;
      });
    });
    assert.ok(right >= 0.99 * 10 * queries.rows, `recall@10 is ${right / (10 * queries.rows)}`);
  });

  it("finds a vector itself", async () => {
    const tenths = createMatrix(N / 10, D);
    for (let row = 0; row < tenths.rows; row++) rowOf(tenths, row).set(rowOf(vectors, 10 * row));
    const found = await search()(tenths, 1);
    found.forEach(([hit], row) => {
      assert.equal(hit!.label, 10 * row);
      assert.ok(hit!.similarity > 1 - 1e-5);
    });
  });

  it("gives all, each once, where k is larger than there are", async () => {
    const [hits] = await search()({ ...queries, rows: 1, data: queries.data.subarray(0, D) }, 1_000);
    assert.deepEqual(
      hits!.map(({ label }) => label).sort((a, b) => a - b),
      Array.from({ length: N }, (_, label) => label),
    );
  });

  it("refuses a query of other dimensions, and one that is no number", async () => {
    await assert.rejects(async () => search()(createMatrix(1, D + 1), 1));
    const nan = createMatrix(1, D);
    nan.data.fill(Number.NaN);
    await assert.rejects(async () => search()(nan, 1));
  });
}

function build(): HnswGraph {
  // small, and more vectors than it has room for at first
  const graph = HnswGraph.create(D, { m: 12, efConstruction: 100, efSearch: 100 }, 64);
  for (let row = 0; row < N; row++) assert.equal(graph.add(rowOf(vectors, row)), row);
  return graph;
}

describe("nearest vectors, exact", () => {
  const exact = new ExactSearch(vectors);
  contract(() => (of, k) => exact.search(of, k));
});

describe("nearest vectors, HNSW", () => {
  const graph = build();
  contract(() => (of, k) => graph.search(of, k));
});

describe("nearest vectors, HNSW that was loaded", () => {
  let graph: VectorSearch;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-ann-"));
    build().save(join(folder, "graph"));
    graph = await HnswGraph.load(join(folder, "graph"), D, 100);
  });
  after(() => rm(folder, { recursive: true }));
  contract(() => (of, k) => graph.search(of, k));
});

describeDatabases("nearest vectors, pgvector", (databases) => {
  let database: Database;
  let search: Search;
  before(async () => {
    database = await databases.create();
    await prepare(database);
    await database.query("update ltd.model set dims = $1", [D]);
    await database.script(`create table faq (id integer primary key, title text);
      insert into faq select g, 'title ' || g from generate_series(0, ${N - 1}) g`);
    const index = await addIndex(database, { name: "faq", table: "faq", enqueue: true });
    const claims = await claim(database, index, { limit: N, leaseMs: 60_000 });
    const entries = claims.map((each) => ({ ...entryFor(each), embedding: rowOf(vectors, Number(each.key[0])) }));
    await writeBatch(database, index, { entries });
    search = (of, k) =>
      Promise.all(
        Array.from({ length: of.rows }, async (_, row) => {
          const found = await nearest(database, index, rowOf(of, row), k, { efSearch: 100 });
          return found.map(({ key, similarity }) => ({ label: Number(key[0]), similarity }));
        }),
      );
    withIndex = () => buildVectorIndex(database, index);
  });
  let withIndex: () => Promise<boolean>;

  describe("without its index", () => contract(() => search));

  describe("with its index", () => {
    before(async () => assert.equal(await withIndex(), true));
    contract(() => search);
  });
});
