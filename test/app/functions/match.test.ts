import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { add } from "../../../src/app/keep/add.ts";
import { buildGeneration, switchGeneration } from "../../../src/app/operate/generation.ts";
import { addAlias } from "../../../src/app/ask/alias.ts";
import { match } from "../../../src/app/ask/match.ts";
import { searchableIndex } from "../../../src/app/ask/searchable.ts";
import { remove } from "../../../src/app/keep/remove.ts";
import { search } from "../../../src/app/ask/search.ts";
import { installSql, sqlStatus, uninstallSql } from "../../../src/app/functions/install.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { adjustChance } from "../../../src/judge/adjustment.ts";
import { loadModel } from "../../../src/embed/model-package.ts";
import { describeDatabases } from "../../support/databases.ts";

const rows = 2_000;

interface Matched {
  key: string[];
  similarity: number;
  decision: string;
  margin: number | null;
  chance: number | null;
  found: string;
  others: string[][];
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
  /** Those of the schema itself, that the migrations made. */
  let ofSchema: object[];
  const functions = () =>
    database.query("select proname from pg_proc where pronamespace = 'ltd'::regnamespace order by 1");
  before(async () => {
    database = await databases.create("initialised");
    embedder = await createEmbedder({ threads: 1 });
    ofSchema = await functions();
    await database.script(
      "create table faq (id int primary key, question text, half int, tenth int, hundredth int, thousandth int, text text)",
    );
    await database.query(
      `insert into faq select n, '订单' || n || '怎么' || (array['退款', '修改地址', '取消', '开发票', '催促发货'])[1 + n % 5],
       n % 2, n % 10, n % 100, n % 1000, 'x' from generate_series(1, ${rows}) n`,
    );
    await add(database, embedder.model, { table: "faq", template: "{question}{{}}" });
    await sync(database, await getIndex(database, "faq"), embedder);
    await installSql(database, { views: true });
  });
  after(() => embedder.close());

  /** Of an answer, in one order: rows of one text are as near as each other. */
  const keysOf = (answer: { readonly key: readonly string[]; readonly others: readonly (readonly string[])[] }) =>
    [answer.key, ...answer.others].map((key) => key.join()).toSorted();
  /** Asks both ways, requires the same answer, and returns it. What is as near, but for the vectors' small difference, may change places. */
  const same = async (index: string, question: string, k: number, filter?: Record<string, unknown>) => {
    const [expected] = await match(
      searchableIndex(database, { record: await getIndex(database, index), embedder }),
      [question],
      {
        limit: k,
        ...(filter && { filter }),
      },
    );
    const { answers, decision, margin, chance, thresholds } = expected!;
    const found = await matched(index, question, k, filter ?? null);
    const about = (a: number | null, b: number | null) =>
      a === null || b === null ? a === b : Math.abs(a - b) < 0.005;
    assert.equal(found.length, answers.length, question);
    for (const [at, row] of found.entries()) {
      const answer = answers[at]!;
      // vectors differ by some 0.0002, and trees have steps; test/app/functions/judge.test.ts compares chances for the same similarities
      const isClear = [thresholds.answer, thresholds.suggest].every((each) => Math.abs(each - (chance ?? 1)) > 0.15);
      if (isClear || chance === 1) assert.equal(row.decision, decision, question);
      assert.ok(row.chance !== null && Math.abs(row.chance - chance!) < 0.15, `${question}: ${row.chance}, ${chance}`);
      assert.ok(about(row.margin, margin), `${question}: ${row.margin}, ${margin}`);
      assert.ok(about(row.similarity, answer.similarity), `${question}: ${row.similarity}, ${answer.similarity}`);
      const twin = answers.find((each) => keysOf(each).includes(row.key.join()));
      if (twin === undefined)
        assert.ok(about(row.similarity, answers.at(-1)!.similarity), `${question}: ${row.key.join()}`);
      else {
        assert.ok(about(row.similarity, twin.similarity), question);
        assert.deepEqual([row.found, keysOf(row)], [twin.found, keysOf(twin)], question);
        if (row.key.join() === twin.key.join()) assert.deepEqual(row.row, twin.row);
      }
    }
    const isAhead = answers.length < 2 || answers[0]!.similarity - answers[1]!.similarity > 0.001;
    if (found.length > 0 && isAhead) assert.deepEqual(keysOf(found[0]!), keysOf(answers[0]!), question);
    return found;
  };
  const set = (index: string, answer: number | null, suggest: number | null, margin: number | null) =>
    database.query(
      "update ltd.index set answer_threshold = $2, suggest_threshold = $3, answer_margin = $4 where name = $1",
      [index, answer, suggest, margin],
    );

  it("answers as match does", async () => {
    for (const question of ["订单17怎么取消", "怎么退款", "今天天气怎么样", "我的订单1999怎么开发票"]) {
      assert.equal((await same("faq", question, 3)).length, 3);
    }
    for (const question of ["？！", "", "  "]) assert.deepEqual(await same("faq", question, 3), []);
    assert.deepEqual(await database.query("select from ltd.match('faq', null)"), []);
  });

