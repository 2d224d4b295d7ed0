import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { addAlias, listAliases } from "../../../src/app/ask/alias.ts";
import { installSql } from "../../../src/app/functions/install.ts";
import { add } from "../../../src/app/keep/add.ts";
import { remove } from "../../../src/app/keep/remove.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { setWeights } from "../../../src/app/operate/weights.ts";
import { statusOf } from "../../../src/app/status.ts";
import { verify } from "../../../src/app/operate/verify.ts";
import { captureProblems } from "../../../src/db/capture/capture-problems.ts";
import type { Database } from "../../../src/db/database.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import { getIndex, listIndexes } from "../../../src/db/indexes/find-index.ts";
import { readWeights } from "../../../src/db/indexes/weight.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { describeDatabases, describeServer } from "../../support/databases.ts";
import { oddTexts } from "../../support/odd-texts.ts";

const TINY = "ltd-zh-2-tiny";

/** Questions of the demo, spread over it. */
async function questions(count: number): Promise<string[]> {
  const file = await readFile(new URL("../../../demo/medical-faq.jsonl.gz", import.meta.url));
  const lines = gunzipSync(file).toString("utf8").trimEnd().split("\n");
  return lines.slice(0, count).map((line) => (JSON.parse(line) as { title: string }).title);
}

/** Texts with names, codes, symbols, characters of two UTF-16 units, and more of them than are read. */
const texts = [
  "怎么退款",
  "花呗怎么还款？ANDROID_HOME=E2003 v1.2.3-rc.1 getUserName 12 345 a",
  "？？！",
  "",
  "\u{20bb7}野家的\u{2a6a5}字😀 emoji",
  "😀".repeat(2_100) + "退款",
  "退款流程 ".repeat(900),
  "iPhone15Pro 256GB，XMLHttpRequest 报错",
  // more lexemes than a row keeps: the words alone, and words with some of the pairs
  Array.from({ length: 3_000 }, (_, at) => String.fromCodePoint(0x4e00 + at)).join(""),
  Array.from({ length: 3_000 }, (_, at) => String.fromCodePoint(0x4e00 + ((at * at) % 907))).join("") + " E2003",
];

