import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chooseK } from "../../src/cluster/choose-k.ts";
import { kMeans } from "../../src/cluster/k-means.ts";
import { createNearest, findNearest } from "../../src/cluster/nearest-centroid.ts";
import { seedCentroids } from "../../src/cluster/seeding.ts";
import { mean, silhouettes } from "../../src/cluster/silhouette.ts";
import { createMatrix, rowOf, type Matrix } from "../../src/vector/matrix.ts";
import { plainProduct } from "../../src/vector/product.ts";
import { Random } from "../../src/vector/random.ts";
import { blobs, normalize } from "./blobs.ts";

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);

/** Whether two labellings are the same but for the numbers. */
function isSame(labels: ArrayLike<number>, other: (row: number) => number): boolean {
  const pairs = new Set(Array.from(labels, (label, row) => `${label} ${other(row)}`));
  return (
    pairs.size === new Set(labels as Int32Array).size &&
    pairs.size === new Set(Array.from(labels, (_, r) => other(r))).size
  );
}

function inertiaOf(vectors: Matrix, labels: Int32Array, k: number): number {
  let sum = 0;
  for (let cluster = 0; cluster < k; cluster++) {
    const rows = [...labels.keys()].filter((row) => labels[row] === cluster).map((row) => rowOf(vectors, row));
    const center = Float64Array.from(
      { length: vectors.dims },
      (_, at) => rows.reduce((s, row) => s + row[at]!, 0) / rows.length,
    );
    for (const row of rows) sum += center.reduce((s, value, at) => s + (row[at]! - value) ** 2, 0);
  }
  return sum;
}

describe("k-means", () => {
  for (const method of ["lloyd", "mini-batch"] as const) {
    it(`finds what was put together, and says how near it is (${method})`, async () => {
      const vectors = blobs(new Random(7), 3_000, 12, 24, 0.8);
      const found = await kMeans(vectors, plainProduct, { k: 12, method, sampleRows: 800 });
      assert.ok(isSame(found.labels, (row) => row % 12));
      assert.equal(found.method, method);
      assert.deepEqual([...found.sizes], Array(12).fill(250));
      assert.ok(Math.abs(found.inertia - inertiaOf(vectors, found.labels, 12)) < 1e-3);
      found.similarities.forEach((similarity, row) => {
        const each = Array.from({ length: 12 }, (_, c) => dot(rowOf(vectors, row), rowOf(found.centroids, c)));
        const [best, second] = each.toSorted((a, b) => b - a);
        assert.ok(Math.abs(similarity - best!) < 0.01 && Math.abs(found.seconds[row]! - second!) < 0.01);
      });
    });

    it(`gives the same for the same seed (${method})`, async () => {
      const vectors = blobs(new Random(3), 2_000, 5, 16, 3);
      const run = (seed: number) => kMeans(vectors, plainProduct, { k: 9, seed, method, sampleRows: 500 });
      const [one, again, other] = [await run(1), await run(1), await run(2)];
      assert.deepEqual(one, again);
      assert.notDeepEqual(one.labels, other.labels);
    });
  }

  it("ends where no row is nearer to another centroid, and further starts never make it worse", async () => {
    const vectors = blobs(new Random(5), 600, 6, 16, 4);
    const run = (starts: number) => kMeans(vectors, plainProduct, { k: 10, starts });
    const [one, many] = [await run(1), await run(8)];
    const nearest = createNearest(vectors.rows);
    await findNearest(vectors, one.centroids, plainProduct, nearest);
    const moved = nearest.labels.filter((label, row) => label !== one.labels[row]).length;
    assert.ok(moved <= 6, `${moved} rows`);
    assert.ok(many.inertia <= one.inertia);
  });

  it("gives a cluster that loses all its rows another one", async () => {
    // two far apart groups of three different rows each; all three seeds in one of them
    const vectors = createMatrix(60, 3);
    for (let row = 0; row < 60; row++) rowOf(vectors, row).set([row % 2, (row + 1) % 2, 0.01 * (row % 3)]);
    for (let row = 0; row < 60; row++) normalize(rowOf(vectors, row));
    for (let seed = 1; seed < 20; seed++) {
      const found = await kMeans(vectors, plainProduct, { k: 6, seed, starts: 1 });
      assert.ok(found.sizes.every((size) => size > 0));
      assert.equal(
        found.sizes.reduce((a, b) => a + b),
        60,
      );
    }
  });

  it("finds no more clusters than there are different rows", async () => {
    const equal = createMatrix(50, 4);
    for (let row = 0; row < 50; row++) rowOf(equal, row).set([1, 0, 0, 0]);
    const one = await kMeans(equal, plainProduct, { k: 5 });
    assert.deepEqual([one.centroids.rows, [...one.sizes], one.inertia], [1, [50], 0]);
    rowOf(equal, 7).set([0, 1, 0, 0]);
    assert.deepEqual([...(await kMeans(equal, plainProduct, { k: 5 })).sizes].sort(), [1, 49]);
    const each = blobs(new Random(1), 9, 9, 8, 0);
    assert.deepEqual([...(await kMeans(each, plainProduct, { k: 9 })).sizes], Array(9).fill(1));
  });

  it("stops when its signal aborts", async () => {
    const vectors = blobs(new Random(3), 500, 5, 16, 3);
    const signal = AbortSignal.abort();
    await assert.rejects(kMeans(vectors, plainProduct, { k: 5, signal }), { name: "AbortError" });
  });
});

