import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type * as Hnswlib from "hnswlib-node";
import { buildGraph, type GraphTask } from "../../src/ann/build-graph.ts";
import { ExactSearch } from "../../src/ann/exact.ts";
import { checkGraph } from "../../src/ann/graph-file.ts";
import { HnswGraph } from "../../src/ann/hnsw.ts";
import { rowOf } from "../../src/vector/matrix.ts";
import { oneRow, unitVectors } from "./unit-vectors.ts";

const require = createRequire(import.meta.url);
// the package itself, to show that the hazard is one
const { HierarchicalNSW } = require("hnswlib-node") as typeof Hnswlib;

const [N, D] = [600, 16];
const vectors = unitVectors(N, D);
const settings = { m: 8, efConstruction: 60, efSearch: 50 };

function filled(capacity?: number): HnswGraph {
  const graph = HnswGraph.create(D, settings, capacity);
  for (let row = 0; row < N; row++) graph.add(rowOf(vectors, row));
  return graph;
}

describe("what hnswlib-node leaves to its caller", () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  before(async () => (folder = await mkdtemp(join(tmpdir(), "ltd-hnsw-"))));
  after(() => rm(folder, { recursive: true }));

  it("NaN, zero and vectors of another length are refused when they are added", () => {
    const graph = filled();
    for (const wrong of [new Float32Array(D).fill(Number.NaN), new Float32Array(D), new Float32Array(D).fill(1)]) {
      assert.throws(() => graph.add(wrong), /a vector of length (NaN|0|4), not 1/);
    }
    assert.throws(() => graph.add(new Float32Array(D + 1)), /17 dimensions, not 16/);
    assert.equal(graph.labels, N);
    assert.throws(() => new ExactSearch({ rows: 1, dims: D, data: new Float32Array(D) }), RangeError);
    const native = new HierarchicalNSW("ip", D);
    native.initIndex(1);
    native.addPoint(
      Array.from({ length: D }, () => Number.NaN),
      0,
    );
    assert.equal(native.getCurrentCount(), 1, "hnswlib-node takes it");
  });

  it("k above the number of vectors gives them all, and k below 1 is refused", () => {
    const graph = HnswGraph.create(D, settings, 3);
    const query = oneRow(rowOf(vectors, 0));
    assert.deepEqual(graph.search(query, 5), [[]]);
    for (let row = 0; row < 3; row++) graph.add(rowOf(vectors, row));
    assert.equal(graph.search(query, 1_000)[0]!.length, 3);
    for (const k of [0, -1, 1.5, Number.NaN]) assert.throws(() => graph.search(query, k), RangeError);
    assert.throws(() => graph.search(query, 1, { efSearch: 0 }), RangeError);
  });

  it("more vectors than there is room for make room", () => {
    const graph = filled(1);
    assert.equal(graph.rows, N);
    assert.equal(graph.search(oneRow(rowOf(vectors, N - 1)), 1)[0]![0]!.label, N - 1);
  });

  it("labels beyond 32 bits name nothing; hnswlib-node cuts them", () => {
    const graph = filled();
    assert.throws(() => graph.remove(2 ** 32), /there is no vector 4294967296 among 600/);
    assert.throws(() => graph.vectorOf(2 ** 32 + 1), RangeError);
    assert.throws(() => graph.remove(-1), RangeError);
    assert.throws(() => graph.remove(0.5), RangeError);
    assert.equal(graph.rows, N);
    const native = new HierarchicalNSW("ip", D);
    native.initIndex(2);
    native.addPoint(Array.from(rowOf(vectors, 0)), 2 ** 32 + 7);
    assert.deepEqual(native.getIdsList(), [7]);
  });

  it("a graph that was loaded searches as the one that was written, not with ef 10", async () => {
    const graph = filled();
    graph.save(at("graph"));
    const native = new HierarchicalNSW("ip", D);
    native.readIndexSync(at("graph"));
    assert.equal(native.getEf(), 10);
    const loaded = await HnswGraph.load(at("graph"), D, settings.efSearch);
    const queries = unitVectors(100, D, 3);
    assert.deepEqual(loaded.search(queries, 10), graph.search(queries, 10));
    assert.notDeepEqual(loaded.search(queries, 10, { efSearch: 10 }), loaded.search(queries, 10, { efSearch: 600 }));
  });

  it("what was removed is not found, not counted and not removed twice, also after a load", async () => {
    const graph = filled();
    for (let label = 0; label < N; label += 2) graph.remove(label);
    assert.throws(() => graph.remove(0), RangeError);
    graph.save(at("removed"));
    const removed = Array.from({ length: N / 2 }, (_, half) => 2 * half);
    for (const each of [graph, await HnswGraph.load(at("removed"), D, 50, removed)]) {
      assert.deepEqual([each.rows, each.labels], [N / 2, N]);
      const found = each.search(vectors, 5).flat();
      assert.ok(found.every(({ label }) => label % 2 === 1));
      assert.throws(() => each.vectorOf(0), RangeError);
      assert.equal(each.search(oneRow(rowOf(vectors, 0)), N)[0]!.length, N / 2);
    }
  });

  it("k are found where nearly all were removed", () => {
    const graph = filled();
    for (let label = 0; label < N - 20; label++) graph.remove(label);
    for (const hits of graph.search(unitVectors(50, D, 4), 20, { efSearch: 20 })) assert.equal(hits.length, 20);
  });

  it("no function reaches it: one that throws in a filter would end the process", () => {
    const graph = filled();
    const options = {
      efSearch: 50,
      filter: () => {
        throw new Error("in a filter");
      },
    };
    assert.equal(graph.search(oneRow(rowOf(vectors, 3)), 1, options)[0]![0]!.label, 3);
    const path = JSON.stringify(require.resolve("hnswlib-node"));
    const done = spawnSync(process.execPath, [
      "-e",
      `const { HierarchicalNSW } = require(${path}); const index = new HierarchicalNSW("ip", 2); index.initIndex(1);
       index.addPoint([1, 0], 0); try { index.searchKnn([1, 0], 1, () => { throw new Error("x"); }); } catch {} process.exit(0)`,
    ]);
    assert.notEqual(done.status, 0, "hnswlib-node has learnt it: this test and the comment in hnsw.ts can go");
  });
});

