import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { openLocalFile, prepareFolder } from "../../src/ann/local-file.ts";
import { hash16, hashOfKey, RowTable } from "../../src/ann/row-table.ts";
import { printSidecar, readSidecar, type Sidecar } from "../../src/ann/sidecar.ts";
import { rowOf } from "../../src/vector/matrix.ts";
import { oneRow } from "./unit-vectors.ts";
import { D, N, vectors, writeLocal } from "./write-local.ts";

for (const method of ["exact", "hnsw"] as const) {
  describe(`a local file, ${method}`, () => {
    let folder: string;
    let path: string;
    let sidecar: Sidecar;
    const beside = (kind: "vectors" | "rows") => join(folder, sidecar.files[kind].name);
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "ltd-local-"));
      path = join(folder, "faq.ltd");
    });
    beforeEach(async () => (sidecar = await writeLocal(path, method)));
    after(() => rm(folder, { recursive: true }));

    it("is what was written: three files, and none beside them", async () => {
      assert.equal((await readdir(folder)).length, 3);
      const file = await openLocalFile(path);
      assert.deepEqual([file.search.method, file.search.rows, file.search.dims], [method, N, D]);
      const hit = file.search.search(oneRow(rowOf(vectors, 17)), 1)[0]![0]!;
      assert.deepEqual(await file.rows.read([hit.label, 3]), [
        { key: ["17"], row: { id: 17, title: "row 17" } },
        { key: ["3"], row: { id: 3, title: "row 3" } },
      ]);
      assert.equal(file.rows.table.labelOf(hashOfKey(["299"])), 299);
      assert.equal(file.rows.table.labelOf(hashOfKey(["300"])), undefined);
      assert.deepEqual(file.search.vectorOf(5), rowOf(vectors, 5).slice());
      await file.close();
    });

    it("is refused when one byte of any of its files is another, and when it is cut", async () => {
      for (const name of await readdir(folder)) {
        const of = join(folder, name);
        const whole = await readFile(of);
        const places = [0, 97, Math.floor(whole.length / 2), whole.length - 2].filter((at) => at < whole.length);
        for (const at of places) {
          const flipped = Buffer.from(whole);
          flipped[at] = flipped[at]! ^ 1;
          await writeFile(of, flipped);
          await assert.rejects(openLocalFile(path), { name: "LtdError", code: "input" }, `${name}, byte ${at}`);
        }
        for (const bytes of [0, 1, whole.length >> 1, whole.length - 2]) {
          await writeFile(of, whole.subarray(0, bytes));
          await assert.rejects(openLocalFile(path), { name: "LtdError", code: "input" }, `${name}, ${bytes} bytes`);
        }
        await writeFile(of, whole);
      }
      await (await openLocalFile(path)).close();
    });

    it("is refused when its path is wrong: nothing there, a folder, one of the files beside it, another file", async () => {
      const says = (of: string, message: RegExp) =>
        assert.rejects(openLocalFile(of), (error: Error & { hint?: string }) => {
          assert.match(error.message, message);
          assert.match(error.hint ?? "", /export/);
          return true;
        });
      await says(join(folder, "none.ltd"), /there is no file .*none\.ltd/);
      await says(folder, /cannot be read: EISDIR/);
      await says(beside("vectors"), /is not a local index file/);
      await says(beside("rows"), /is not a local index file/);
      await says(join(import.meta.dirname, "../../package.json"), /is not a local index file/);
      await rm(beside("rows"));
      await says(path, /a file that .* names is missing: .*\.rows/);
    });

    it("is refused when it has other dimensions or fewer rows than it says, whatever its checksums", async () => {
      const { format: _f, metric: _m, checksum: _c, ...rest } = sidecar;
      const rewrite = (change: Partial<Sidecar>) => writeFile(path, printSidecar({ ...rest, ...change }));
      await rewrite({});
      await (await openLocalFile(path)).close();
      for (const change of [{ dims: D + 1 }, { dims: D / 2 }, { rows: N - 1 }, { rows: N - 1, labels: N - 1 }]) {
        await rewrite(change);
        await assert.rejects(openLocalFile(path), { code: "input", message: /is damaged/ }, JSON.stringify(change));
      }
    });

    it("of a newer format is refused, and how to go on is said", async () => {
      await writeFile(path, (await readFile(path, "utf8")).replace('"format": 2', '"format": 3'));
      await assert.rejects(openLocalFile(path), { message: /format 3.*up to 2/, hint: /update/ });
    });

    it("names only files beside it", async () => {
      const { format: _f, metric: _m, checksum: _c, ...rest } = sidecar;
      const files = { ...rest.files, rows: { ...rest.files.rows, name: "../secret" } };
      await writeFile(path, printSidecar({ ...rest, files }));
      await assert.rejects(openLocalFile(path), { code: "input", message: /files\.rows\.name/ });
    });

    it("keeps answering processes that have it open when it is replaced", async () => {
      const old = await openLocalFile(path);
      await writeLocal(path, method, 200, "new");
      const now = await openLocalFile(path);
      for (const [file, rows, title] of [
        [old, N, "row 150"],
        [now, 200, "new 150"],
      ] as const) {
        const [hits] = file.search.search(oneRow(rowOf(vectors, 150)), N);
        assert.equal(hits!.length, rows);
        assert.deepEqual((await file.rows.read([150]))[0]!.row["title"], title);
      }
      assert.equal((await readdir(folder)).length, 3, "the old files are gone");
      await old.close();
      await now.close();
    });

    it("is found whole by readers that come while it is replaced again and again", async () => {
      let isWriting = true;
      const writing = (async () => {
        for (let turn = 0; turn < 12; turn++) await writeLocal(path, method, 100 + turn, `turn ${turn}`);
        isWriting = false;
      })();
      let opened = 0;
      while (isWriting) {
        const file = await openLocalFile(path);
        opened++;
        const { row } = (await file.rows.read([7]))[0]!;
        const turn = row["title"] === "row 7" ? null : Number(/^turn (\d+) 7$/.exec(String(row["title"]))![1]);
        assert.equal(file.search.rows, turn === null ? N : 100 + turn, "vectors and rows are of one file");
        await file.close();
      }
      await writing;
      assert.ok(opened > 0);
    });

    it("can be copied with the files beside it", async () => {
      const copy = await mkdtemp(join(tmpdir(), "ltd-copy-"));
      await cp(folder, copy, { recursive: true });
      await (await openLocalFile(join(copy, "faq.ltd"))).close();
      await rm(copy, { recursive: true });
    });
  });
}

