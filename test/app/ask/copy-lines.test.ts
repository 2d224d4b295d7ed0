import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, it } from "node:test";
import { join } from "node:path";
import { copyLines, COPY_KEY_TYPES, type CopyKeyType, type CopyOptions } from "../../../src/app/ask/copy-lines.ts";
import type { Database } from "../../../src/db/database.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { rowOf } from "../../../src/vector/matrix.ts";
import { runCli } from "../../support/cli.ts";
import { describeDatabases } from "../../support/databases.ts";

const MODEL = "ltd-zh-2-tiny";
const main = join(import.meta.dirname, "../../../src/cli/main.ts");

/** Keys of each type, the smallest and the largest among them. */
const KEYS: Record<CopyKeyType, readonly [string, string, string]> = {
  bigint: ["-9223372036854775808", "9223372036854775807", "7"],
  integer: ["-2147483648", "2147483647", "7"],
  smallint: ["-32768", "32767", "7"],
  text: ["错误码 E1042", "b", " c"],
  uuid: [
    "00000000-0000-0000-0000-000000000000",
    "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
  ],
};
const TEXTS = ["怎么退款", "花呗\t怎么还款", "？！"] as const;

describeDatabases("lines for a binary COPY", (databases) => {
  let database: Database;
  let embedder: Embedder;

  before(async () => {
    database = await databases.create("initialised");
    embedder = await createEmbedder({ model: MODEL, threads: 1 });
  });
  after(async () => {
    await embedder.close();
  });

  async function* linesOf(lines: readonly string[]): AsyncGenerator<string> {
    yield* lines;
  }
  const create = (table: string, key: string, vector: string) =>
    database.query(`create table ${table} (id ${key}, embedding ${vector}(${embedder.dims}))`);
  const copy = (table: string, lines: readonly string[], options: Partial<CopyOptions> = {}) =>
    database.copyIn(
      `copy ${table} (id, embedding) from stdin (format binary)`,
      copyLines(linesOf(lines), embedder, { key: "bigint", halfvec: false, onRows: () => {}, ...options }),
    );

  for (const key of COPY_KEY_TYPES) {
    it(`are taken with keys of ${key}, as vector and as halfvec`, async () => {
      const lines = KEYS[key].map((each, at) => `${each}\t${TEXTS[at]!}`);
      const expected = await embedder.embed(TEXTS.slice(0, 2));
      for (const vector of ["vector", "halfvec"]) {
        const table = `of_${key}_${vector}`;
        await create(table, key, vector);
        const counts: number[] = [];
        const onRows = (...told: number[]) => counts.push(...told);
        assert.equal(await copy(table, lines, { key, halfvec: vector === "halfvec", onRows }), 3);
        assert.deepEqual(counts, [3, 1]);
        for (const [at, id] of KEYS[key].entries()) {
          const [row] = await database.query<{ embedding: string | null }>(
            `select embedding::text as embedding from ${table} where id = $1::${key}`,
            [id],
          );
          const found = row!.embedding && (JSON.parse(row!.embedding) as number[]);
          if (at === 2) assert.equal(found, null, "a text without a letter or digit has no vector");
          else {
            const wanted = rowOf(expected, at);
            const most = Math.max(...(found as number[]).map((each, dim) => Math.abs(each - wanted[dim]!)));
            assert.ok(most < (vector === "vector" ? 1e-5 : 1e-3), `${most}`);
          }
        }
      }
    });
  }

  it("are refused where the key does not fit, and then nothing is kept", async () => {
    await create("refused", "bigint", "vector");
    const good = Array.from({ length: 2_100 }, (_, at) => `${at}\t怎么退款${at}`);
    const refused: [line: string, said: RegExp, key?: CopyKeyType][] = [
      ["怎么退款", /^line 3 has no tab between key and text: "怎么退款"$/],
      ["1.5\t怎么退款", /^line 3 has the key "1\.5", which is no bigint$/],
      ["9223372036854775808\t怎么退款", /no bigint/],
      ["32768\t怎么退款", /no smallint/, "smallint"],
      ["\t怎么退款", /the key "", which is no bigint/],
    ];
    for (const [line, message, key = "bigint"] of refused)
      await assert.rejects(copy("refused", [...good.slice(0, 2), line], { key }), { code: "input", message });
    // what reaches Postgres when the reader sees no error, as in a pipe
    const pieces: Uint8Array[] = [];
    const spoiled = copyLines(linesOf([...good, "x\t怎么退款"]), embedder, {
      key: "bigint",
      halfvec: false,
      onRows: () => {},
    });
    await assert.rejects(async () => {
      for await (const piece of spoiled) pieces.push(piece);
    });
    assert.ok(pieces.length > 10, "rows before it were handed on");
    await assert.rejects(database.copyIn("copy refused (id, embedding) from stdin (format binary)", pieces), {
      message: /row field count is 0, expected 2/,
    });
    assert.deepEqual(await database.query("select count(*)::int as rows from refused"), [{ rows: 0 }]);
  });

  it("are what the command line writes", async () => {
    await create("piped", "bigint", "vector");
    const args = ["embed", "--format", "copy", "--model", MODEL, "--threads", "1"];
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { input: "1\t怎么退款\n2\t？\n" });
    assert.equal(status, 0, String(stderr));
    assert.match(String(stderr), /2 texts, 1 of them without a letter or digit/);
    assert.equal(await database.copyIn("copy piped (id, embedding) from stdin (format binary)", [stdout]), 2);
    const near = await database.query("select id from piped where embedding is not null");
    assert.deepEqual(near, [{ id: "1" }]);
    const wrong = spawnSync(process.execPath, [main, ...args, "--key", "uuid"], { input: "1\t怎么退款\n" });
    assert.equal(wrong.status, 1);
    assert.match(String(wrong.stderr), /line 1 has the key "1", which is no uuid/);
  });

  it("have flags that go together", async () => {
    const said = async (...args: string[]) =>
      (await runCli(["embed", ...args], { stdin: "1\t退款", columns: 80 })).stderr;
    assert.match(await said("--format", "parquet"), /--format is parquet, but must be json or copy/);
    assert.match(await said("--halfvec"), /--halfvec is for --format copy/);
    assert.match(await said("--key", "text"), /--key is for --format copy/);
    assert.match(await said("--format", "copy", "--npy", "x.npy"), /--npy cannot be combined/);
    assert.match(await said("--format", "copy"), /a terminal cannot show/);
    const key = await runCli(["embed", "--format", "copy", "--key", "date"], { stdin: "1\t退款" });
    assert.match(key.stderr, /--key is date, but must be one of bigint/);
  });
});