describeDatabases("an index that the database keeps itself", (databases) => {
  let database: Database;
  let embedder: Embedder;
  const check = async (name: string): Promise<void> => {
    const index = await getIndex(database, name);
    const own = embedder.withWeights(await readWeights(database, index));
    const { counts, problems } = await verify(database, index, own).then(
      ({ missing, orphan, stale, wrongModel, wrongDimension, problems }) => ({
        counts: { missing, orphan, stale, wrongModel, wrongDimension },
        problems,
      }),
    );
    assert.deepEqual(counts, { missing: 0, orphan: 0, stale: 0, wrongModel: 0, wrongDimension: 0 });
    assert.deepEqual(problems, []);
    assert.deepEqual(await database.query("select * from ltd.verify($1)", [name]), []);
  };
  const fails = (sql: string, message: RegExp) => assert.rejects(database.query(sql), message);
  before(async () => {
    database = await databases.create("initialised");
    embedder = await createEmbedder({ threads: 1, model: TINY });
    await installSql(database, { models: [TINY] });
    await database.script("create table faq (id int primary key, question text, is_public boolean default true)");
    const rows = [
      ...texts,
      ...oddTexts.map(([, text]) => text.toWellFormed().replaceAll("\0", "")),
      ...(await questions(5)),
    ];
    for (const [id, text] of rows.entries())
      await database.query("insert into faq (id, question) values ($1, $2)", [id + 1, text]);
  });
  after(() => embedder.close());

  it("has the triggers, hashes, words and vectors of the program", async () => {
    const [made] = await database.query<{ queued: number }>(
      "select ltd.add('public.faq', '{question}', filter => 'is_public') as queued",
    );
    const [counted] = await database.query<{ n: number }>("select count(*)::integer as n from faq");
    assert.equal(made!.queued, counted!.n);
    assert.deepEqual(await captureProblems(database, await getIndex(database, "faq")), []);
    await database.script("call ltd.sync('faq')");
    await check("faq");
    const { pending, entries } = await statusOf(database, await getIndex(database, "faq"));
    assert.deepEqual([pending, entries], [0, counted!.n]);

    await add(database, embedder.model, { table: "faq", name: "other", where: "is_public" });
    await sync(database, await getIndex(database, "other"), embedder);
    const of = async (name: string) => (await getIndex(database, name)).id;
    const compared = await database.query<{
      key: number;
      hash: boolean;
      words: boolean;
      cut: boolean;
      cosine: number | null;
    }>(
      `select a.key, a.content_hash = b.content_hash as hash, a.words = b.words as words, a.truncated = b.truncated as cut,
        1 - (a.embedding <=> b.embedding) as cosine
        from ltd.entry_${await of("faq")} a full join ltd.entry_${await of("other")} b using (key) order by key`,
    );
    for (const { key, hash, words, cut, cosine } of compared) {
      assert.deepEqual({ hash, words, cut }, { hash: true, words: true, cut: true }, `row ${key}`);
      assert.ok(cosine === null || cosine > 0.99, `row ${key}: ${cosine}`);
    }
    await remove(database, "other");
  });

  it("follows changes, aliases, negative questions and weights, whichever side they come from", async () => {
    await database.script(`select ltd.alias_add('faq', '{1}', '钱怎么退回来😀'); select ltd.alias_add('faq', '{1}', '？钱几天到账');
      select ltd.alias_add('faq', '{2}', '借呗怎么还', true)`);
    await addAlias(database, "faq", [{ key: 8, question: "手机报错" }]);
    await database.script(`update faq set question = '怎么开发票' where id = 3; update faq set is_public = false where id = 4;
      delete from faq where id = 5; insert into faq values (1000, '物流查询'); update faq set id = 2000 where id = 6`);
    await database.script("call ltd.sync()");
    await check("faq");
    assert.equal((await sync(database, await getIndex(database, "faq"), embedder)).embedded, 0);
    await setWeights(database, "faq", [
      { word: "退款", idf: 0.000005 },
      { word: "报错", idf: 12.5 },
    ]);
    await check("faq");
    await database.script("update faq set question = question || '，退款报错' where id < 20");
    await database.script("call ltd.sync('faq')");
    await check("faq");
    await database.script("truncate faq; insert into faq values (1, '怎么退款'), (2, '运费谁出')");
    await database.script("call ltd.sync('faq')");
    await check("faq");
    const [found] = await database.query("select key, found from ltd.match('faq', '钱怎么退回来') limit 1");
    assert.deepEqual(found, { key: ["1"], found: "alias" });
    assert.equal((await database.query("select * from ltd.similar('faq', '{1}')")).length, 1);
  });

  it("gives a bad row up alone, and tries it again", async () => {
    await database.script(`create table bad (id int primary key, question text, n int);
      insert into bad values (1, '怎么退款', 1), (2, '怎么退货', 0)`);
    await database.query("select ltd.add('public.bad', '{question}', filter => '10 / n > 0')");
    await database.script("call ltd.sync('bad')");
    const [row] = await database.query("select * from ltd.status('bad')");
    assert.match(String(row!["last_error"]), /division by zero/);
    assert.deepEqual([row!["entries"], row!["pending"]], [1, 1]);
    await database.script("update ltd.queue set attempts = 4, not_before = now()");
    await database.script("call ltd.sync('bad')");
    const [failed] = await database.query("select index, key, attempts from ltd.failed('bad')");
    assert.deepEqual(failed, { index: "bad", key: ["2"], attempts: 5 });
    await database.script("update bad set n = 5 where id = 2");
    await database.query("select ltd.retry('bad')");
    await database.script("call ltd.sync('bad')");
    await check("bad");
  });

  it("says what is wrong", async () => {
    await fails("select ltd.add('public.faq')", /there is an index faq already/);
    await fails("select ltd.add('public.faq', '{quest}', 'x')", /has no column quest/);
    await fails("select ltd.add('public.faq', '{question', 'x')", /a brace that stands alone/);
    await fails("select ltd.add('public.faq', index_name => 'Bad name')", /cannot be the name of an index/);
    await fails("select ltd.add('public.faq', index_name => 'x', model => 'none')", /the model none is not installed/);
    await fails(
      "select ltd.add('public.faq', index_name => 'x', filter => 'now() > now()')",
      /must be marked IMMUTABLE/i,
    );
    for (const [filter, message] of [
      ["id > 0); delete from public.faq where (true", /multi-query|syntax error/],
      ["question = 'x') ; drop table public.faq; --", /multi-query|syntax error/],
      ["question = 'x'); drop table public.faq; select (true", /multi-query|syntax error/],
      ["ltd_filter is not null", /names no column, or the whole row/],
      ["ctid is not null", /system column/],
    ] as const) {
      const added = database.query("select ltd.add('public.faq', index_name => 'x', filter => $1)", [filter]);
      await assert.rejects(added, message, filter);
    }
    assert.equal((await database.query("select from faq")).length, 2);
    await database.query("insert into ltd.front (name, fingerprint) values ('shop', '{}')");
    await fails("select ltd.add('public.faq', index_name => 'shop')", /there is a front shop/);
    await database.query("delete from ltd.front");
    await fails("select ltd.add('public.faq', index_name => 'x', key => '{question}')", /no unique index says/);
    await fails("select ltd.add('pg_class', index_name => 'x')", /a table of the system/);
    await database.script("create table nokey (question text); create view seen as select * from faq");
    await fails("select ltd.add('public.nokey')", /has no primary key/);
    await fails("select ltd.add('public.seen')", /no ordinary table, which only the program can index/);
    await fails("select ltd.alias_add('faq', '{77}', '问')", /has no row 77/);
    await fails("select ltd.alias_add('faq', '{1}', '？')", /has 0 letters and digits/);
    await fails("select ltd.alias_add('faq', '{2}', '钱怎么退回来')", /is an alias of the row 1 already/);
    await fails("select ltd.set_thresholds('faq', 0.2, 0.9)", /suggest not above answer/);
    await fails("select * from ltd.similar('faq', '{77}')", /is not in the index/);
    await fails("select * from ltd.status('none')", /there is no index "none"/);
    await add(database, embedder.model, { table: "faq", name: "columned", column: "embedding" });
    await assert.rejects(
      database.script("call ltd.sync('columned')"),
      /keeps its vectors in a column of its table, which only the program/,
    );
  });

  it("leaves out what only the program can work on, and gives the search path back", async () => {
    await database.script(`create table gone (id int primary key, question text); create table child (like gone including all);
      create table last (like gone including all); create table parent (like gone)`);
    for (const name of ["gone", "child", "last"]) await database.query("select ltd.add($1::regclass)", [name]);
    await database.script("drop table gone; alter table child inherit parent; insert into last values (1, '怎么退款')");
    await assert.rejects(database.script("call ltd.sync('gone')"), /the table public.gone of the index gone is gone/);
    await assert.rejects(
      database.script("call ltd.sync('child')"),
      /is a partition or inherits from another table now/,
    );
    await database.script(`do $do$ begin
      call ltd.sync();
      if current_setting('search_path') ~ 'pg_catalog' then raise 'the path is %', current_setting('search_path'); end if;
    end $do$`);
    const [row] = await database.query("select entries, pending from ltd.status('last')");
    assert.deepEqual(row, { entries: 1, pending: 0 });
    for (const name of ["columned", "gone", "child", "last"]) await remove(database, name);
  });

  it("goes without a trace, but for what is kept", async () => {
    await database.query("select ltd.set_thresholds('faq', 0.9, 0.5)");
    await database.query("select ltd.remove('faq', keep => true)");
    const left = await database.query(
      `select tgname from pg_trigger where tgrelid = 'public.faq'::regclass union all
        select proname from pg_proc where proname ~ '^capture_' and prosrc like '%''faq''%' union all
        select relname from pg_class where relname = 'entry_faq'`,
    );
    assert.deepEqual(left, []);
    await database.query("select ltd.add('public.faq', '{question}')");
    assert.equal((await getIndex(database, "faq")).answerThreshold, 0.9);
    assert.ok((await listAliases(database, "faq")).length > 0);
    await remove(database, "faq");
    await database.query("select ltd.remove('bad')");
    assert.deepEqual(await listIndexes(database), []);
  });
});

