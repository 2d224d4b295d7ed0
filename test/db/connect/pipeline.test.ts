import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import type { Database } from "../../../src/db/database.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import { describeServer } from "../../support/databases.ts";

const kept = { text: "select name, statement from pg_prepared_statements order by prepare_time" };

describeServer("a statement that is frequent", (databases) => {
  let url: string;
  let database: Database;

  before(async () => {
    url = await databases.createTarget();
    database = await openServer(url, { maxConnections: 1 });
    await database.script(
      "create table word (n integer, title text); insert into word values (1, '退款'), (2, '发票')",
    );
  });
  after(() => database.close());

  async function ask(n: number, text = "select title from word where n = $1"): Promise<object[]> {
    const [rows] = await database.pipeline([{ text, parameters: [n], isFrequent: true }]);
    return rows!;
  }

  it("is kept by the connection, and is planned once", async () => {
    for (let round = 0; round < 8; round++) assert.deepEqual(await ask(2), [{ title: "发票" }]);
    const rows = await database.query<{ generic_plans: string; custom_plans: string }>(
      "select statement, generic_plans, custom_plans from pg_prepared_statements",
    );
    assert.equal(rows.length, 1);
    assert.deepEqual([Number(rows[0]!.custom_plans), Number(rows[0]!.generic_plans)], [5, 3]);
  });

  it("is sent again where one of its pipeline fails, whether it had been parsed or not", async () => {
    const frequent = (text: string) => ({ text, isFrequent: true });
    const before = frequent("select 'before' as place");
    const behind = frequent("select 'behind' as place");
    for (let round = 0; round < 2; round++)
      await assert.rejects(database.pipeline([before, frequent("select 1 / (n - n) from word"), behind]), /division/);
    assert.deepEqual(await database.pipeline([before, behind]), [[{ place: "before" }], [{ place: "behind" }]]);
  });

  it("has what the table is now", async () => {
    const all = "select * from word where n = $1";
    assert.deepEqual(await ask(1, all), [{ n: 1, title: "退款" }]);
    await database.script("alter table word add column hint text");
    assert.deepEqual(await ask(1, all), [{ n: 1, title: "退款", hint: null }]);
    await database.script("alter table word drop column hint");
    assert.deepEqual(await ask(1, all), [{ n: 1, title: "退款" }]);
  });

  it("is forgotten when fifty others have been used since", async () => {
    for (let other = 0; other < 70; other++) {
      await ask(1);
      await ask(2, `select title, ${other} as other from word where n = $1`);
    }
    const rows = await database.query<{ statement: string }>(kept.text);
    assert.equal(rows.length, 50);
    const texts = rows.map(({ statement }) => statement);
    assert.ok(texts.some((text) => text === "select title from word where n = $1"));
    assert.ok(!texts.some((text) => text.includes(", 0 as other")));
    assert.ok(texts.some((text) => text.includes(", 69 as other")));
  });

  it("is sent as others are where the connection is another one each time, as behind a pooler", async () => {
    const pooled = await openServer(url, { maxConnections: 1 });
    try {
      const question = { text: "select title from word where n = $1", parameters: [1], isFrequent: true };
      assert.deepEqual(await pooled.pipeline([question]), [[{ title: "退款" }]]);
      // the pooler's own connection has none of what another had
      await pooled.script("deallocate all");
      assert.deepEqual(await pooled.pipeline([question]), [[{ title: "退款" }]]);
      assert.deepEqual(await pooled.pipeline([question]), [[{ title: "退款" }]]);
      assert.deepEqual(await pooled.query(kept.text), []);
    } finally {
      await pooled.close();
    }
  });
});
