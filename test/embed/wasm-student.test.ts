import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readTitles } from "../../bench/shared/workload.ts";
import { padBatch } from "../../src/embed/batch.ts";
import { createEmbedder, type Embedder } from "../../src/embed/embedder.ts";
import { openEngine } from "../../src/embed/engine.ts";
import { withAdapter } from "../../src/embed/onnx-adapter.ts";
import { openWasmStudent } from "../../src/embed/wasm-student.ts";
import { createMatrix, rowOf, type Matrix } from "../../src/vector/matrix.ts";
import { dot } from "../../src/vector/product.ts";
import { Random } from "../../src/vector/random.ts";
import { writeTinyModel } from "../support/tiny-model.ts";

const TEXTS = [...readTitles(200), "退", "iPhone 15 Pro Max 256G 多少钱", "长".repeat(500), "K8s Pod 一直 Pending"];

/** The cosines of the rows of two matrices of unit vectors. */
function cosines(a: Matrix, b: Matrix): number[] {
  return Array.from({ length: a.rows }, (_, row) => dot(rowOf(a, row), rowOf(b, row)));
}

for (const model of ["ltd-zh-2", "ltd-zh-2-tiny"]) {
  describe(`the student in WebAssembly, ${model}`, () => {
    let embedder: Embedder;
    let byOnnx: Matrix;
    before(async () => {
      embedder = await createEmbedder({ model, threads: 1, engine: "onnx" });
      byOnnx = await embedder.embed(TEXTS);
    });
    after(() => embedder.close());

    for (const relaxed of [true, false]) {
      it(`gives the vectors of ONNX Runtime, ${relaxed ? "with" : "without"} relaxed SIMD`, () => {
        const student = openWasmStudent(embedder.model.graph, { relaxed });
        const data = student.run(padBatch(TEXTS.map((text) => embedder.encode(text)!)));
        const similarities = cosines({ rows: TEXTS.length, dims: embedder.dims, data }, byOnnx);
        assert.ok(Math.min(...similarities) > 0.9999, `at worst ${Math.min(...similarities)}`);
        const mean = similarities.reduce((sum, each) => sum + each) / similarities.length;
        assert.ok(mean > 0.99999, `on average ${mean}`);
      });
    }

    it("gives the same numbers alone, beside others, again, and with another kind of SIMD", () => {
      const inputs = TEXTS.map((text) => embedder.encode(text)!);
      const student = openWasmStudent(embedder.model.graph);
      const together = student.run(padBatch(inputs));
      const plain = openWasmStudent(embedder.model.graph, { relaxed: false });
      inputs.forEach((input, row) => {
        const expected = together.subarray(row * embedder.dims, (row + 1) * embedder.dims);
        assert.deepEqual(student.run(padBatch([input])), expected);
        assert.deepEqual(plain.run(padBatch([input])), expected);
      });
    });
  });
}

describe("engines", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-engines-"));
    await writeTinyModel(folder, "floats", 8);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("give the same vectors, each of them alone and in batches", async () => {
    const vectors: Matrix[] = [];
    for (const engine of ["onnx", "wasm", "auto"] as const) {
      const embedder = await createEmbedder({ engine, threads: 1 });
      vectors.push(await embedder.embed(["忘记密码怎么办"]), await embedder.embed(["忘记密码怎么办", "怎么退款"]));
      await embedder.close();
    }
    for (const each of vectors) assert.ok(dot(rowOf(each, 0), rowOf(vectors[0]!, 0)) > 0.9999);
  });

  it("compute what `tune` has put behind a student", async () => {
    const embedder = await createEmbedder({ threads: 1, engine: "onnx" });
    const random = new Random(7);
    const layer = () => {
      const matrix = createMatrix(4, embedder.dims);
      return { ...matrix, data: matrix.data.map(() => random.next() - 0.5) };
    };
    const graph = withAdapter(embedder.model.graph, layer(), layer());
    const batch = () => padBatch([embedder.encode("忘记密码怎么办")!]);
    const [onnx, wasm] = await Promise.all([openEngine(graph, "onnx", "onnx"), openEngine(graph, "wasm", "wasm")]);
    const [a, b] = [await onnx.run(batch()), await wasm.run(batch())];
    assert.ok(dot(a, b) > 0.9999);
    const untuned = await embedder.embed(["忘记密码怎么办"]);
    assert.ok(dot(a, rowOf(untuned, 0)) < 0.99, "the adapter changes the vector");
    await Promise.all([onnx.release(), wasm.release(), embedder.close()]);
  });

  it("a graph in floats runs in ONNX Runtime, and is refused by the other one", async () => {
    const auto = await createEmbedder({ model: folder, threads: 1 });
    assert.equal((await auto.embed(["退款"])).dims, 8);
    await auto.close();
    const wasm = await createEmbedder({ model: folder, threads: 1, engine: "wasm" });
    await assert.rejects(wasm.embed(["退款"]), {
      name: "LtdError",
      message: /no engine can run the student\. wasm: the graph has no constant char_table/,
      hint: /ltd-index doctor/,
    });
    await wasm.close();
  });

  it("names a wrong setting", async () => {
    await assert.rejects(createEmbedder({ engine: "gpu" as "auto" }), {
      message: 'engine is "gpu", not one of auto, onnx, wasm',
    });
  });
});
