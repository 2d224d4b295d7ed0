import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Coalescer } from "../../src/embed/coalesce.ts";
import type { StudentInput } from "../../src/text/encode.ts";
import { createMatrix, rowOf } from "../../src/vector/matrix.ts";

const input = (id: number): StudentInput => ({
  charIds: Int32Array.of(id),
  wordIds: Int32Array.of(1),
  weights: Float32Array.of(1),
  words: [],
  tokens: { whole: [], parts: [], words: [] },
  truncated: false,
});

/** A coalescer whose runs give each input's id as its vector, when they are let go. */
function open(atOnce: number) {
  const runs: { ids: number[]; end: (error?: Error) => void }[] = [];
  const coalescer = new Coalescer((inputs) => {
    const ids = inputs.map((each) => each?.charIds[0] ?? -1);
    const vectors = createMatrix(ids.length, 2);
    ids.forEach((id, row) => rowOf(vectors, row).fill(id));
    return new Promise((resolve, reject) => {
      runs.push({ ids, end: (error) => (error ? reject(error) : resolve(vectors)) });
    });
  }, atOnce);
  const ask = async (ids: number[], signal?: AbortSignal) =>
    Array.from((await coalescer.embed(ids.map(input), signal)).data);
  return { runs, ask };
}

describe("requests that come together", () => {
  it("go at once while there is room, then together, and each gets its own rows", async () => {
    const { runs, ask } = open(2);
    const asked = [[1], [2], [3, 4], [], [5]].map((ids) => ask(ids));
    assert.deepEqual(
      runs.map(({ ids }) => ids),
      [[1], [2]],
    );
    runs[1]!.end();
    assert.deepEqual(await asked[1], [2, 2]);
    assert.deepEqual(runs[2]!.ids, [3, 4, 5]);
    const later = ask([6]);
    assert.equal(runs.length, 3);
    for (const run of [0, 2]) runs[run]!.end();
    assert.deepEqual(await Promise.all(asked), [[1, 1], [2, 2], [3, 3, 4, 4], [], [5, 5]]);
    runs[3]!.end();
    assert.deepEqual(await later, [6, 6]);
  });

  it("are left out when their callers have aborted, and the others continue", async () => {
    const { runs, ask } = open(1);
    const stop = new AbortController();
    const [first, second, third] = [ask([1], stop.signal), ask([2], stop.signal), ask([3])];
    stop.abort(new Error("enough"));
    await assert.rejects(first!, /enough/);
    await assert.rejects(second!, /enough/);
    runs[0]!.end();
    await assert.rejects(ask([4], stop.signal), /enough/);
    assert.deepEqual(runs[1]!.ids, [3]);
    runs[1]!.end();
    assert.deepEqual(await third, [3, 3]);
  });

  it("share an error, and those after them do not", async () => {
    const { runs, ask } = open(1);
    const asked = [ask([1]), ask([2]), ask([3])];
    runs[0]!.end();
    await asked[0];
    const after = ask([4]);
    runs[1]!.end(new Error("no"));
    await assert.rejects(asked[1]!, /no/);
    await assert.rejects(asked[2]!, /no/);
    runs[2]!.end();
    assert.deepEqual(await after, [4, 4]);
  });
});
