import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { add } from "../../src/app/add.ts";
import { buildGeneration, switchToBuilt } from "../../src/app/generation.ts";
import { init } from "../../src/app/init.ts";
import { match } from "../../src/app/match.ts";
import { remove } from "../../src/app/remove.ts";
import { search } from "../../src/app/search.ts";
import { installSql, sqlStatus, uninstallSql } from "../../src/app/sql-install.ts";
import { sync } from "../../src/app/sync.ts";
import type { Database } from "../../src/db/database.ts";
import { getIndex } from "../../src/db/index-store.ts";
import { createEmbedder, type Embedder } from "../../src/embed/embedder.ts";
import { loadModel } from "../../src/embed/model-package.ts";
import { describeDatabases } from "../support/databases.ts";

const rows = 2_000;

interface Matched {
  key: string[];
  similarity: number;
  decision: string;
  row: Record<string, unknown>;
}

describeDatabases("ltd.match and ltd.<index>", (databases) => {
  let database: Database;
  let embedder: Embedder;
  const matched = (index: string, question: string, k = 5, filter: object | null = null) =>
    database.query<Matched>("select * from ltd.match($1, $2, $3, $4::jsonb)", [
      index,
      question,
      k,
      filter && JSON.stringify(filter),
    ]);
  before(async () => {
    database = await databases.create();
    embedder = await createEmbedder({ threads: 1 });
    await init(database, embedder.model);
    await database.script(
      "create table faq (id int primary key, question text, half int, tenth int, hundredth int, thousandth int, text text)",
    );
    await database.query(
      `insert into faq select n, '订单' || n || '怎么' || (array['退款', '修改地址', '取消', '开发票', '催促发货'])[1 + n % 5],
       n % 2, n % 10, n % 100, n % 1000, 'x' from generate_series(1, ${rows}) n`,
    );
    await add(database, embedder.model, { table: "faq", template: "{question}{{}}" });
    await sync(database, await getIndex(database, "faq"), embedder);
    await installSql(database);
  });
  after(() => embedder.close());

  it("answers as match does", async () => {
    const index = await getIndex(database, "faq");
    for (const question of ["订单17怎么取消", "怎么退款", "今天天气怎么样", "我的订单1999怎么开发票"]) {
      const [expected] = await match(database, index, embedder, [question], { limit: 3 });
      const found = await matched("faq", question, 3);
      assert.deepEqual([...new Set(found.map(({ decision }) => decision))], [expected!.decision], question);
      assert.equal(found.length, 3);
      for (const [at, { key, similarity, row }] of found.entries()) {
        assert.ok(Math.abs(similarity - expected!.answers[at]!.similarity) < 0.005, question);
        assert.equal(row["id"], Number(key[0]));
      }
      assert.deepEqual(found[0]!.key, expected!.answers[0]!.key, question);
    }
    assert.deepEqual(await matched("faq", "？！"), []);
    await database.query("update ltd.index set answer_threshold = -1, suggest_threshold = -1, answer_margin = 2");
    assert.equal((await matched("faq", "今天天气怎么样", 1))[0]!.decision, "suggest", "the second is as near");
    await database.query("update ltd.index set answer_margin = null");
    assert.equal((await matched("faq", "今天天气怎么样", 1))[0]!.decision, "answer");
    await database.query("update ltd.index set answer_threshold = null, suggest_threshold = null");
  });

  it("searches as search does", async () => {
    const index = await getIndex(database, "faq");
    for (const question of ["订单17怎么取消", "开发票", "我的订单1999 怎么开发票呢 abc"]) {
      for (const filter of [undefined, { tenth: 7 }]) {
        const options = { limit: 4, ...(filter && { filter }) };
        const [expected] = await search(database, index, embedder, [question], options);
        const found = await database.query<{ key: string[]; score: number; lexemes: string[]; row: object }>(
          "select * from ltd.search($1, $2, 4, filter => $3::jsonb)",
          ["faq", question, filter ? JSON.stringify(filter) : null],
        );
        assert.equal(found.length, 4);
        for (const [at, { score, lexemes, row }] of found.entries()) {
          const hit = expected!.hits[at]!;
          assert.ok(Math.abs(score - hit.score) < 0.05, `${question}: ${score}, ${hit.score}`);
          if (at === 0) assert.deepEqual([lexemes, row], [hit.lexemes, hit.row]);
        }
      }
    }
    assert.deepEqual(await database.query("select * from ltd.search('faq', '。')"), []);
  });

  for (const [column, share] of Object.entries({ half: 2, tenth: 10, hundredth: 100, thousandth: 1000 })) {
    it(`a filter that 1 of ${share} rows passes gives as many rows as there are`, async () => {
      const k = Math.min(10, rows / share);
      for (const question of ["怎么退款", "订单5怎么催促发货"]) {
        const found = await matched("faq", question, k, { [column]: 1 });
        assert.equal(found.length, k);
        assert.ok(found.every(({ row }) => row[column] === 1));
      }
      assert.equal((await matched("faq", "退款", rows / 1000 + 1, { thousandth: 1 })).length, rows / 1000);
    });
  }

  it("shows the rows with their vectors, for plain SQL", async () => {
    const found = await database.query<{ id: number; key: number; ltd_text: string; text: string }>(
      "select id, key, ltd_text, text from ltd.faq order by embedding <=> (select ltd.embed('faq', '订单17怎么取消')) limit 1",
    );
    assert.deepEqual(found, [{ id: 17, key: 17, ltd_text: "订单17怎么取消{}", text: "x" }]);
    await database.query("alter table faq rename to questions");
    assert.deepEqual((await matched("faq", "订单17怎么取消", 1))[0]!.key, ["17"]);
    assert.equal((await database.query("select from ltd.faq")).length, rows);
    await database.query("alter table questions rename to faq");
  });

  it("follows a generation, and says where its model is missing", async () => {
    const tiny = await loadModel("ltd-zh-1-tiny");
    await database.query("delete from faq where id > 20");
    await sync(database, await getIndex(database, "faq"), embedder);
    await buildGeneration(database, "faq", tiny, { threads: 1 });
    await switchToBuilt(database, "faq", { model: tiny, threads: 1 });
    await assert.rejects(matched("faq", "怎么退款"), {
      message: /ltd-zh-1-tiny of the index faq is not installed/,
      hint: /sql install --model ltd-zh-1-tiny/,
    });
    assert.deepEqual((await sqlStatus(database)).indexes, [
      { index: "faq", model: "ltd-zh-1-tiny", isInstalled: false },
    ]);
    assert.equal((await database.query("select from ltd.faq where embedding is not null")).length, 20);
    await installSql(database);
    assert.deepEqual((await matched("faq", "订单17怎么取消", 1))[0]!.key, ["17"]);
  });

  it("takes names, filters and texts as they are", async () => {
    await database.script(
      `create schema "we""ird{{key}}"; create table "we""ird{{key}}"."T's %I" ("{{source}}" text, "k""2; --" int, "it's" text, key text,
       primary key ("{{source}}", "k""2; --"))`,
    );
    await database.query(
      `insert into "we""ird{{key}}"."T's %I" values ($1, 1, '怎么退款', 'k'), ('b', 2, '如何改密码', 'k')`,
      [`'"{},\\;--`],
    );
    const options = {
      name: "odd",
      table: `"we""ird{{key}}"."T's %I"`,
      template: "a'b\\ {it's} {{{{source}}}}",
      where: `"it's" <> '%s $1 {{rows}}' -- all`,
    };
    await add(database, embedder.model, options);
    await sync(database, await getIndex(database, "odd"), embedder);
    const found = await matched("odd", "我要退款", 2, { key: "k" });
    assert.deepEqual(found[0]!.key, [`'"{},\\;--`, "1"]);
    assert.equal(found.length, 2);
    assert.deepEqual(await matched("odd", "退款", 2, { "it's": "'; drop table faq; --" }), []);
    const view = await database.query<Record<string, unknown>>("select * from ltd.odd order by key_2");
    assert.equal(view[0]!["text"], "a'b\\ 怎么退款 {{source}}");
    await assert.rejects(matched("odd'; drop table faq; --", "退款"), { message: /there is no index/ });
    await assert.rejects(matched("odd", "退款", 0), { message: /k is 0, but must be a whole number from 1 to 1000/ });
    await remove(database, "odd");
    assert.deepEqual(await database.query("select to_regclass('ltd.odd') as view"), [{ view: null }]);
  });

  it("an index that is called like a table of schema ltd has no view, and goes as it came", async () => {
    await add(database, embedder.model, { table: "faq", name: "word", template: "{question}" });
    assert.deepEqual((await installSql(database)).views, ["faq"]);
    await remove(database, "word");
    assert.equal((await database.query("select from ltd.word limit 1")).length, 1);
    await remove(database, "faq");
    await uninstallSql(database);
    assert.deepEqual(
      await database.query(
        "select proname from pg_proc where pronamespace = 'ltd'::regnamespace and proname <> 'wake'",
      ),
      [],
    );
  });
});
