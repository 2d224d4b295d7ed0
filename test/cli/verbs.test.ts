import assert from "node:assert/strict";
import { before, it } from "node:test";
import type { AddResult } from "../../src/app/keep/add.ts";
import type { FailedRow } from "../../src/app/operate/failed.ts";
import type { MatchResult } from "../../src/app/ask/match.ts";
import type { IndexStatus } from "../../src/app/status.ts";
import type { SyncResult } from "../../src/app/keep/sync.ts";
import { runCli } from "../support/cli.ts";
import { describeDatabases } from "../support/databases.ts";

const QUESTIONS = ["如何申请退款？", "怎么修改收货地址？", "忘记密码怎么办？", "优惠券可以叠加使用吗？"];

describeDatabases("verbs", (databases) => {
  let target: string;
  const ltd = (...args: string[]) => runCli(args, { target });
  const json = async <T>(...args: string[]): Promise<T> => {
    const { code, stdout, stderr } = await ltd(...args, "--json");
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as T;
  };
  const query = async (statement: string) => {
    const { code, stderr } = await ltd("query", statement);
    assert.equal(code, 0, stderr);
  };
  const sync = () => json<SyncResult>("sync", "faq");
  const first = async (question: string) => {
    const result = await json<MatchResult>("match", "faq", question);
    return { decision: result.decision, key: result.answers[0]?.key[0], text: result.answers[0]?.text };
  };

  before(async () => {
    target = await databases.createTarget();
    await query("create table faq (id bigint primary key, question text, note text)");
    const values = QUESTIONS.map((question, at) => `(${at + 1}, '${question}', 'n')`);
    await query(`insert into faq values ${values.join(", ")}`);
  });

  it("init prepares the database, and again changes nothing", async () => {
    const done = await json<{ kind: string; applied: number[]; words: number }>("init");
    assert.equal(done.kind, databases.kind);
    assert.ok(done.applied.length > 0 && done.words > 100_000);
    assert.deepEqual((await json<{ applied: number[] }>("init")).applied, []);
  });

  it("add takes the primary key, and asks which of several text columns", async () => {
    const several = await ltd("add", "faq");
    assert.equal(several.code, 1);
    assert.match(several.stderr, /several text columns \(question, note\)\nhint: .*--text "\{question\}"/);
    const done = await json<AddResult>("add", "faq", "--text", "{question}");
    assert.deepEqual(done, {
      index: "faq",
      table: "public.faq",
      key: ["id"],
      template: "{question}",
      model: "ltd-zh-2",
      queued: 4,
      reused: null,
    });
  });

  it("match before sync says what to do", async () => {
    const { code, stderr } = await ltd("match", "faq", "退款");
    assert.equal(code, 1);
    assert.match(stderr, /no vectors yet\nhint: .*ltd-index sync faq/);
  });

  it("sync embeds what is there, and then has nothing to do", async () => {
    const done = await sync();
    assert.equal(done.embedded, 4);
    assert.equal(done.builtVectorIndex, true);
    const again = await sync();
    assert.deepEqual([again.embedded, again.unchanged, again.deleted, again.builtVectorIndex], [0, 0, 0, false]);
    assert.equal((await ltd("sync", "faq")).stderr, 'next: ltd-index match faq "…"\n');
  });

  it("match finds the row that means the same, and says if there is none", async () => {
    assert.deepEqual(await first("怎么申请退款"), { decision: "answer", key: "1", text: QUESTIONS[0] });
    assert.equal((await first("密码忘了")).key, "3");
    assert.equal((await first("明天会下雨吗")).decision, "none");
    assert.deepEqual(await first("😀"), { decision: "none", key: undefined, text: undefined });
  });

  it("match reads questions from standard input, one a line", async () => {
    const stdin = "我想退款\n\n密码忘了\n";
    const lines = (await runCli(["match", "faq", "--json", "--limit", "1"], { target, stdin })).stdout
      .trim()
      .split("\n");
    const results = lines.map((line) => JSON.parse(line) as MatchResult);
    assert.deepEqual(
      results.map(({ question, answers }) => [question, answers.length, answers[0]?.key[0]]),
      [
        ["我想退款", 1, "1"],
        ["密码忘了", 1, "3"],
      ],
    );
    const human = await runCli(["match", "faq"], { target, stdin });
    assert.match(human.stdout, /^我想退款\n {2}.*\n {2}0\.\d{3} {2}1 {2}如何申请退款？\n/);
  });

  it("sync follows inserts, updates, deletes and changed keys; an unmapped column queues nothing", async () => {
    await query("update faq set note = 'other'");
    assert.equal((await json<IndexStatus[]>("status", "faq"))[0]!.pending, 0);
    await query("insert into faq values (5, '发票怎么开？', '')");
    await query("update faq set question = '怎么取消订单？' where id = 2");
    await query("update faq set id = 30 where id = 3");
    await query("delete from faq where id = 4");
    const waiting = (await json<IndexStatus[]>("status", "faq"))[0]!;
    assert.equal(waiting.pending, 5, "5 inserted, 2 updated, 3 and 30 for the key, 4 deleted");
    assert.ok(waiting.oldestSeconds !== null);
    const note = await ltd("match", "faq", "发票");
    assert.match(note.stderr, /5 changed rows wait for ltd-index sync faq/);
    const done = await sync();
    assert.deepEqual([done.embedded, done.deleted], [3, 2]);
    assert.equal((await first("开具发票")).key, "5");
    assert.equal((await first("想取消订单")).key, "2");
    assert.equal((await first("密码忘了")).key, "30");
    assert.notEqual((await first("优惠券能叠加吗")).key, "4");
  });

  it("rows without letters are kept without a vector, long rows are cut, and both are reported", async () => {
    await query(`insert into faq values (6, '😀👍', ''), (7, null, ''), (8, repeat('很长的问题', 2000), '')`);
    const done = await sync();
    assert.deepEqual([done.embedded, done.empty, done.truncated], [1, 2, 1]);
    const [state] = await json<IndexStatus[]>("status");
    assert.deepEqual([state!.entries, state!.indexed, state!.empty, state!.truncated], [7, 5, 2, 1]);
    const human = await ltd("status");
    assert.match(human.stdout, /empty +2 \(no letter or digit\)\ntruncated +1 /);
  });

  it("a text that is queued but unchanged is not embedded again", async () => {
    await query("update faq set question = question || ' ' where id = 1");
    await query("update faq set question = trim(question) where id = 1");
    const done = await sync();
    assert.deepEqual([done.embedded, done.unchanged], [0, 1]);
  });

  it("truncate empties the index", async () => {
    await query("truncate faq");
    const counts = async () => {
      const [state] = await json<IndexStatus[]>("status", "faq");
      return [state!.entries, state!.pending];
    };
    assert.deepEqual(await counts(), [7, 1], "the truncation waits to be looked at");
    const done = await sync();
    assert.deepEqual([done.embedded, done.deleted], [0, 7]);
    assert.deepEqual(await counts(), [0, 0]);
  });

  it("an empty table can be indexed", async () => {
    await query('create table "Leere Tabelle" ("Schlüssel" uuid primary key, "Text" text)');
    await json("add", '"Leere Tabelle"', "--name", "leer");
    assert.equal((await json<SyncResult>("sync", "leer")).embedded, 0);
    assert.match(
      (await ltd("match", "leer", "退款")).stderr,
      /has no vectors\nhint: its table has no rows, or none of them/,
    );
    await query(`insert into "Leere Tabelle" values ('00000000-0000-4000-8000-000000000001', '怎么退款')`);
    await json("sync", "leer");
    const found = await json<MatchResult>("match", "leer", "退款");
    assert.deepEqual(found.answers[0]!.key, ["00000000-0000-4000-8000-000000000001"]);
  });

  it("a load larger than the index goes in without the vector index, which is then rebuilt", async () => {
    await query("create table log (id int primary key, line text)");
    await query("insert into log values (0, '怎么退款')");
    await json("add", "log");
    assert.equal((await json<SyncResult>("sync", "log")).builtVectorIndex, true);
    await query("insert into log select n, '第' || n || '行' from generate_series(1, 2000) n");
    const done = await json<SyncResult>("sync", "log");
    assert.deepEqual([done.embedded, done.builtVectorIndex], [2000, true]);
    await query("insert into log select n, '第' || n || '行' from generate_series(2001, 2010) n");
    assert.equal((await json<SyncResult>("sync", "log")).builtVectorIndex, false);
  });

  it("remove takes an index away and leaves the table as it was", async () => {
    await query('create table "Ticket" (id int primary key, title text)');
    const catalog = `select (select count(*) from pg_trigger where tgrelid = '"Ticket"'::regclass) as triggers,
      to_regclass('ltd.entry_ticket') as entries, (select count(*) from ltd.queue) as queued`;
    const before = (await ltd("query", catalog)).stdout;
    await query(`insert into "Ticket" values (1, '无法登录')`);
    assert.equal((await json<AddResult>("add", '"Ticket"')).index, "ticket");
    assert.notEqual((await ltd("query", catalog)).stdout, before);
    assert.deepEqual(await json("remove", "ticket"), {
      removed: "ticket",
      kept: false,
      aliases: 0,
      negatives: 0,
      weights: 0,
      thresholds: false,
    });
    assert.equal((await ltd("query", catalog)).stdout, before);
    assert.equal((await ltd("remove", "ticket")).code, 1);
  });

  it("add --print-sql does nothing; what it prints is add, for the owner of the table", async () => {
    await query("create table stock (id int primary key, title text, sold boolean default false)");
    await query("insert into stock values (1, '怎么退款', false), (2, '如何改地址', true)");
    const flags = ["--where", "not sold", "--text", "{title}"];
    const printed = await ltd("add", "stock", ...flags, "--print-sql");
    assert.equal(printed.code, 0, printed.stderr);
    const { statements } = await json<{ statements: string[] }>("add", "stock", ...flags, "--print-sql");
    assert.equal(printed.stdout, `${statements.map((each) => `${each};`).join("\n\n")}\n`);
    assert.match((await ltd("status", "stock")).stderr, /no index "stock"/);
    const script = await runCli(["query"], { target, stdin: printed.stdout });
    assert.equal(script.code, 0, script.stderr);
    assert.deepEqual([(await json<SyncResult>("sync", "stock")).embedded], [1]);
    await query("update stock set sold = not sold");
    const done = await json<SyncResult>("sync", "stock");
    assert.deepEqual([done.embedded, done.deleted], [1, 1]);
    await json("remove", "stock");
  });

  it("a view is polled by sync, when its column says that rows were changed", async () => {
    await query("create table product (id int primary key, title text, changed timestamptz default now())");
    await query("insert into product values (1, '怎么退款'), (2, '如何改地址')");
    await query("create view product_view as select * from product");
    assert.match((await ltd("add", "product_view")).stderr, /is a view, .*\nhint: .*--key id --updated-at/);
    await json("add", "product_view", "--name", "product", "--key", "id", "--updated-at", "changed");
    assert.equal((await json<SyncResult>("sync", "product")).embedded, 2);
    await query("delete from product where id = 1");
    await query("update product set title = '忘记密码了', changed = now() where id = 2");
    const done = await json<SyncResult>("sync", "product");
    assert.deepEqual([done.embedded, done.deleted], [1, 1]);
    await json("remove", "product");
  });

  it("a failed row is listed with its error, and embedded after retry", async () => {
    await query("insert into faq values (50, '怎么联系客服', '')");
    const { id } = await json<{ id: number }>("query", "select id from ltd.index where name = 'faq'");
    await query(`with logged as (delete from ltd.change_${id} returning key)
      insert into ltd.queue (index_id, key, attempts, failed_at, last_error) select ${id}, key, 5, now(), 'no room' from logged`);
    const failed = await ltd("sync", "faq", "--json");
    assert.equal(failed.code, 1);
    assert.equal((JSON.parse(failed.stdout) as SyncResult).failed, 1);
    assert.match((await ltd("status", "faq")).stdout, /failed +1 \(.*ltd-index retry.*\)\nlast error +no room/);
    const [given] = (await ltd("failed", "--json")).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as FailedRow);
    assert.deepEqual([given!.index, given!.key, given!.error], ["faq", ["50"], "no room"]);
    const listed = await ltd("failed", "faq", "--limit", "1");
    assert.match(listed.stdout, /^faq {2}50 {2}20\S+ {2}no room\n$/);
    assert.match(listed.stderr, /next: ltd-index retry faq/);
    assert.deepEqual(await json("retry", "faq"), { index: "faq", retried: 1 });
    assert.match((await ltd("retry")).stdout, /^faq: 0 rows queued again$/m);
    assert.equal((await ltd("failed")).stderr, "no row has failed too often\n");
    const done = await json<SyncResult>("sync", "faq", "--max-attempts", "2");
    assert.deepEqual([done.embedded, done.failed], [1, 0]);
  });

  it("query prints rows, and Postgres' own words for a mistake", async () => {
    assert.equal((await ltd("query", "select 1 as a, null as b, '退款' as c")).stdout, "a\tb\tc\n1\t\t退款\n");
    assert.equal((await ltd("query", "select 1 as a", "--json")).stdout, '{"a":1}\n');
    assert.equal((await ltd("query", "select 1 as a, 2 as a")).stdout, "a\ta\n1\t2\n");
    assert.equal((await ltd("query", "select 1 as a, 2 as a, 3 as b", "--json")).stdout, '{"a":1,"a_2":2,"b":3}\n');
    const { code, stderr } = await ltd("query", "select nothing");
    assert.equal(code, 1);
    assert.match(stderr, /^error: .*nothing/);
    assert.ok(!stderr.includes("    at "), "no stack");
    const two = await ltd("query", "select 1; select 2");
    assert.deepEqual([two.code, two.stdout], [2, ""]);
    assert.match(two.stderr, /more than one statement\nhint: .*ltd-index query < /);
    const script = await runCli(["query"], { target, stdin: "create table t1 (a int);\ninsert into t1 values (7);" });
    assert.equal(script.code, 0, script.stderr);
    assert.equal((await ltd("query", "select a from t1")).stdout, "a\n7\n");
  });
});