describe("seeds", () => {
  it("are rows, far apart: one in each of groups that are", async () => {
    const vectors = blobs(new Random(11), 400, 8, 16, 0.1);
    for (let seed = 1; seed <= 10; seed++) {
      const seeds = await seedCentroids(vectors, 8, plainProduct, new Random(seed));
      const nearest = createNearest(8);
      await findNearest(seeds, vectors, plainProduct, nearest);
      assert.deepEqual([...nearest.labels].map((row) => row % 8).sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
      assert.ok(nearest.similarities.every((similarity) => similarity > 0.9999));
    }
  });
});

describe("silhouettes", () => {
  it("are those of all pairs of rows", async () => {
    const vectors = blobs(new Random(2), 90, 4, 8, 3);
    const labels = Int32Array.from({ length: 90 }, (_, row) => (row === 0 ? 3 : row === 1 ? -1 : row % 3));
    const found = await silhouettes(vectors, labels, 4, plainProduct);
    labels.forEach((own, row) => {
      const means = [0, 1, 2, 3].map((cluster) => {
        const others = [...labels.keys()].filter((other) => labels[other] === cluster && other !== row);
        return (
          others.reduce((sum, other) => sum + 1 - dot(rowOf(vectors, row), rowOf(vectors, other)), 0) / others.length
        );
      });
      const within = means[own]!;
      const other = Math.min(...means.filter((_, cluster) => cluster !== own && labels.includes(cluster)));
      const expected = own < 0 || Number.isNaN(within) ? 0 : (other - within) / Math.max(within, other);
      assert.ok(Math.abs(found[row]! - expected) < 1e-4, `row ${row}: ${found[row]} for ${expected}`);
    });
    assert.equal(mean(new Float32Array(0)), 0);
  });

  it("choose the number of groups that there are", async () => {
    for (const groups of [3, 7, 13]) {
      const steps: number[] = [];
      const vectors = blobs(new Random(groups), 600, groups, 24, 0.8);
      const { k, sweep } = await chooseK(vectors, plainProduct, { onStep: (step) => steps.push(step.k) });
      assert.equal(k, groups);
      assert.deepEqual(
        steps.toSorted((a, b) => a - b),
        sweep.map((step) => step.k),
      );
      assert.ok(sweep.every((step) => step.silhouette <= sweep.find((each) => each.k === k)!.silhouette));
      assert.equal(Math.max(...steps) <= 24, true, "√N at most");
    }
  });

  it("choose one cluster where all rows are equal, and two where two are different", async () => {
    const equal = createMatrix(100, 4);
    for (let row = 0; row < 100; row++) rowOf(equal, row).set([1, 0, 0, 0]);
    assert.deepEqual(await chooseK(equal, plainProduct), { k: 1, sweep: [] });
    for (let row = 0; row < 30; row++) rowOf(equal, row).set([0, 1, 0, 0]);
    assert.equal((await chooseK(equal, plainProduct)).k, 2);
  });
});
