import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createEmbedder, type Embedder } from "../../src/embed/embedder.ts";
import { rowOf } from "../../src/vector/matrix.ts";

const TEXTS = [
  "怎么退款",
  "如何申请退货退款？",
  "血压高应该怎么治疗，平时饮食要注意些什么",
  "iPhone 15 Pro Max 多少钱",
  "电脑蓝屏了怎么修",
  "退",
  "长".repeat(500),
];

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, x, at) => sum + x * b[at]!, 0);
}

describe("embedder", () => {
  let embedder: Embedder;
  before(async () => {
    embedder = await createEmbedder({ threads: 2 });
  });
  after(() => embedder.close());

  it("gives unit vectors", async () => {
    const vectors = await embedder.embed(TEXTS);
    assert.deepEqual([vectors.rows, vectors.dims], [TEXTS.length, embedder.dims]);
    TEXTS.forEach((_, row) => assert.ok(Math.abs(dot(rowOf(vectors, row), rowOf(vectors, row)) - 1) < 1e-5));
  });

  for (const [engine, tolerance] of [
    ["onnx", 1e-5],
    ["wasm", 1e-5],
    ["auto", 2e-3], // alone by one engine, together by the other
  ] as const) {
    it(`gives the same vector whatever stands beside a text, and in whatever order: ${engine}`, async () => {
      const own = await createEmbedder({ threads: 2, engine });
      const together = await own.embed(TEXTS);
      const reversed = await own.embed(TEXTS.toReversed());
      for (const [row, text] of TEXTS.entries()) {
        const alone = await own.embed([text]);
        for (const other of [rowOf(alone, 0), rowOf(reversed, TEXTS.length - 1 - row)]) {
          const largest = Math.max(...rowOf(together, row).map((x, at) => Math.abs(x - other[at]!)));
          assert.ok(largest < tolerance, `${text.slice(0, 20)}: ${largest}`);
        }
      }
      await own.close();
    });
  }

  it("puts near what means the same, however it is written", async () => {
    const vectors = await embedder.embed([
      "怎么退款",
      "如何申请退款",
      "怎么退款？",
      "ｉＰｈｏｎｅ　怎么",
      "iphone 怎么",
      "明天天气如何",
    ]);
    const similarity = (a: number, b: number) => dot(rowOf(vectors, a), rowOf(vectors, b));
    assert.ok(similarity(0, 1) > 0.8, `${similarity(0, 1)}`);
    assert.ok(similarity(0, 5) < 0.6, `${similarity(0, 5)}`);
    assert.ok(similarity(3, 4) > 0.999999);
  });

  it("gives NaN for a text without letter or digit, and nothing for no texts", async () => {
    const vectors = await embedder.embed(["", "退款", "😀！"]);
    assert.ok(rowOf(vectors, 0).every(Number.isNaN) && rowOf(vectors, 2).every(Number.isNaN));
    assert.ok(!rowOf(vectors, 1).some(Number.isNaN));
    assert.equal((await embedder.embed([])).rows, 0);
  });

  it("leaves the main thread free", async () => {
    const texts = Array.from({ length: 512 }, (_, at) => `第${at}个问题：血压高应该怎么治疗，平时饮食要注意些什么`);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    await embedder.embed(texts);
    clearInterval(timer);
    assert.ok(ticks > 5, `${ticks} ticks`);
  });

  it("stops between batches when its signal aborts", async () => {
    const stop = new AbortController();
    const running = embedder.embed(
      Array.from({ length: 4096 }, () => "血压高应该怎么治疗"),
      { signal: stop.signal },
    );
    stop.abort();
    await assert.rejects(running, { name: "AbortError" });
    assert.equal((await embedder.embed(["还能用"])).rows, 1);
  });

  it("serves many callers at once, and refuses work when it is closed", async () => {
    const own = await createEmbedder({ threads: 2 });
    const [a, b] = await Promise.all([own.embed(["怎么退款"]), own.embed(["怎么退款", "你好"])]);
    assert.ok(dot(rowOf(a!, 0), rowOf(b!, 0)) > 0.99999);
    await own.close();
    await assert.rejects(own.embed(["怎么退款"]), { name: "LtdError", message: /closed/ });
  });

  it("runs a lone text on the calling thread, and more of them beside it on workers", async () => {
    const own = await createEmbedder({ threads: 3, engine: "onnx" });
    const workers = () => process.getActiveResourcesInfo().filter((kind) => kind === "MessagePort").length;
    const before = workers();
    const alone = own.embed(["怎么退款"]);
    assert.equal(workers(), before);
    const beside = Promise.all([own.embed(["怎么退款"]), own.embed(["怎么退款"])]);
    assert.equal(workers(), before + 2);
    for (const { data } of [await alone, ...(await beside)]) assert.deepEqual(data, (await alone).data);
    await own.close();
  });

  it("can be closed while a lone text runs", async () => {
    const own = await createEmbedder({ threads: 1 });
    const running = own.embed(["怎么退款"]);
    await own.close();
    assert.equal((await running).rows, 1);
    await assert.rejects(own.embed(["怎么退款"]), { name: "LtdError", message: /closed/ });
  });

  it("can be closed while it works", async () => {
    const own = await createEmbedder({ threads: 2 });
    await own.embed(Array.from({ length: 128 }, () => "先热身")); // both threads run, so that the batches below are under way
    const running = own.embed(Array.from({ length: 2048 }, (_, at) => `第${at}个问题：血压高应该怎么治疗`));
    const rejected = assert.rejects(running, { name: "LtdError", message: /closed/ });
    await own.close(); // at once: a fast machine is done with them in a fraction of a second
    await rejected;
  });

  it("an IDF set by hand moves the vector", async () => {
    const own = await createEmbedder({ weights: new Map([["退款", { idf: 100, frequency: null }]]) });
    const [plain, moved] = await Promise.all([embedder.embed(["我要退款吗"]), own.embed(["我要退款吗"])]);
    await own.close();
    const similarity = dot(rowOf(plain!, 0), rowOf(moved!, 0));
    assert.ok(similarity > 0.5 && similarity < 0.999, `${similarity}`);
  });

  it("refuses settings out of range", async () => {
    for (const options of [{ threads: 0 }, { threads: 1.5 }, { batchSize: 5000 }]) {
      await assert.rejects(createEmbedder(options), {
        name: "LtdError",
        code: "usage",
        message: /must be a whole number/,
      });
    }
  });
});
