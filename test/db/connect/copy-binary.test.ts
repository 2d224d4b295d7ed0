import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { copyBinary } from "../../../src/db/connect/copy-binary.ts";
import type { Database } from "../../../src/db/database.ts";
import { listModels, registerModel } from "../../../src/db/schema/model.ts";
import { countWords, loadWords, readWords, type Word } from "../../../src/db/schema/word.ts";
import { describeDatabases } from "../../support/databases.ts";
import { model, prepare } from "../fixture.ts";

interface Row {
  a: string | bigint | number;
  b: Uint8Array;
  c: number;
  d: string;
  e: string[];
  f: boolean;
  g: Float32Array;
}

const oddTexts = ["", "花呗", "tab\tnewline\ncr\r", "quote\"'\\{},", "👩‍👩‍👧 e\u0301", "\\N", "null", "x".repeat(200_000)];

const inBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

describeDatabases("binary COPY", (databases) => {
  let database: Database;
  before(async () => {
    database = await databases.create();
    await prepare(database);
    await database.script("create table copied (a bigint, b bytea, c real, d text, e tsvector, f boolean, g vector)");
  });

  it("brings every value through unchanged", async () => {
    const rows = oddTexts.map((d, at): Row => ({
      a: [0, -1, "9223372036854775807", -9223372036854775808n][at % 4] ?? 0,
      b: Uint8Array.of(0, 255, at),
      c: at / 4,
      d,
      e: oddTexts.slice(1, at).filter((text) => text.length < 100),
      f: at % 2 === 0,
      g: Float32Array.of(0.5, -1, at),
    }));
    const data = copyBinary(rows, 7, (out, row) => {
      out.int8(row.a);
      out.bytea(row.b);
      out.float4(row.c);
      out.text(row.d);
      out.tsvector(row.e);
      out.bool(row.f);
      out.vector(row.g);
    });
    assert.equal(await database.copyIn("copy copied from stdin (format binary)", data), rows.length);
    const found = await database.query(
      "select a, encode(b, 'hex') as b, c, d, tsvector_to_array(e) as e, f, g::text from copied order by c",
    );
    assert.deepEqual(
      found,
      rows.map((row) => ({
        ...row,
        e: row.e.toSorted(inBytes),
        a: String(row.a),
        b: Buffer.from(row.b).toString("hex"),
        g: `[${row.g.join(",")}]`,
      })),
    );
  });

  it("writes nulls, no rows, and U+FFFD for half a surrogate pair", async () => {
    await database.query("delete from copied");
    const nulls = copyBinary([0], 7, (out) => {
      for (let field = 0; field < 7; field += 1) out.null();
    });
    assert.equal(await database.copyIn("copy copied from stdin (format binary)", nulls), 1);
    const none = copyBinary([], 7, () => {});
    assert.equal(await database.copyIn("copy copied from stdin (format binary)", none), 0);
    const half = copyBinary(["a\ud83d"], 1, (out, text) => out.text(text));
    await database.copyIn("copy copied (d) from stdin (format binary)", half);
    assert.deepEqual(await database.query("select d from copied order by d"), [{ d: "a\ufffd" }, { d: null }]);
  });

  it("loads the words of a model, again in place of the first", async () => {
    const words = Array.from({ length: 5_000 }, (_, at): Word => ({
      word: `词${at}`,
      frequency: at * 1e6,
      documentFrequency: at,
      idf: at / 8,
    }));
    assert.equal(await database.transaction((tx) => loadWords(tx, model.id, words)), 5_000);
    await database.transaction((tx) => loadWords(tx, model.id, words.slice(0, 3)));
    assert.equal(await countWords(database, model.id), 3);
    assert.deepEqual(await readWords(database, model.id), words.slice(0, 3));
    await assert.rejects(
      database.transaction((tx) => loadWords(tx, "unknown", words)),
      { code: "database" },
    );
  });

  it("replaces a model that no index uses by another of its id", async () => {
    assert.equal(await registerModel(database, { ...model, sha256: "1".repeat(64) }), true);
    assert.equal(await registerModel(database, { ...model, sha256: "1".repeat(64) }), false);
    const [known] = (await listModels(database)).filter(({ id }) => id === model.id);
    assert.equal(known?.sha256, "1".repeat(64));
  });
});

describe("a row for COPY", () => {
  it("with too few fields is a bug that is seen", () => {
    assert.throws(() => [...copyBinary([0], 2, (out) => out.null())], /lacks 1 of its fields/);
  });

  it("comes in chunks", () => {
    const chunks = [
      ...copyBinary(
        Array.from({ length: 100 }, () => "x".repeat(10_000)),
        1,
        (out, text) => out.text(text),
      ),
    ];
    assert.ok(chunks.length > 10);
    assert.equal(
      chunks.reduce((sum, chunk) => sum + chunk.length, 0),
      19 + 100 * 10_006 + 2,
    );
  });
});
