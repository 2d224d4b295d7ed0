import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import type { MatchResult } from "../../src/app/ask/match.ts";
import type { Database } from "../../src/db/database.ts";
import { getIndex } from "../../src/db/indexes/find-index.ts";
import { cliOf } from "../support/cli.ts";
import { describeDatabases } from "../support/databases.ts";

/** How far apart similarities may be that are from numbers of 11 and of 24 bits. */
const CLOSE = 0.001;
const QUESTIONS = ["怎么退款呀", "今天天气怎么样"];

describeDatabases("vectors of half precision", (databases) => {
  let database: Database;
  let folder: string;
  const { ltd, ok, json } = cliOf(() => database);
  const typeOf = async (relation: string, column = "embedding") => {
    const [found] = await database.query<{ type: string }>(
      "select replace(format_type(atttypid, atttypmod), 'public.', '') as type from pg_attribute where attrelid = $1::text::regclass and attname = $2",
      [relation, column],
    );
    return found?.type;
  };
  const entries = async (name: string) => `ltd.entry_${(await getIndex(database, name)).id}`;
  /** The two indexes give the same rows for each question, with the same decisions and similarities. */
  const assertAlike = async (...where: string[]) => {
    for (const question of QUESTIONS) {
      const full = await json<MatchResult>("match", "full", question, "--limit", "5");
      const half = await json<MatchResult>("match", ...(where.length > 0 ? where : ["half"]), question, "--limit", "5");
      assert.equal(half.decision, full.decision, question);
      assert.equal(half.answers.length, full.answers.length);
      assert.deepEqual(half.answers[0]!.key, full.answers[0]!.key, question);
      for (const [at, { similarity }] of half.answers.entries())
        assert.ok(Math.abs(similarity - full.answers[at]!.similarity) < CLOSE, `${question} ${at}: ${similarity}`);
    }
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-half-"));
    database = await databases.create("initialised");
    await database.script(`create table faq (id bigint primary key, question text, code text unique not null);
      insert into faq select n, t, 'c' || n from unnest(array['如何申请退款？', '怎么修改收货地址？', '忘记密码怎么办？', '怎么申请退款', '密码忘了怎么找回', '发票怎么开'])
        with ordinality as r (t, n);
      insert into faq select 100 + n, '第' || n || '号商品的保质期', 'd' || n from generate_series(1, 60) as n`);
    await ok("add", "faq", "--name", "full", "--text", "{question}");
    await ok("add", "faq", "--name", "half", "--text", "{question}", "--halfvec");
    await ok("sync");
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("are half as long in the table, and answer as the others do", async () => {
    assert.deepEqual(
      [await typeOf(await entries("full")), await typeOf(await entries("half"))],
      ["vector(512)", "halfvec(512)"],
    );
    assert.equal(await typeOf("ltd.entry_half"), "halfvec");
    const [size] = await database.query<{ full: number; half: number }>(
      `select (select avg(pg_column_size(embedding)) from ltd.entry_full)::float8 as full, (select avg(pg_column_size(embedding)) from ltd.entry_half)::float8 as half`,
    );
    assert.ok(size!.half < 0.52 * size!.full, JSON.stringify(size));
    assert.match(await ok("status", "half"), /precision +half: two bytes a number\n[^]*vector index +valid/);
    assert.doesNotMatch(await ok("status", "full"), /precision/);
    await assertAlike();
    const found = await json<{ hits: { key: string[] }[] }>("search", "half", "密码", "--limit", "2");
    assert.deepEqual(found.hits.map(({ key }) => key[0]).toSorted(), ["3", "5"]);
    assert.match(await ok("verify", "half"), /nothing is wrong/);
  });

  it("are found by their HNSW index, also from plain SQL", async () => {
    await database.transaction(async (tx) => {
      await tx.query("set local enable_seqscan = off");
      const rows = await tx.query<{ "QUERY PLAN": string }>(
        "explain select key from ltd.entry_half order by embedding <=> (select v.embedding::vector from ltd.entry_full v where key = 1) limit 3",
      );
      assert.match(rows.map((row) => row["QUERY PLAN"]).join("\n"), /Index Scan using entry_\d+_embedding_idx/);
    });
  });

  it("follow changes, aliases and weights", async () => {
    await database.script(`update faq set question = '退货运费谁出' where id = 4; delete from faq where id = 6;
      insert into faq values (7, '会员怎么取消自动续费', 'c7')`);
    for (const name of ["full", "half"]) {
      await ok("alias", "add", name, "1", "钱能退吗");
      await ok("alias", "add", name, "2", "怎么退款呀", "--not");
      await ok("sync", name);
      await ok("weights", "set", name, "密码", "4");
    }
    assert.equal(await typeOf(await entries("half")), "halfvec(512)");
    await assertAlike();
    assert.match(await ok("verify", "half"), /nothing is wrong/);
  });

  it("are asked and kept by the functions in the database", async () => {
    await ok("sql", "install", "--views");
    for (const question of QUESTIONS) {
      const [full, half] = await Promise.all(
        ["full", "half"].map((name) =>
          database.query("select key, round(similarity::numeric, 2) as s from ltd.match($1, $2, 1)", [name, question]),
        ),
      );
      assert.deepEqual(half, full);
    }
    assert.equal((await database.query("select * from ltd.similar('half', '{3}', 2)")).length, 2);
    assert.equal((await database.query("select * from ltd.search('half', '密码', 2)")).length, 2);
    await database.query("update faq set question = '保质期查询' where id = 101");
    await database.script("call ltd.sync('half')");
    assert.match(await ok("verify", "half"), /nothing is wrong/);
    await database.query("select ltd.add('faq', '{question}', 'third', halfvec => true)");
    await database.script("call ltd.sync('third')");
    assert.equal(await typeOf(await entries("third")), "halfvec(512)");
    assert.match(await ok("status", "third"), /precision +half[^]*vector index +valid/);
    assert.match(await ok("verify", "third"), /nothing is wrong/);
    await database.script("call ltd.cluster('third', k => 3)");
    const [clusters] = await database.query<{ n: number }>(
      "select count(*)::int as n from ltd.cluster_row where index_name = 'third'",
    );
    assert.equal(clusters!.n, 66);
    await ok("remove", "third");
  });

  it("are clustered, compared, and written into files", async () => {
    const groups = async (name: string) =>
      (await json<{ groups: object[] }>("dedupe", name, "--threshold", "0.95")).groups.length;
    assert.equal(await groups("half"), await groups("full"));
    assert.match(await ok("cluster", "half", "--k", "3", "--seed", "1"), /./);
    await ok("export", "half", "--out", join(folder, "half.ltd"), "--method", "hnsw");
    await assertAlike("--local", join(folder, "half.ltd"));
  });

  it("can lie in a column of the table, whose type must be right", async () => {
    await database.script(
      "create table shop as select * from faq; alter table shop add primary key (id); alter table shop add full_vector vector(512)",
    );
    const refused = await ltd("add", "shop", "--text", "{question}", "--column", "full_vector", "--halfvec");
    assert.match(
      refused.stderr,
      /the column full_vector of public\.shop has the type vector\(512\), not halfvec\(512\)\nhint: name another column/,
    );
    await ok("add", "shop", "--text", "{question}", "--column", "vec", "--halfvec");
    await ok("sync", "shop");
    assert.equal(await typeOf("shop", "vec"), "halfvec(512)");
    assert.equal((await database.query("select from shop where vec is null")).length, 0);
    await ok("generation", "build", "shop", "--model", "ltd-zh-2-tiny");
    await ok("generation", "switch", "shop");
    assert.match((await typeOf("shop", "vec"))!, /^halfvec/);
    assert.match(await ok("verify", "shop"), /nothing is wrong/);
    await ok("generation", "rollback", "shop");
    assert.deepEqual((await json<MatchResult>("match", "shop", "忘记密码怎么办")).answers[0]!.key, ["3"]);
    await ok("sql", "install", "--views");
    assert.equal(await typeOf("ltd.shop"), "halfvec");
  });

  it("are written for keys of any type", async () => {
    await ok("add", "faq", "--name", "coded", "--text", "{question}", "--key", "code", "--halfvec");
    await database.script(
      "create table stamped (at timestamptz primary key, question text); insert into stamped values ('2026-11-27 12:00+08', '怎么退款')",
    );
    await ok("add", "stamped", "--halfvec");
    await ok("sync");
    assert.deepEqual((await json<MatchResult>("match", "coded", "忘记密码怎么办")).answers[0]!.key, ["c3"]);
    assert.equal((await json<MatchResult>("match", "stamped", "怎么退款")).decision, "answer");
  });
});