describe("local files", () => {
  it("say where nothing can be written", async () => {
    await assert.rejects(prepareFolder(join(import.meta.filename, "faq.ltd")), {
      code: "input",
      message: /cannot be written/,
    });
  });

  it("have the same checksum whatever the order of their fields", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ltd-order-"));
    const path = join(folder, "x");
    const sidecar = await writeLocal(path, "exact", 2);
    const turned = Object.fromEntries(Object.entries(sidecar).reverse());
    await writeFile(path, JSON.stringify(turned));
    assert.deepEqual(await readSidecar(path), sidecar);
    await rm(folder, { recursive: true });
  });
});

describe("the table of rows", () => {
  it("finds every key among many, and none of another", () => {
    const table = new RowTable(2);
    const hashes = (key: number) => ({ key: hashOfKey([String(key)]), content: hash16("c"), row: hash16("r") });
    for (let key = 0; key < 5_000; key++) table.add(key % 7 === 0 ? 0 : key, key % 7 === 0 ? null : hashes(key));
    const bytes = Buffer.concat(table.columns());
    const parsed = RowTable.parse(bytes, 5_000)!;
    for (const each of [table, parsed]) {
      assert.equal(each.rows, 5_000 - Math.ceil(5_000 / 7));
      for (let key = 0; key < 6_000; key++) {
        assert.equal(each.labelOf(hashOfKey([String(key)])), key < 5_000 && key % 7 !== 0 ? key : undefined);
      }
      assert.deepEqual([each.offsetOf(3), each.lengthOf(3), each.lengthOf(7)], [3, 3, 0]);
      assert.equal([...each.removed()].length, Math.ceil(5_000 / 7));
    }
    assert.equal(RowTable.parse(bytes.subarray(1), 5_000), null);
    bytes.writeDoubleLE(-1, 8);
    assert.equal(RowTable.parse(bytes, 5_000), null);
  });
});