describe("a graph on a worker thread", () => {
  let folder: string;
  let task: GraphTask;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-build-"));
    await writeFile(join(folder, "vectors"), new Uint8Array(vectors.data.buffer));
    task = {
      from: null,
      vectors: join(folder, "vectors"),
      rows: N,
      dims: D,
      settings,
      remove: [],
      out: join(folder, "g"),
    };
  });
  after(() => rm(folder, { recursive: true }));

  it("is the one that is built here, and leaves this thread free", async () => {
    let turns = 0;
    let isBuilding = true;
    const turn = (): void => {
      turns++;
      if (isBuilding) setImmediate(turn);
    };
    turn();
    const seen: number[] = [];
    await buildGraph(task, { onProgress: (done) => seen.push(done) });
    isBuilding = false;
    assert.ok(turns > 10, `${turns} turns of the event loop`);
    assert.deepEqual(seen, [256, 512, 600]);
    const graph = await HnswGraph.load(task.out, D, 50);
    assert.deepEqual(graph.search(vectors, 10), filled().search(vectors, 10));
    assert.deepEqual(await checkGraph(task.out), { labels: N, removed: 0, dims: D, m: 8, efConstruction: 60 });
  });

  it("takes an old graph, removes from it and adds to it", async () => {
    const out = join(folder, "second");
    const from = { path: task.out, removed: [] };
    await buildGraph({ ...task, from, remove: [0, 1], out });
    const graph = await HnswGraph.load(out, D, 50, [0, 1]);
    assert.deepEqual([graph.labels, graph.rows], [2 * N, 2 * N - 2]);
    assert.deepEqual(
      graph.search(oneRow(rowOf(vectors, 0)), 1)[0]!.map(({ label }) => label),
      [N],
    );
    const third = join(folder, "third");
    await buildGraph({ ...task, from: { path: out, removed: [0, 1] }, rows: 0, remove: [N], out: third });
    assert.equal((await HnswGraph.load(third, D, 50, [0, 1, N])).rows, 2 * N - 3);
  });

  it("says what is wrong: a missing folder, too few vectors, an invalid vector", async () => {
    const says = (change: Partial<GraphTask>, message: RegExp) =>
      assert.rejects(buildGraph({ ...task, ...change }), { name: "LtdError", code: "input", message });
    await says({ out: join(folder, "missing", "g") }, /could not be written/);
    await says({ rows: N + 1 }, /ends after 512 of 601 vectors/);
    await says({ vectors: join(folder, "none") }, /ENOENT/);
    await writeFile(join(folder, "nan"), new Uint8Array(new Float32Array(D).fill(Number.NaN).buffer));
    await says({ vectors: join(folder, "nan"), rows: 1 }, /length NaN/);
  });

  it("can be stopped", async () => {
    const stop = new AbortController();
    const reason = new Error("enough");
    const building = buildGraph(task, { signal: stop.signal, onProgress: () => stop.abort(reason) });
    await assert.rejects(building, reason);
    await assert.rejects(buildGraph(task, { signal: AbortSignal.abort(reason) }), reason);
  });

  it("that is cut off, of another kind or empty is refused", async () => {
    const isDamaged = { name: "LtdError", code: "input", message: /is damaged: / };
    const { readFile } = await import("node:fs/promises");
    const whole = await readFile(task.out);
    for (const bytes of [0, 50, 96, 5_000, whole.length - 1]) {
      await writeFile(join(folder, "cut"), whole.subarray(0, bytes));
      await assert.rejects(checkGraph(join(folder, "cut")), isDamaged, `${bytes} bytes`);
    }
    await writeFile(join(folder, "longer"), Buffer.concat([whole, Buffer.from([1])]));
    await assert.rejects(checkGraph(join(folder, "longer")), isDamaged);
    await writeFile(join(folder, "zeros"), Buffer.alloc(1_000));
    await assert.rejects(checkGraph(join(folder, "zeros")), isDamaged);
  });
});
