import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { init } from "../../../src/app/keep/init.ts";
import { add } from "../../../src/app/keep/add.ts";
import type { WatchEvent } from "../../../src/app/keep/watch.ts";
import { watch } from "../../../src/app/shards/watch.ts";
import { openIndex } from "../../../src/app/open/open-index.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import type { Database } from "../../../src/db/database.ts";
import type { MatchResult } from "../../../src/app/ask/match.ts";
import type { IndexStatus } from "../../../src/app/status.ts";
import { McpTools } from "../../../src/serve/mcp-tools.ts";
import { serve } from "../../../src/serve/server.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { loadModel } from "../../../src/embed/model-package.ts";
import { runCli, type CliResult } from "../../support/cli.ts";
import { describeServer } from "../../support/databases.ts";
import { urlAs } from "../../support/roles.ts";
import { addressOf, givePassword, makeShard, split, splitRows, type SplitRow } from "../../support/shards.ts";
import { until } from "../../support/until.ts";
import { writeTinyModel } from "../../support/tiny-model.ts";

describeServer("a front", (databases) => {
  let embedder: Embedder;
  let target: string;
  let front: Database;
  const opened: Database[] = [];
  const addresses: string[] = [];
  const shards: Database[] = [];
  let takeBack = (): void => {};

  const create = async (): Promise<[address: string, database: Database, target: string]> => {
    const made = await databases.createTarget("initialised");
    const database = await openServer(made);
    opened.push(database);
    return [addressOf(made), database, made];
  };
  const cli = (...args: string[]): Promise<CliResult> => runCli([...args, "--threads", "1"], { target });
  const fails = async (expected: RegExp, ...args: string[]) => {
    const { code, stderr } = await cli(...args);
    assert.ok(code === 1 || code === 2, stderr);
    assert.match(stderr, expected);
  };

  before(async () => {
    embedder = await createEmbedder({ threads: 1 });
    [, front, target] = await create();
    takeBack = givePassword(target);
    for (const rows of split(splitRows, 2)) {
      const [address, database] = await create();
      await makeShard(database, embedder, rows);
      shards.push(database);
      addresses.push(address);
    }
  });
  after(async () => {
    await Promise.all(opened.map((database) => database.close()));
    await embedder.close();
    takeBack();
  });

  it("is declared shard by shard, or by the statements that are printed", async () => {
    const added = await cli("shard", "add", "faq", "a", addresses[0]!);
    assert.equal(added.code, 0, added.stderr);
    assert.match(added.stdout, /^added a to faq: faq at postgres:\/\/.*; shards now: 1$/m);
    const printed = await cli("shard", "add", "faq", "b", addresses[1]!, "--deadline", "1500", "--print-sql");
    assert.match((await cli("shard", "list", "faq")).stdout, /^deadline +2,000 ms\na +faq at [^\n]+\n$/m);
    await front.script(printed.stdout);
    const [listed] = JSON.parse(`[${(await cli("shard", "list", "--json")).stdout}]`) as [
      { name: string; deadlineMs: number; shards: object[] },
    ];
    assert.deepEqual([listed.name, listed.deadlineMs], ["faq", 1500]);
    assert.deepEqual(
      listed.shards,
      addresses.map((url, at) => ({ name: ["a", "b"][at], url, index: "faq" })),
    );
    const verified = await cli("shard", "verify", "faq");
    assert.equal(verified.stdout, "faq: 2 shards, nothing is wrong\n  a: 12 entries\n  b: 12 entries\n");
  });

  it("is asked, counted, kept and checked by the same verbs as an index", async () => {
    const matched = await cli("match", "faq", "怎么退款", "--limit", "2");
    assert.equal(matched.code, 0, matched.stderr);
    assert.match(
      matched.stdout,
      /^怎么退款\n {2}answer \(the same question\)\n {2}1\.000 {2}13 {2}怎么退款 {2}\(also 17\)\n/,
    );
    assert.match((await cli("search", "faq", "E1042")).stdout, /^E1042\n {2}6 {2}错误码 E1042 是什么意思/);
    await shards[1]!.query("insert into faq values (101, '怎么绑定银行卡', '支付')");
    const status = await cli("status", "faq");
    assert.match(status.stdout, /^entries +24$/m);
    assert.match(status.stdout, /^shards +a: 12 entries, 0 pending; b: 12 entries, 1 pending$/m);
    const synced = await cli("sync");
    assert.match(synced.stdout, /^faq: 1 embedded/, synced.stderr);
    assert.equal(synced.code, 0);
    assert.match((await cli("match", "faq", "绑定银行卡")).stdout, /101 {2}怎么绑定银行卡/);
    const verified = await cli("verify", "faq");
    assert.match(
      verified.stdout,
      /^faq\/a: 12 rows compared, nothing is wrong.*\nfaq\/b: 13 rows compared, nothing is wrong/,
    );
    assert.match(verified.stdout, /faq: 2 shards, nothing is wrong/);
    await shards[1]!.query("alter table faq rename column question to asked");
    const unverified = await cli("verify", "faq");
    assert.deepEqual(unverified.code, 3);
    assert.match(unverified.stdout, /faq\/a: [^\n]*nothing is wrong[^]*faq\/b: 0 rows compared, WRONG.*\n {2}.*faq/);
    await shards[1]!.query("alter table faq rename column asked to question");
    const doctor = await cli("doctor");
    assert.match(doctor.stdout, /shard a of faq: 0 rows wait for sync[^]*shard b of faq/);
    await fails(/faq is a front: its rows are on several servers/, "generation", "drop", "faq", "1");
    await fails(/faq is a front/, "remove", "faq");
    await front.query("create table own (id bigint primary key, question text)");
    await fails(/there is a front faq in this database/, "add", "own", "--name", "faq");
  });

  it("is watched: the shards at once, each under its name", async () => {
    const stop = new AbortController();
    const events: WatchEvent[] = [];
    const onEvent = (event: WatchEvent) => void events.push(event);
    const watching = watch(front, { names: ["faq"], threads: 1, pollMs: 500, signal: stop.signal, onEvent });
    await shards[0]!.query("insert into faq values (102, '怎么解绑银行卡', '支付')");
    await shards[1]!.query("insert into faq values (103, '怎么更换手机号', '账号')");
    const synced = (name: string) => events.some((each) => each.event === "synced" && each.index === name);
    await until("both shards are embedded", () => synced("faq/a") && synced("faq/b"));
    stop.abort();
    await watching;
    const ready = events.flatMap((each) => (each.event === "ready" ? each.indexes : []));
    assert.deepEqual(ready.toSorted(), ["faq/a", "faq/b"]);
    assert.match((await cli("match", "faq", "更换手机号码")).stdout, /103 {2}怎么更换手机号/);
    // with what it can never work on it ends at once, and the shards are not watched any more
    await fails(/there is no index "nowhere"/, "watch", "faq", "nowhere");
    for (const [at, id] of ["102", "103"].entries()) await shards[at]!.query("delete from faq where id = $1", [id]);
    assert.match((await cli("sync")).stdout, /^faq: 0 embedded, 2 deleted/);
  });

  it("lists the rows of its shards that failed, and tries them again", async () => {
    const [{ id }] = (await shards[1]!.query("select id from ltd.index where name = 'faq'")) as [{ id: number }];
    await shards[1]!.query(
      "insert into ltd.queue (index_id, key, attempts, failed_at, last_error) values ($1, '{7}', 5, now(), 'no room')",
      [id],
    );
    assert.match((await cli("sync", "faq")).stdout, /1 FAILED \(see ltd-index failed\)/);
    for (const name of [["faq"], []])
      assert.match((await cli("failed", ...name)).stdout, /^faq\/b {2}7 {2}20\S+ {2}no room\n$/);
    assert.match((await cli("retry", "faq")).stdout, /^faq\/a: 0 rows queued again\nfaq\/b: 1 rows? queued again\n$/);
    assert.equal((await cli("sync", "faq")).code, 0);
  });

  it("is served over HTTP, and to assistants", async () => {
    const serving = await serve(front, { port: 0, threads: 1 });
    const post = async (path: string, body: object): Promise<unknown> => {
      const headers = { "content-type": "application/json" };
      return (await fetch(`${serving.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) })).json();
    };
    const tools = new McpTools({ open: () => Promise.resolve(front), owned: false, threads: 1 });
    const { signal } = new AbortController();
    try {
      assert.deepEqual(serving.indexes, ["faq"]);
      const matched = (await post("/v1/match", { question: "怎么退款" })) as MatchResult;
      assert.deepEqual([matched.decision, matched.answers[0]!.key], ["answer", ["13"]]);
      assert.deepEqual(await tools.call("match", { question: "怎么退款" }, signal), matched);
      const similar = await post("/v1/similar", { key: 13, limit: 2 });
      assert.deepEqual(await tools.call("similar", { key: 13, limit: 2 }, signal), similar);
      const { indexes } = (await (await fetch(`${serving.url}/v1/indexes`)).json()) as { indexes: IndexStatus[] };
      assert.deepEqual([indexes[0]!.entries, indexes[0]!.shards!.length], [25, 2]);
      const vote = (await post("/v1/feedback", {
        questionId: crypto.randomUUID(),
        helped: true,
        voter: "a",
      })) as object;
      assert.match(JSON.stringify(vote), /there is no question [0-9a-f-]+ in the log/);
    } finally {
      await tools.close();
      await serving.close();
    }
  });

  it("is asked by a role that may read nothing but where the shards are", async () => {
    const role = `ltd_front_reader_${process.pid}`;
    await front.script(`create role ${role} login password 'secret'`);
    const reader = await openServer(urlAs(target, role));
    try {
      await assert.rejects(openIndex({ index: "faq", database: reader }), { code: "database" });
      await front.script((await cli("grant", "reader", "faq", "to", role)).stdout);
      const asked = await openIndex<SplitRow>({ index: "faq", database: reader, threads: 1 });
      assert.deepEqual((await asked.match("怎么退款")).answers[0]!.key, ["13"]);
      await asked.close();
      const [ofCurator, ofReader] = await Promise.all(
        ["curator", "reader"].map((kind) => cli("grant", kind, "faq", "to", role)),
      );
      assert.deepEqual(ofCurator, ofReader);
    } finally {
      await reader.close();
      await front.script(`drop owned by ${role}; drop role ${role}`);
    }
  });

  it("says which shard did not answer in time, and then answers nothing for sure", async () => {
    const asked = await openIndex<SplitRow>({ index: "faq", database: front, threads: 1 });
    assert.deepEqual([(await asked.match("怎么退款")).decision], ["answer"]);
    await shards[0]!.transaction(async (tx) => {
      await tx.query("lock table faq in access exclusive mode");
      const started = performance.now();
      const late = await asked.match("怎么退款");
      assert.ok(performance.now() - started < 9_000, "1.5 s are waited for, not the 10 s of lock_timeout");
      assert.deepEqual([late.partial, late.decision], [["a"], "suggest"]);
      assert.deepEqual(late.answers[0]!.key, ["13"], "the row of the other shard");
      const { partial, hits } = await asked.search("E1042");
      assert.deepEqual([partial, hits.some(({ key }) => key[0] === "6")], [["a"], false]);
      await assert.rejects(asked.similar(13), { code: "database", message: "these shards do not answer: a" });
      const told = await cli("match", "faq", "怎么退款");
      assert.match(told.stdout, /suggest[^]*partial: the rows of a are missing/);
      assert.match(told.stderr, /note: without the shard a: the shard a did not answer within 1500 ms/);
    });
    assert.ok(!("partial" in (await asked.match("怎么退款"))), "it answers again");
    await shards[0]!.transaction(async (tx) => {
      await tx.query("lock table ltd.queue in access exclusive mode");
      assert.match((await asked.status()).problems.join(), /^shard a: the shard a did not answer within 3000 ms$/);
    });
    await asked.close();
  });

  it("is asked with a shard that is down, and finds it again when it is back", async () => {
    const away = shards.map((database, at) => ({ name: ["a", "b"][at]!, database }));
    let isDown = true;
    const mortal = new Proxy(shards[1]!, {
      get: (database, name) => {
        if (isDown && name === "pipeline")
          return () => Promise.reject(Object.assign(new Error("gone"), { code: "57P01" }));
        const value: unknown = Reflect.get(database, name);
        return typeof value === "function" ? (value.bind(database) as unknown) : value;
      },
    });
    const asked = await openIndex<SplitRow>({
      index: "faq",
      shards: [away[0]!, { name: "b", database: mortal }],
      threads: 1,
    });
    await assert.rejects(asked.match("怎么退款"), { message: "gone" });
    isDown = false;
    assert.deepEqual((await asked.match("怎么退款")).decision, "answer");
    await asked.close();

    await front.query("insert into ltd.shard values ('faq', 'gone', 'postgres://nobody@127.0.0.1:1/none', 'faq')");
    const told = await cli("match", "faq", "怎么退款");
    assert.match(told.stdout, /suggest[^]*partial: the rows of gone are missing/);
    assert.match(
      told.stderr,
      /note: without the shard gone: nothing listens at postgres:\/\/nobody@127\.0\.0\.1:1\/none/,
    );
    const status = await cli("status", "faq");
    assert.match(status.stdout, /gone does not answer$/m);
    const verified = await cli("shard", "verify", "faq");
    assert.equal(verified.code, 3);
    assert.match(verified.stdout, /gone: WRONG: nothing listens/);
    const { code, stdout } = await cli("doctor");
    assert.deepEqual([code, /problem +shard gone of faq: nothing listens/.test(stdout)], [3, true], stdout);
    assert.equal((await cli("sync", "faq")).code, 1);
    assert.equal((await cli("shard", "remove", "faq", "gone")).stdout, "removed gone from faq; shards now: 2\n");
  });

  it("refuses a shard that differs, with the first difference", async () => {
    const [address, database] = await create();
    await fails(/there is no index "faq"/, "shard", "add", "faq", "c", address);
    const rows = [{ id: 500, question: "怎么注销账号", category: "账号" }];
    await makeShard(database, embedder, rows);
    await database.query("update ltd.index set answer_threshold = 0.9");
    await fails(
      /c cannot join faq: its answer threshold is 0\.9, not the model's as on a/,
      "shard",
      "add",
      "faq",
      "c",
      address,
    );
    await database.query("update ltd.index set answer_threshold = null");
    await database.query(
      "insert into ltd.weight (index_id, word, idf, fitted) select id, '账号', 2, false from ltd.index",
    );
    await fails(/c cannot join faq: its word weights differ/, "shard", "add", "faq", "c", address);
    await database.query("delete from ltd.weight");
    await database.query("insert into faq values (13, '怎么退钱', '支付')");
    await runCli(["sync", "--threads", "1"], { database });
    await fails(/c cannot join faq: the key 13 is on b, too/, "shard", "add", "faq", "c", address);
    await database.query("delete from faq where id = 13");
    await runCli(["sync", "--threads", "1"], { database });
    assert.equal((await cli("shard", "add", "faq", "c", address)).code, 0);
    await fails(/faq has a shard c already/, "shard", "add", "faq", "c", address);
    await fails(/d cannot join faq: it is the shard c/, "shard", "add", "faq", "d", address);

    await database.query("insert into faq values (13, '怎么退钱', '支付'), (14, '钱退了吗', '支付')");
    await runCli(["sync", "--threads", "1"], { database });
    const verified = await cli("shard", "verify", "faq");
    assert.equal(verified.code, 3);
    assert.match(verified.stdout, /2 keys on several shards\n {4}13: on b, c\n {4}14: on a, c/);
    assert.equal((await cli("shard", "remove", "faq", "c")).code, 0);
  });

  it("refuses a shard of another model or template", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ltd-shard-"));
    try {
      await writeTinyModel(folder, "tiny", 16);
      const model = await loadModel(folder);
      const [address, database] = await create();
      await database.query("create table faq (id bigint primary key, question text, category text)");
      await init(database, model);
      await add(database, model, { table: "faq", template: "{question}" });
      await add(database, embedder.model, { table: "faq", template: "{question} {category}", name: "other" });
      const refused = /its model is "tiny", not "ltd-zh-/;
      await fails(refused, "shard", "add", "faq", "c", address);
      await fails(
        /its template is "\{question\} \{category\}", not/,
        "shard",
        "add",
        "faq",
        "c",
        address,
        "--index",
        "other",
      );
      // one that is a shard already, and was changed behind the front
      await front.query("insert into ltd.shard values ('faq', 'c', $1, 'faq')", [address]);
      const told = await cli("match", "faq", "怎么退款");
      assert.match(
        told.stderr,
        /note: without the shard c: the shard c cannot be compared with the others: its model is "tiny"/,
      );
      assert.match(told.stdout, /partial: the rows of c are missing/);
      assert.match((await cli("shard", "verify", "faq")).stdout, refused);
      await cli("shard", "remove", "faq", "c");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("refuses itself, passwords, credentials that do not work, and names that are taken", async () => {
    await fails(/has a password, which would be stored/, "shard", "add", "faq", "c", target);
    await fails(/has a password/, "shard", "add", "faq", "c", "postgres://app@db1/app?sslpassword=secret");
    await fails(/there is no server socket/, "shard", "add", "faq", "c", "postgres://app@/app?host=/nowhere");
    await fails(/begins with postgres:\/\//, "shard", "add", "faq", "c", "db1");
    await fails(/a shard cannot be called "C!"/, "shard", "add", "faq", "C!", addresses[0]!);
    await fails(/faq of the shard c is a front itself/, "shard", "add", "faq", "c", addressOf(target));
    await add(front, embedder.model, { table: "own" });
    await fails(
      /c is in the database of the front itself/,
      "shard",
      "add",
      "faq",
      "c",
      addressOf(target),
      "--index",
      "own",
    );
    await fails(/this database has an index own/, "shard", "add", "own", "c", addresses[0]!);
    const wrong = new URL(addresses[0]!);
    wrong.username = "nobody_here";
    await fails(/refuses the login/, "shard", "add", "faq", "c", wrong.href);
    await fails(/faq has no shard "x"/, "shard", "remove", "faq", "x");
    await fails(/there is no front "x"/, "shard", "verify", "x");
    await fails(/--deadline/, "shard", "add", "faq", "c", addresses[0]!, "--deadline", "5");
  });

  it("goes with its last shard", async () => {
    await cli("shard", "remove", "faq", "a");
    assert.equal((await cli("shard", "remove", "faq", "b")).stdout, "removed faq with its last shard\n");
    await fails(/there is no index "faq"/, "match", "faq", "怎么退款");
  });
});
