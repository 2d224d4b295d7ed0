import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { add } from "../../../src/app/keep/add.ts";
import { match } from "../../../src/app/ask/match.ts";
import { searchableIndex } from "../../../src/app/ask/searchable.ts";
import { statusOf } from "../../../src/app/status.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { verify } from "../../../src/app/operate/verify.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { describeDatabases } from "../../support/databases.ts";
import { oddTexts } from "../../support/odd-texts.ts";

describeDatabases("odd texts", (databases) => {
  let database: Database;
  let embedder: Embedder;
  before(async () => {
    database = await databases.create("initialised");
    embedder = await createEmbedder({ threads: 1 });
  });
  after(() => embedder.close());

  it("each has an entry, as keys too, and none holds up the others", async () => {
    await database.script("create table odd (key text primary key, text text)");
    for (const [name, text] of oddTexts) await database.query("insert into odd values ($1, $2)", [name, text]);
    await database.query("insert into odd values ('null', null), ($1, '怎么退款')", [`"\\{},' 键\n\u2028😀`]);
    await add(database, embedder.model, { table: "odd", template: "{text}" });
    const index = await getIndex(database, "odd");
    const done = await sync(database, index, embedder);
    const { entries, indexed, empty, failed, pending } = await statusOf(database, index);
    const means = oddTexts.filter((each) => each[2]).length + 1;
    assert.deepEqual(
      { entries, indexed, empty, failed, pending },
      { entries: oddTexts.length + 2, indexed: means, empty: oddTexts.length + 2 - means, failed: 0, pending: 0 },
    );
    assert.deepEqual([done.errors, done.truncated], [0, 3]);
    const { ok, examples } = await verify(database, index, embedder);
    assert.ok(ok, JSON.stringify(examples));
  });

  it("can be asked for", async () => {
    const index = await getIndex(database, "odd");
    const results = await match(
      searchableIndex(database, { record: index, embedder }),
      oddTexts.map(([, text]) => text),
    );
    for (const [at, [name, , means]] of oddTexts.entries()) {
      assert.equal(results[at]!.answers.length > 0, means, name);
      if (means) assert.ok(results[at]!.answers[0]!.similarity > 0.999, name);
    }
  });
});