  it("answers as match does: aliases, the same question, rows of one text", async () => {
    await database.script(`create table help (shop int, number text, question text, price numeric(10, 1), primary key (shop, number));
      insert into help values (1, 'a', '花呗怎么还款', 1.50), (1, 'b', '花呗怎么还款？', 1.5), (2, 'a', '花唄怎麼還款！！', 1.500),
        (1, 'c', '怎么修改收货地址', null), (1, 'd', '忘记密码怎么办', 20), (2, 'd', '忘记密码怎么办', 20), (2, 'e', '如何申请退款', 0);
      insert into help select 3, n::text, '订单' || repeat('！', n) || '什么时候发货', 7 from generate_series(1, 60) n`);
    await add(database, embedder.model, { table: "help", template: "{question}{{{price}元}}" });
    await sync(database, await getIndex(database, "help"), embedder);
    // twins, of which any is the nearest: all of them are there, once
    const [first] = await same("help", "花呗如何还款{1.5元}", 4);
    assert.deepEqual(keysOf(first!), ["1,a", "1,b", "2,a"]);
    assert.ok(first!.margin! > 0.05, "to the second text");
    assert.equal((await same("help", "订单几时发货 7元", 2)).length, 2, "beyond sixty of one text");
    assert.equal((await same("help", "订单几时发货 7元", 1))[0]!.others.length, 59);
    assert.equal((await same("help", "订单几时发货", 100)).length, 5);
    // few enough that all rows of a text are always among those that are fetched
    await database.query("delete from help where shop = 3 and number::int > 5");
    await sync(database, await getIndex(database, "help"), embedder);
    // the same question
    for (const question of ["忘記密碼，怎麼辦?! 20.0元", "如何申请退款「0.0」元", "怎么修改收货地址元"]) {
      const [hit] = await same("help", question, 2);
      assert.deepEqual([hit!.found, hit!.decision], ["exact", "answer"], question);
    }
    // aliases
    await addAlias(database, "help", [
      { key: ["1", "c"], question: "白条啥时候还？" },
      { key: ["2", "e"], question: "怎么修改收货地址元" },
      { key: ["1", "b"], question: "it's \"{}" },
    ]);
    for (const [question, key] of [
      ["「白条啥时候还」", "1c"],
      ["怎么修改收货地址元", "2e"],
      ["ITS", "1b"],
    ] as const) {
      for (const k of [1, 5]) {
        const [hit] = await same("help", question, k);
        assert.deepEqual([hit!.found, hit!.decision, hit!.key.join(""), hit!.others], ["alias", "answer", key, []]);
      }
    }
    assert.ok((await same("help", "白条啥时候还", 5))[0]!.margin! < 0, "another row is nearer");
    // filters
    assert.notEqual((await same("help", "白条啥时候还", 5, { shop: 2 }))[0]!.found, "alias");
    assert.equal((await same("help", "白条啥时候还", 5, { shop: 1 }))[0]!.found, "alias");
    const [only] = await same("help", "忘记密码怎么办20.0元", 5, { shop: 1, number: "d" });
    assert.deepEqual([only!.margin, only!.others, only!.decision], [null, [], "answer"]);
    assert.deepEqual(await same("help", "白条啥时候还", 5, { shop: 9 }), []);
  });

  it("decides as match does, by thresholds and margin of the index", async () => {
    const decided = async (question: string, k = 1) => (await same("help", question, k))[0]!.decision;
    const question = "花呗如何还款{1.5元}";
    const [{ chance, margin }] = (await same("help", question, 1)) as [Matched];
    assert.ok(chance! > 0.1 && chance! < 1, String(chance));
    for (const [answer, suggest, least, decision] of [
      [chance! - 0.02, null, null, "answer"],
      [chance! - 0.02, 0.05, margin! - 0.02, "answer"],
      [chance! - 0.02, 0.05, margin! + 0.02, "suggest"],
      [chance! + 0.02, 0.05, null, "suggest"],
      [1, chance! + 0.02, null, "none"],
      [0, 1, 2, "suggest"],
    ] as const) {
      await set("help", answer, suggest, least);
      assert.equal(await decided(question), decision, `${answer} ${suggest} ${least}`);
    }
    await set("help", null, null, null);
    await database.query("update ltd.index set judge_slope = 0.7, judge_offset = 1.1 where name = 'help'");
    const [adjusted] = await same("help", question, 1);
    assert.ok(Math.abs(adjusted!.chance! - adjustChance(chance!, { slope: 0.7, offset: 1.1 })) < 0.01);
    await database.query("update ltd.index set judge_slope = null, judge_offset = null where name = 'help'");
    await set("help", 1, 1, 2);
    assert.equal(
      await decided("忘记密码怎么办20.0元"),
      "answer",
      "the same question is an answer, whatever the margin",
    );
    assert.equal(await decided("白条啥时候还", 3), "answer", "so is an alias");
    await set("help", null, null, null);
    await remove(database, "help");
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
    const tiny = await loadModel("ltd-zh-2-tiny");
    await database.query("delete from faq where id > 20");
    await sync(database, await getIndex(database, "faq"), embedder);
    await buildGeneration(database, "faq", tiny, { threads: 1 });
    await switchGeneration(database, "faq", { model: tiny, threads: 1 });
    await assert.rejects(matched("faq", "怎么退款"), {
      message: /ltd-zh-2-tiny of the index faq is not installed/,
      hint: /sql install --model ltd-zh-2-tiny/,
    });
    assert.deepEqual((await sqlStatus(database)).indexes, [
      { index: "faq", model: "ltd-zh-2-tiny", isInstalled: false },
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
    await installSql(database, { views: true });
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
    assert.deepEqual((await installSql(database, { views: true })).views, [{ index: "faq", table: "public.faq" }]);
    await remove(database, "word");
    assert.equal((await database.query("select from ltd.word limit 1")).length, 1);
    await remove(database, "faq");
    await uninstallSql(database);
    assert.deepEqual(await functions(), ofSchema);
  });
});