describeServer("several sessions that keep an index in SQL", (databases) => {
  it("give a question to one row", async () => {
    const target = await databases.createTarget("initialised");
    const [one, other] = await Promise.all([openServer(target), openServer(target)]);
    await installSql(one, { models: [TINY] });
    await one.script(
      "create table faq (id int primary key, question text); insert into faq values (1, '怎么退款'), (2, '怎么退货')",
    );
    await one.query("select ltd.add('public.faq')");
    let refused: Promise<void> | undefined;
    await one.transaction(async (tx) => {
      await tx.query("select ltd.alias_add('faq', '{1}', '钱怎么退回来')");
      const added = other.query("select ltd.alias_add('faq', '{2}', '钱怎么退回来')");
      refused = assert.rejects(added, /is an alias of another row already/);
      for (const until = performance.now() + 20_000; performance.now() < until;) {
        const waiting = await tx.query("select from pg_locks where not granted and locktype = 'transactionid'");
        if (waiting.length > 0) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.fail("the other session did not wait");
    });
    await refused;
    await Promise.all([one.close(), other.close()]);
  });

  it("share the work with each other and the program, also when they are killed", async () => {
    const target = await databases.createTarget("initialised");
    const database = await openServer(target);
    const embedder = await createEmbedder({ threads: 1, model: TINY });
    await installSql(database, { models: [TINY] });
    await database.script("create table faq (id int primary key, question text)");
    await database.query("insert into faq select n, '第' || n || '个问题怎么办' from generate_series(1, 150) n");
    await database.query("select ltd.add('public.faq')");
    let stop = false;
    const writer = (async () => {
      for (let n = 1; !stop; n++)
        await database.query("update faq set question = question || '吗' where id % 37 = $1", [n % 37]);
    })();
    const killed = async (): Promise<void> => {
      const worker = await openServer(target);
      const running = worker.script("call ltd.sync('faq', batch_rows => 8, lease_seconds => 1)").catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 400));
      await database.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where query like 'call ltd.sync%' and datname = current_database()",
      );
      await running;
      await worker.close();
    };
    for (let round = 0; round < 10; round++) await Promise.all([killed(), killed()]);
    stop = true;
    await writer;
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const workers = await Promise.all([openServer(target), openServer(target)]);
    await Promise.all([
      ...workers.map((each) => each.script("call ltd.sync('faq', lease_seconds => 1)")),
      sync(database, await getIndex(database, "faq"), embedder),
    ]);
    const { ok, problems, compared } = await verify(database, await getIndex(database, "faq"), embedder);
    assert.deepEqual([ok, problems, compared], [true, [], 150]);
    await Promise.all(workers.map((each) => each.close()));
    await embedder.close();
    await database.close();
  });
});
