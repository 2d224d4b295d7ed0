import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { buildGraph } from "../../src/ann/build-graph.ts";
import { openLocalFile } from "../../src/ann/local-file.ts";
import { printSidecar, type Sidecar } from "../../src/ann/sidecar.ts";
import { Random } from "../../src/vector/random.ts";
import { rowOf } from "../../src/vector/matrix.ts";
import { oneRow } from "./unit-vectors.ts";
import { D, N, vectors, writeLocal } from "./write-local.ts";

const HEADER_BYTES = 96;
/** Of the graph that writeLocal makes: m is 8. */
const [LINKS, VECTOR_AT, LABEL_AT] = [16, 4 + 4 * 16, 4 + 4 * 16 + 4 * D];
const RECORD_BYTES = LABEL_AT + 8;
const LISTS_AT = HEADER_BYTES + N * RECORD_BYTES;
const record = (label: number) => HEADER_BYTES + label * RECORD_BYTES;

/** Fields of the header, where they lie, and how wide they are. */
const FIELDS = [
  ["offset of level 0", 0, 8],
  ["capacity", 8, 8],
  ["count", 16, 8],
  ["record size", 24, 8],
  ["label offset", 32, 8],
  ["vector offset", 40, 8],
  ["top level", 48, 4],
  ["entry", 52, 4],
  ["links of upper levels", 56, 8],
  ["links of level 0", 64, 8],
  ["m", 72, 8],
  ["level factor", 80, 8],
  ["efConstruction", 88, 8],
] as const;

