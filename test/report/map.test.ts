import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { groupByMeaning } from "../../src/report/group-questions.ts";
import { mapOf } from "../../src/report/map/map.ts";
import { nearestNeighbours } from "../../src/report/map/neighbours.ts";
import { principalCoordinates } from "../../src/report/map/principal.ts";
import { mapQuality } from "../../src/report/map/quality.ts";
import { createMatrix, rowOf, type Matrix } from "../../src/vector/matrix.ts";
import { plainProduct } from "../../src/vector/product.ts";
import { Random } from "../../src/vector/random.ts";

/** N unit rows around K directions. */
function around(rows: number, dims: number, groups: number, spread: number): { vectors: Matrix; groupOf: number[] } {
  const random = new Random(3);
  const draw = () => Float64Array.from({ length: dims }, () => random.next() + random.next() - 1);
  const middles = Array.from({ length: groups }, draw);
  const vectors = createMatrix(rows, dims);
  const groupOf = Array.from({ length: rows }, (_, row) => row % groups);
  groupOf.forEach((group, row) => {
    const noise = draw();
    const values = middles[group]!.map((value, dim) => value + spread * noise[dim]!);
    const length = Math.hypot(...values);
    rowOf(vectors, row).set(values.map((value) => value / length));
  });
  return { vectors, groupOf };
}

describe("nearest neighbours", () => {
  it("are those that comparing one by one finds", async () => {
    const { vectors } = around(300, 12, 5, 1);
    const { k, labels, distances } = await nearestNeighbours(vectors, 7, plainProduct);
    assert.equal(k, 7);
    for (let row = 0; row < 300; row += 29) {
      const all = Array.from({ length: 300 }, (_, other) => ({
        other,
        distance: Math.hypot(...rowOf(vectors, row).map((value, dim) => value - rowOf(vectors, other)[dim]!)),
      }))
        .filter(({ other }) => other !== row)
        .sort((a, b) => a.distance - b.distance);
      assert.deepEqual(
        [...labels.subarray(7 * row, 7 * row + 7)],
        all.slice(0, 7).map(({ other }) => other),
      );
      for (let at = 0; at < 7; at++) assert.ok(Math.abs(distances[7 * row + at]! - all[at]!.distance) < 1e-3);
    }
  });

  it("of fewer rows than asked for are all others", async () => {
    const { labels, k } = await nearestNeighbours(around(3, 4, 1, 1).vectors, 15, plainProduct);
    assert.equal(k, 2);
    assert.deepEqual(Array.from(labels.slice(0, 2).sort()), [1, 2]);
  });
});

describe("principal coordinates", () => {
  it("keep distances where the rows lie in fewer dimensions, the widest first", async () => {
    const random = new Random(1);
    const plane = Array.from({ length: 200 }, () => [5 * random.next(), random.next()] as const);
    const vectors = createMatrix(200, 10);
    // two directions at right angles to each other, none of them an axis
    plane.forEach(([a, b], row) =>
      rowOf(vectors, row).set(Array.from({ length: 10 }, (_, dim) => (a + (dim % 2 ? b : -b)) / Math.sqrt(10) + 1)),
    );
    const { data, dims } = await principalCoordinates(vectors, 2, plainProduct, new Random(2));
    assert.equal(dims, 2);
    for (let row = 1; row < 200; row += 17) {
      const expected = Math.hypot(plane[row]![0] - plane[0]![0], plane[row]![1] - plane[0]![1]);
      assert.ok(Math.abs(Math.hypot(data[2 * row]! - data[0]!, data[2 * row + 1]! - data[1]!) - expected) < 1e-3);
    }
    const width = (axis: number) => plane.reduce((sum, _, row) => sum + data[2 * row + axis]! ** 2, 0);
    assert.ok(width(0) > 5 * width(1));
  });
});

describe("map", () => {
  it("puts neighbours beside each other: groups stay groups", async () => {
    const { vectors, groupOf } = around(600, 32, 8, 0.5);
    const positions = await mapOf(vectors, plainProduct, { seed: 1 });
    const quality = await mapQuality(vectors, positions, plainProduct);
    assert.ok(quality.trustworthiness > 0.9, String(quality.trustworthiness));
    assert.ok(quality.preserved > 8 * (15 / 600), String(quality.preserved));
    const { labels } = await nearestNeighbours({ rows: 600, dims: 2, data: positions }, 5, plainProduct);
    const same = labels.filter((other, at) => groupOf[other] === groupOf[Math.floor(at / 5)]).length;
    assert.ok(same / labels.length > 0.95, String(same / labels.length));
  });

  it("is the same for the same seed, and finite for equal rows, one row and none", async () => {
    const { vectors } = around(80, 16, 4, 0.5);
    assert.deepEqual(await mapOf(vectors, plainProduct, { seed: 5 }), await mapOf(vectors, plainProduct, { seed: 5 }));
    const equal = createMatrix(40, 16);
    for (let row = 0; row < 40; row++) rowOf(equal, row)[3] = 1;
    for (const rows of [0, 1, 2, 3, 40]) {
      const positions = await mapOf({ rows, dims: 16, data: equal.data.subarray(0, 16 * rows) }, plainProduct);
      assert.equal(positions.length, 2 * rows);
      assert.ok(positions.every(Number.isFinite));
    }
  });

  it("ends when it is stopped", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(mapOf(around(50, 8, 2, 1).vectors, plainProduct, { signal }), /enough/);
    // a timer runs while the map is made
    const { vectors } = around(600, 32, 8, 0.5);
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("later")), 1);
    await assert.rejects(mapOf(vectors, plainProduct, { signal: stop.signal }), /later/);
  });
});

describe("quality of a map", () => {
  it("is 1 for a map that keeps every neighbour, and that of chance for one that keeps none", async () => {
    const random = new Random(4);
    const angles = Array.from({ length: 400 }, () => random.next());
    const vectors: Matrix = {
      rows: 400,
      dims: 2,
      data: Float32Array.from(angles.flatMap((at) => [Math.cos(at), Math.sin(at)])),
    };
    const same = await mapQuality(vectors, vectors.data, plainProduct);
    assert.ok(same.preserved > 0.999 && same.trustworthiness > 0.999, JSON.stringify(same));
    const chance = Float32Array.from({ length: 800 }, () => random.next());
    const none = await mapQuality(vectors, chance, plainProduct);
    assert.ok(
      Math.abs(none.preserved - 15 / 400) < 0.02 && Math.abs(none.trustworthiness - 0.5) < 0.05,
      JSON.stringify(none),
    );
  });
});

describe("grouping by meaning", () => {
  it("gives the largest group first, led by its middle; a row without a vector stands alone", async () => {
    const at = (degrees: number) => [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
    const rows = [[Number.NaN, Number.NaN], at(0), at(90), at(20), at(100), at(40), at(200)];
    const vectors: Matrix = { rows: rows.length, dims: 2, data: Float32Array.from(rows.flat()) };
    const groups = await groupByMeaning(vectors, Math.cos((25 * Math.PI) / 180), plainProduct);
    assert.deepEqual(groups, [[3, 1, 5], [2, 4], [0], [6]]);
    assert.deepEqual(await groupByMeaning(createMatrix(0, 2), 0.5, plainProduct), []);
  });
});
