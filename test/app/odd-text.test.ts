import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { add } from "../../src/app/add.ts";
import { init } from "../../src/app/init.ts";
import { match } from "../../src/app/match.ts";
import { statusOf } from "../../src/app/status.ts";
import { sync } from "../../src/app/sync.ts";
import { verify } from "../../src/app/verify.ts";
import type { Database } from "../../src/db/database.ts";
import { getIndex } from "../../src/db/index-store.ts";
import { createEmbedder, type Embedder } from "../../src/embed/embedder.ts";
import { describeDatabases } from "../support/databases.ts";

/** Texts as they stand in real tables, and whether they mean anything. */
const texts: [name: string, text: string, means: boolean][] = [
  ["empty", "", false],
  ["blank", " \t\n\u3000", false],
  ["symbols", "？！…——★", false],
  ["emoji", "😀👍🏽👩‍👩‍👧", false],
  ["half a surrogate pair", "退款\ud83d怎么办", true],
  ["only half a surrogate pair", "\ude00", false],
  ["what looks like NUL", "\\0 \\x00 \u2400 &#0; %00", true],
  ["control characters", "a\u0001\u0008\u001f\u007f\u0085\u200b\u202e\ufeffb", true],
  ["replacement characters", "\ufffd\ufffd", false],
  ["100,000 characters", "很长的问题。".repeat(16_667).slice(0, 100_000), true],
  ["one word of 100,000 letters", "x".repeat(100_000), true],
  ["100,000 emoji", "😀".repeat(100_000), false],
  ["combining marks without end", `é${"\u0301".repeat(5_000)}`, true],
  ["quotes and braces", `'"{},\\\n$1;--`, true],
  ["Arabic and Hebrew", "مرحبا שלום", true],
  ["rare characters", "𠮷野家𪚥", true],
];

describeDatabases("odd texts", (databases) => {
  let database: Database;
  let embedder: Embedder;
  before(async () => {
    database = await databases.create();
    embedder = await createEmbedder({ threads: 1 });
    await init(database, embedder.model);
  });
  after(() => embedder.close());

  it("each has an entry, as keys too, and none holds up the others", async () => {
    await database.script("create table odd (key text primary key, text text)");
    for (const [name, text] of texts) await database.query("insert into odd values ($1, $2)", [name, text]);
    await database.query("insert into odd values ('null', null), ($1, '怎么退款')", [`"\\{},' 键\n\u2028😀`]);
    await add(database, embedder.model, { table: "odd", template: "{text}" });
    const index = await getIndex(database, "odd");
    const done = await sync(database, index, embedder);
    const { entries, indexed, empty, failed, pending } = await statusOf(database, index);
    const means = texts.filter((each) => each[2]).length + 1;
    assert.deepEqual(
      { entries, indexed, empty, failed, pending },
      { entries: texts.length + 2, indexed: means, empty: texts.length + 2 - means, failed: 0, pending: 0 },
    );
    assert.deepEqual([done.errors, done.truncated], [0, 3]);
    const { ok, examples } = await verify(database, index, embedder);
    assert.ok(ok, JSON.stringify(examples));
  });

  it("can be asked for", async () => {
    const index = await getIndex(database, "odd");
    const results = await match(
      database,
      index,
      embedder,
      texts.map(([, text]) => text),
    );
    for (const [at, [name, , means]] of texts.entries()) {
      assert.equal(results[at]!.answers.length > 0, means, name);
      if (means) assert.ok(results[at]!.answers[0]!.similarity > 0.999, name);
    }
  });
});