describe("a local file whose checksums are right and whose contents are hostile", () => {
  let folder: string;
  let path: string;
  let sidecar: Sidecar;
  let whole: Buffer;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-hostile-"));
    path = join(folder, "faq.ltd");
    sidecar = await writeLocal(path, "hnsw");
    whole = await readFile(join(folder, sidecar.files.vectors.name));
  });
  after(() => rm(folder, { recursive: true }));

  /** Replaces a file beside the sidecar, with size and checksum as they have to be. */
  const forge = async (kind: "vectors" | "rows", bytes: Buffer, of: Sidecar = sidecar) => {
    const { format: _f, metric: _m, checksum: _c, ...rest } = of;
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const file = { name: of.files[kind].name, bytes: bytes.length, sha256 };
    await writeFile(join(folder, file.name), bytes);
    await writeFile(path, printSidecar({ ...rest, files: { ...of.files, [kind]: file } }));
  };
  const changed = (change: (graph: Buffer) => void) => {
    const graph = Buffer.from(whole);
    change(graph);
    return graph;
  };
  const refused = async (graph: Buffer, what: string, why: RegExp = /is damaged: /) => {
    await forge("vectors", graph);
    await assert.rejects(openLocalFile(path), { name: "LtdError", code: "input", message: why }, what);
  };
  /** Opens the file if it can be, and asks it: hnswlib must not leave its memory. */
  const opens = async (graph: Buffer) => {
    await forge("vectors", graph);
    const file = await openLocalFile(path).catch(() => null);
    if (file === null) return false;
    file.search.search(vectors, 10);
    await file.close();
    return true;
  };

  it("opens when nothing was changed", async () => assert.ok(await opens(whole)));

  it("is refused for every field of the header of a graph", async () => {
    for (const [name, at, bytes] of FIELDS) {
      const isWide = bytes === 8;
      const now = isWide ? whole.readBigUInt64LE(at) : BigInt(whole.readUInt32LE(at));
      for (const value of [0n, now + 1n, now * 2n + 7n, 2n ** 31n, 2n ** 62n, 2n ** 64n - 1n]) {
        const narrow = BigInt.asUintN(8 * bytes, value);
        const graph = changed((bytesOf) =>
          isWide ? bytesOf.writeBigUInt64LE(narrow, at) : bytesOf.writeUInt32LE(Number(narrow), at),
        );
        if (narrow === now) continue;
        // more room than is used, other candidates, the least change of a factor: hnswlib may have them
        const mayBe = ["capacity", "efConstruction", "level factor"].includes(name) && narrow < 1_000n + now;
        if (mayBe && narrow !== 0n) await opens(graph);
        else await refused(graph, `${name} is ${narrow}`);
      }
    }
  });

  it("is refused for links that lead out of the graph, to themselves or to a level that is not there, and for too many", async () => {
    for (const label of [0, 17, N - 1]) {
      for (const to of [N, 2 ** 32 - 1, label])
        await refused(
          changed((graph) => graph.writeUInt32LE(to, record(label) + 4)),
          `${label} -> ${to}`,
          new RegExp(`vector ${label} has a link to ${to}`),
        );
      for (const count of [LINKS + 1, 65_535])
        await refused(
          changed((graph) => graph.writeUInt16LE(count, record(label))),
          `${label}: ${count} links`,
          new RegExp(`vector ${label} has ${count} links, more than ${LINKS}`),
        );
    }
    let at = LISTS_AT;
    let upper = 0;
    const low: number[] = [];
    for (let label = 0; label < N; label++) {
      const bytes = whole.readUInt32LE(at);
      if (bytes === 0) low.push(label);
      else if (upper === 0 && whole.readUInt16LE(at + 4) > 0) upper = at + 4;
      at += 4 + bytes;
    }
    assert.ok(upper > 0 && low.length > 0);
    await refused(
      changed((graph) => graph.writeUInt32LE(low[0]!, upper + 4)),
      "an upper link to a node of level 0",
    );
    await refused(
      changed((graph) => graph.writeUInt32LE(2 ** 31, upper + 4)),
      "an upper link out of the graph",
    );
    await refused(
      changed((graph) => graph.writeUInt16LE(9, upper)),
      "too many upper links",
    );
  });

  it("is refused for labels, marks, vectors and lengths of lists that are not those of the rows", async () => {
    await refused(
      changed((graph) => graph.writeBigUInt64LE(2n ** 40n, record(5) + LABEL_AT)),
      "label",
      /vector 5 has another label/,
    );
    await refused(
      changed((graph) => graph.writeUInt8(1, record(5) + 2)),
      "mark",
      /1 of its vectors are marked as removed, not 0/,
    );
    await refused(
      changed((graph) => graph.writeFloatLE(Number.NaN, record(5) + VECTOR_AT)),
      "vector",
      /vector 5: a vector of length NaN/,
    );
    for (const bytes of [1, 36, 2 ** 31, 2 ** 32 - 4])
      await refused(
        changed((graph) => graph.writeUInt32LE(bytes, whole.length - 4)),
        `the last list has ${bytes} bytes`,
      );
  });

  it("never ends the process, wherever a number is another (400 places, by chance)", async () => {
    const random = new Random(7);
    let opened = 0;
    for (let turn = 0; turn < 400; turn++) {
      const graph = changed((bytes) =>
        bytes.writeUInt32LE(random.below(2 ** 32), 4 * random.below(Math.floor(whole.length / 4))),
      );
      if (await opens(graph)) opened++;
    }
    assert.ok(opened < 250, `${opened} of 400 opened`);
  });

  it("is not added to by export either", async () => {
    await writeFile(
      join(folder, "links"),
      changed((graph) => graph.writeUInt32LE(N, record(3) + 4)),
    );
    const task = { vectors: "none", rows: 0, dims: D, settings: sidecar.hnsw!, remove: [], out: join(folder, "out") };
    await assert.rejects(buildGraph({ ...task, from: { path: join(folder, "links"), removed: [] } }), {
      name: "LtdError",
      message: /links is damaged: vector 3 has a link to 300/,
    });
  });

  it("is refused for vectors that are not of unit length, sizes beyond any memory, and invalid rows", async () => {
    const exact = await writeLocal(path, "exact");
    const unit = await readFile(join(folder, exact.files.vectors.name));
    const twice = Buffer.from(unit);
    twice.writeFloatLE(2, 0);
    await forge("vectors", twice, exact);
    await assert.rejects(openLocalFile(path), { code: "input", message: /is damaged: a vector of length/ });
    await forge("vectors", unit, { ...exact, dims: 2 ** 40 });
    await assert.rejects(openLocalFile(path), { code: "input", message: /is damaged: 300 vectors of 1099511627776/ });

    await forge("vectors", unit, exact);
    const rows = await readFile(join(folder, exact.files.rows.name));
    for (const [from, to] of [
      ['{"key":["0"]', '{"key":["0"['],
      ['{"key":["0"]', '{"key":[000]'],
      ['"key":["0"]', '"bey":["0"]'],
    ] as const) {
      const bytes = Buffer.from(rows);
      bytes.write(to, bytes.indexOf(from));
      await forge("rows", bytes, exact);
      const file = await openLocalFile(path);
      const [hit] = file.search.search(oneRow(rowOf(vectors, 0)), 1)[0]!;
      await assert.rejects(file.rows.read([hit!.label]), { code: "input", message: /is damaged: its row 0 / }, to);
      await file.close();
    }
  });
});
