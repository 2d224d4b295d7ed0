import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, readdir, rm, stat, truncate, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { DEFAULT_MODEL, loadModel, modelFolder } from "../../src/embed/model-package.ts";

const MEBIBYTE = 1 << 20;
const damaged = { name: "LtdError", code: "model", hint: /get the package again/ };

describe("model package", () => {
  let folder: string;
  const fresh = () => cp(modelFolder(), folder, { recursive: true });
  before(async () => {
    folder = join(await mkdtemp(join(tmpdir(), "ltd-model-")), "copy");
    await fresh();
  });
  after(() => rm(join(folder, ".."), { recursive: true }));

  it("is at most 8.5 MB on disk, and says what it is", async () => {
    const names = await readdir(modelFolder());
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(modelFolder(), name))).size));
    const total = sizes.reduce((a, b) => a + b);
    assert.ok(total <= 8.5e6, `${total} bytes`);
    const { description, tables } = await loadModel();
    assert.equal(description.id, DEFAULT_MODEL);
    assert.ok(description.teacher.licence && description.data.length > 0);
    assert.ok(tables.words.size > 100_000 && tables.characterIds.size > 5_000);
    assert.deepEqual(names.sort(), [
      "README.md",
      "chars.txt",
      "judge.json",
      "model.json",
      "student.onnx",
      "words.tsv.gz",
    ]);
  });

  it("has a small sister of 3 MB", async () => {
    const { description, folder: tiny } = await loadModel("ltd-zh-2-tiny");
    assert.equal(description.dims, 512);
    const sizes = await Promise.all((await readdir(tiny)).map(async (name) => (await stat(join(tiny, name))).size));
    assert.ok(sizes.reduce((a, b) => a + b) <= 3.25e6, sizes.join());
  });

  it("names the model that came in the place of an earlier one", async () => {
    const hint = /^ltd-zh-2-tiny is bundled in its place: `ltd-index generation build <index> --model ltd-zh-2-tiny`/;
    await assert.rejects(loadModel("ltd-zh-1-tiny"), { code: "model", message: /no model package at/, hint });
    await assert.rejects(loadModel("ltd-zh-1"), { code: "model", hint: /^ltd-zh-2 is bundled in its place/ });
  });

  it("loads from another folder", async () => {
    assert.equal((await loadModel(folder)).description.id, DEFAULT_MODEL);
  });

  for (const name of ["model.json", "chars.txt", "words.tsv.gz", "student.onnx"]) {
    it(`refuses ${name} with any of 32 ranges of bytes flipped`, async () => {
      const path = join(folder, name);
      const original = await readFile(path);
      const length = Math.ceil(original.length / 32);
      for (let start = 0; start < original.length; start += length) {
        const bytes = Uint8Array.from(original);
        for (let at = start; at < Math.min(start + length, bytes.length, start + MEBIBYTE); at++) bytes[at]! ^= 0x55;
        await writeFile(path, bytes);
        await assert.rejects(loadModel(folder), { ...damaged, message: new RegExp(name.replace(".", "\\.")) });
      }
      await fresh();
    });
  }

  it("refuses a single digit that was changed in model.json", async () => {
    const path = join(folder, "model.json");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace('"smoothing": 1', '"smoothing": 2'));
    await assert.rejects(loadModel(folder), { ...damaged, message: /checksum/ });
    await fresh();
  });

  it("refuses a cut file, a missing file, a missing folder and a newer format", async () => {
    await truncate(join(folder, "student.onnx"), 1000);
    await assert.rejects(loadModel(folder), { ...damaged, message: /student\.onnx is damaged: 1000 bytes/ });
    await fresh();
    await unlink(join(folder, "words.tsv.gz"));
    await assert.rejects(loadModel(folder), { ...damaged, message: /no readable words\.tsv/ });
    await fresh();
    await assert.rejects(loadModel(join(folder, "nowhere")), {
      ...damaged,
      message: /no model package at/,
      hint: /its id in the folder "models"/,
    });
    const path = join(folder, "model.json");
    await writeFile(path, (await readFile(path, "utf8")).replace(/"format": \d/, '"format": 3'));
    await assert.rejects(loadModel(folder), { name: "LtdError", code: "model", message: /format 3/, hint: /update/ });
    await fresh();
  });
});
