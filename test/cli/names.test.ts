import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import type { MatchResult } from "../../src/app/ask/match.ts";
import type { Database } from "../../src/db/database.ts";
import { serve } from "../../src/serve/server.ts";
import { cliOf, runCli } from "../support/cli.ts";
import { describeDatabases } from "../support/databases.ts";

const TEXTS = ["如何申请退款？", "怎么修改收货地址？", "忘记密码怎么办？", "怎么申请退款", "密码忘了怎么找回"];

describeDatabases("an index with a Chinese name", (databases) => {
  let database: Database;
  let folder: string;
  const { ltd, ok, json } = cliOf(() => database);
  const bestOf = ({ answers }: MatchResult) => answers[0]!.key;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-names-"));
    database = await databases.create("initialised");
    await database.script("create table 常见问题 (编号 bigint primary key, 问题 text, 分类 text)");
    await database.query(
      "insert into 常见问题 select n, t, '售后' from unnest($1::text[]) with ordinality as r (t, n)",
      [TEXTS],
    );
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("is named as its table, and says so where the table's name is none", async () => {
    assert.match(await ok("add", "常见问题", "--text", "{问题}"), /^index +常见问题\ntable +public\.常见问题$/m);
    await database.script('create table "常见问题（新）" (id int primary key, 问题 text)');
    const { code, stderr } = await ltd("add", '"常见问题（新）"');
    assert.equal(code, 1);
    assert.match(
      stderr,
      /an index cannot be called "常见问题（新）"\nhint: give it a name with --name: for example 常见问题_新: /,
    );
    assert.match(
      (await ltd("match", "常见问提", "退款")).stderr,
      /there is no index "常见问提"\nhint: the indexes are: 常见问题$/m,
    );
  });

  it("is asked, by every way", async () => {
    await ok("sync", "常见问题");
    assert.deepEqual(bestOf(await json("match", "常见问题", "怎么退款呀")), ["4"]);
    assert.equal(
      (await json<{ hits: object[] }>("search", "常见问题", "密码", "--where", "分类 = '售后'")).hits.length,
      5,
    );
    await ok("alias", "add", "常见问题", "1", "钱能退吗");
    assert.deepEqual(bestOf(await json("match", "常见问题", "钱能退吗")), ["1"]);
    await ok("sync");
    await ok("sql", "install", "--views");
    const [row] = await database.query("select key, found from ltd.match('常见问题', '钱能退吗') limit 1");
    assert.deepEqual(row, { key: ["1"], found: "alias" });
    assert.equal((await database.query("select * from ltd.search('常见问题', '密码')")).length, 5);
    assert.equal((await database.query("select * from ltd.similar('常见问题', '{1}', 2)")).length, 2);
    assert.equal((await database.query("select * from ltd.entry_常见问题")).length, 5);
    assert.equal((await database.query("select 问题, embedding from ltd.常见问题")).length, 5);
    await ok("sql", "uninstall");
  });

  it("is looked after by every verb", async () => {
    for (const verb of ["status", "failed", "retry", "verify", "dedupe"]) await ok(verb, "常见问题");
    await ok("weights", "set", "常见问题", "退款", "3");
    await ok("cluster", "常见问题", "--k", "2", "--save", "主题");
    assert.match(
      (await ltd("cluster", "常见问题", "--save", "主题！")).stderr,
      /a clustering cannot be called "主题！"\nhint: for example 主题:/,
    );
    assert.match(await ok("cluster", "常见问题", "--save", "主题", "--rows"), /退款/);
    await writeFile(
      join(folder, "例子.csv"),
      `text,label\n${TEXTS.map((text, at) => `${text},${at % 2}`).join("\n")}\n`,
    );
    await ok("classify", "train", "常见问题", "分类", join(folder, "例子.csv"));
    assert.equal((await database.query("select label from ltd.class_分类")).length, 5);
    await ok("classify", "drop", "分类");
    await ok("log", "on", "常见问题");
    await ok("match", "常见问题", "今天天气怎么样");
    assert.match(await ok("gaps", "常见问题"), /今天天气怎么样/);
    await ok("accept", "常见问题", "2", "地址写错了");
    assert.match(await ok("journal", "常见问题"), /地址写错了/);
    await ok("report", "常见问题", "--out", join(folder, "报告.html"));
    assert.match(await readFile(join(folder, "报告.html"), "utf8"), /<title>[^<]*常见问题/);
    assert.match(
      await ok("grant", "reader", "常见问题", "to", "客服"),
      /on "ltd"\."entry_常见问题" to "客服"|grant .*entry_常见问题/,
    );
    assert.doesNotMatch(await ok("doctor"), /^error/m);
    const completed = await runCli(["completion", "words", "--", "match", "常"], { database });
    assert.equal(completed.stdout, "常见问题\n");
  });

  it("goes into a file and a page, and comes from another model", async () => {
    await ok("export", "常见问题", "--out", join(folder, "常见问题.ltd"));
    assert.deepEqual(bestOf(await json("match", "--local", join(folder, "常见问题.ltd"), "怎么退款呀")), ["4"]);
    await ok("export", "常见问题", "--html", join(folder, "页.html"));
    assert.match(await readFile(join(folder, "页.html"), "utf8"), /常见问题/);
    await ok("generation", "build", "常见问题", "--model", "ltd-zh-2-tiny");
    await ok("generation", "switch", "常见问题");
    assert.match(await ok("generation", "list", "常见问题"), /ltd-zh-2-tiny/);
    await ok("generation", "rollback", "常见问题");
  });

  it("is served over HTTP, with its name in routes and metrics", async () => {
    const server = await serve(database, { names: ["常见问题"], threads: 1, port: 0 });
    try {
      const post = (path: string, given: object) =>
        fetch(server.url + path, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(given),
        });
      const answered = await post("/v1/match", { index: "常见问题", question: "怎么退款呀" });
      assert.deepEqual(bestOf((await answered.json()) as MatchResult), ["4"]);
      const wrong = await post("/v1/match", { index: "常见问提", question: "退款" });
      assert.deepEqual([wrong.status, /常见问提/.test(await wrong.text())], [404, true]);
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      assert.match(metrics, /^ltd_entries\{index="常见问题"\} 5$/m);
      assert.equal((await fetch(server.url)).status, 200);
    } finally {
      await server.close();
    }
  });

  it("can be as long as a name can be, with vectors in a column whose HNSW index has the name", async () => {
    const name = "问".repeat(15);
    await database.script("create table 售后 (id int primary key, 问题 text)");
    await database.query("insert into 售后 select n, '怎么退款' || n from generate_series(1, 60) as n");
    await ok("add", "售后", "--name", name, "--column", "向量");
    await ok("sync", name);
    const [built] = await database.query<{ name: string }>(
      "select indexrelid::regclass::text as name from pg_index where indrelid = '售后'::regclass and not indisprimary",
    );
    assert.equal(built?.name.replaceAll('"', ""), `ltd_${name}_embedding_idx`);
    assert.match(await ok("status", name), /vector index +(ok|valid)/);
    await ok("remove", name);
    assert.match((await ltd("add", "售后", "--name", `${name}题`)).stderr, /at most 45 bytes/);
  });

  it("is removed without a trace", async () => {
    await ok("remove", "常见问题");
    const [left] = await database.query(
      "select count(*)::int as n from pg_class where relnamespace = 'ltd'::regnamespace and relname ~ '[^ -~]'",
    );
    assert.deepEqual(left, { n: 0 });
  });
});
