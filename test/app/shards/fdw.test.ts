import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import pg from "pg";
import { buildGeneration, switchGeneration } from "../../../src/app/operate/generation-shards.ts";
import { installSql } from "../../../src/app/functions/install.ts";
import { remove } from "../../../src/app/keep/remove.ts";
import { openIndex } from "../../../src/app/open/open-index.ts";
import { addShard } from "../../../src/app/shards/declare.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import type { Database } from "../../../src/db/database.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { runCli, type CliResult } from "../../support/cli.ts";
import { describeServer } from "../../support/databases.ts";
import { urlAs } from "../../support/roles.ts";
import { addressOf, aliasThose, givePassword, makeShard, split, splitRows, syncShard } from "../../support/shards.ts";

/** Names of shards: one is so long that its foreign table is named by a hash. */
const NAMES = ["a", "b", "分".repeat(15)];
const FRONT = "faq_of_many_shards";

interface Matched {
  key: string[];
  similarity: number;
  decision: string;
  found: string;
}

describeServer("ltd.match on a front", (databases) => {
  let embedder: Embedder;
  let target: string;
  let front: Database;
  const shards: Database[] = [];
  const opened: Database[] = [];
  let takeBack = (): void => {};

  const cli = (...args: string[]): Promise<CliResult> => runCli([...args, "--threads", "1"], { target });
  const create = async () => {
    const made = await databases.createTarget("initialised");
    const database = await openServer(made);
    opened.push(database);
    return { made, database };
  };
  const matched = (database: Database, index: string, question: string, k = 5, filter: object | null = null) =>
    database.query<Matched>("select * from ltd.match($1, $2, $3, $4::jsonb)", [
      index,
      question,
      k,
      filter && JSON.stringify(filter),
    ]);
  /** The tests' server reaches itself otherwise than the tests do. */
  const reachItself = async () => {
    const { address, port } = (
      await front.query<{ address: string | null; port: number | null }>(
        "select host(inet_server_addr()) as address, inet_server_port() as port",
      )
    )[0]!;
    const { username, password } = new URL(target);
    for (const { name } of await front.query<{ name: string }>("select srvname as name from pg_foreign_server")) {
      if (address !== null)
        await front.query(`alter server "${name}" options (set host '${address}', set port '${port}')`);
      await front.query(`drop user mapping for current_user server "${name}"`);
      await front.query(
        `create user mapping for current_user server "${name}" options (user '${username}', password '${password}')`,
      );
    }
  };

  before(async () => {
    embedder = await createEmbedder({ threads: 1 });
    ({ made: target, database: front } = await create());
    takeBack = givePassword(target);
    // all rows in one index, beside the front
    await makeShard(front, embedder, splitRows);
    const aliases = [
      { key: 9, question: "密码不记得了" },
      { key: 4, question: "换个地方收货" },
      { key: 13, question: "怎么退货", isNegative: true },
      { key: 17, question: "怎么退货", isNegative: true },
    ];
    await aliasThose(front, splitRows, aliases);
    await syncShard(front, embedder);
    for (const [at, rows] of split(splitRows, NAMES.length).entries()) {
      const { made, database } = await create();
      await makeShard(database, embedder, rows);
      await aliasThose(database, rows, aliases);
      await syncShard(database, embedder);
      shards.push(database);
      await addShard(front, FRONT, { name: NAMES[at]!, url: addressOf(made), index: "faq" });
    }
  });
  after(async () => {
    await Promise.all(opened.map((database) => database.close()));
    await embedder.close();
    takeBack();
  });

  it("says what is missing, one thing after the other", async () => {
    await installSql(front);
    await assert.rejects(matched(front, FRONT, "怎么退款"), {
      message: /the shard a of faq_of_many_shards cannot be asked in SQL yet/,
      hint: /ltd-index shard fdw faq_of_many_shards/,
    });
    const printed = await cli("shard", "fdw", FRONT, "--print-sql");
    assert.equal(printed.code, 0, printed.stderr);
    assert.match(printed.stdout, /-- on the shard a\ndrop view[^]*-- on the front\ncreate extension[^]*create server/);
    assert.deepEqual(await front.query("select from pg_foreign_server"), [], "nothing was done");
    const linked = await cli("shard", "fdw", FRONT);
    assert.equal(linked.stdout, `ltd.match('${FRONT}', …) asks: ${NAMES.join(", ")}\n`, linked.stderr);
    await reachItself();
    assert.equal((await cli("shard", "fdw", FRONT)).code, 0, "again, with the options that it has");
    assert.match((await cli("shard", "fdw", "none")).stderr, /there is no front "none"/);
    await assert.rejects(matched(front, "none", "怎么退款"), { message: /there is no index "none"/ });
  });

  it("answers as one index with all rows does", async () => {
    const questions = [
      "怎么退款",
      "怎么退货",
      "密码不记得了",
      "换个地方收货",
      "花呗如何还钱",
      "收货地址填错了",
      "今天天气怎么样",
      "docker 起不来",
      "!!!",
    ];
    for (const question of questions) {
      const expected = await matched(front, "faq", question, 4);
      assert.deepEqual(await matched(front, FRONT, question, 4), expected, question);
    }
    assert.equal((await matched(front, FRONT, "密码不记得了"))[0]!.found, "alias");
    for (const filter of [{ category: "物流" }, { id: "13" }, { id: 13, category: "支付" }, { id: 999 }]) {
      const expected = await matched(front, "faq", "怎么退款", 5, filter);
      assert.deepEqual(await matched(front, FRONT, "怎么退款", 5, filter), expected, JSON.stringify(filter));
    }
    await assert.rejects(matched(front, FRONT, "怎么退款", 0), { message: /k is 0/ });
  });

  it("decides as the library does on the front, by the thresholds of the shards", async () => {
    const asked = await openIndex({ index: FRONT, database: front, threads: 1 });
    const questions = ["怎么退款", "怎么退货", "花呗如何还钱", "今天天气怎么样", "发票怎么开"];
    const same = async () => {
      for (const question of questions) {
        const { decision, answers } = await asked.match(question);
        const [first] = await matched(front, FRONT, question);
        assert.deepEqual([first!.decision, first!.key], [decision, answers[0]!.key], question);
      }
    };
    await same();
    const all = (answer: number | null, suggest: number | null) =>
      Promise.all(
        shards.map((shard) =>
          shard.query("update ltd.index set answer_threshold = $1, suggest_threshold = $2", [answer, suggest]),
        ),
      );
    await all(0.000_001, 0);
    assert.equal((await matched(front, FRONT, "今天天气怎么样"))[0]!.decision, "answer");
    await same();
    await all(null, null);
    await asked.close();
  });

  it("waits for all shards at once, each with its own limit", async () => {
    // the plans of statements inside of functions go to who asks
    const plans: string[] = [];
    const client = new pg.Client(target);
    client.on("notice", ({ message }) => plans.push(message ?? ""));
    await client.connect();
    try {
      await client.query(`load 'auto_explain'; set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on;
        set auto_explain.log_verbose = on; set client_min_messages = log`);
      await client.query("select * from ltd.match($1, '怎么退款')", [FRONT]);
    } finally {
      await client.end();
    }
    const plan = plans.find((each) => each.includes("Foreign Scan"))!;
    assert.equal(plan.match(/Async Foreign Scan/g)?.length, 2 * NAMES.length, plan);
    assert.equal(plan.match(/Remote SQL: .* ORDER BY .* LIMIT .?20.?::bigint/g)?.length, NAMES.length, plan);
  });

  it("is checked by doctor", async () => {
    assert.match((await cli("doctor")).stdout, /ok +ltd\.match of faq_of_many_shards: 3 shards, by postgres_fdw/);
    await front.query(`alter server "ltd.${FRONT}.b" options (set use_remote_estimate 'true')`);
    assert.match((await cli("doctor")).stdout, /use_remote_estimate is on for b: a question may fetch whole tables/);
    await front.query(`alter server "ltd.${FRONT}.b" options (set use_remote_estimate 'false')`);
    await front.query(`drop foreign table ltd."${FRONT}.a"`);
    assert.match((await cli("doctor")).stdout, /no foreign table of a/);
    await cli("shard", "fdw", FRONT);
  });

  it("is asked by a role that may read nothing else", async () => {
    const role = `ltd_fdw_reader_${process.pid}`;
    await front.script(`create role ${role} login password 'secret'`);
    const reader = await openServer(urlAs(target, role));
    try {
      await front.script((await cli("grant", "reader", FRONT, "to", role)).stdout);
      for (const [at, shard] of shards.entries()) {
        const granted = await runCli(["grant", "reader", "faq", "to", role], { database: shard });
        await shard.script(granted.stdout);
        const server = (await front.query<{ srvname: string }>("select srvname from pg_foreign_server order by oid"))[
          at
        ]!;
        await front.query(
          `create user mapping for ${role} server "${server.srvname}" options (user '${role}', password 'secret')`,
        );
      }
      assert.deepEqual((await matched(reader, FRONT, "怎么退款"))[0]!.key, ["13"]);
    } finally {
      await reader.close();
      await front.script(`drop owned by ${role}`);
      for (const shard of shards) await shard.script(`drop owned by ${role}`);
      await front.script(`drop role ${role}`);
    }
  });
  it("fails where a shard is late, down or of another generation, and names it", async () => {
    await front.query(`alter server "ltd.${FRONT}.b" options (set options '-c statement_timeout=300')`);
    await shards[1]!.transaction(async (tx) => {
      await tx.query("lock table faq in access exclusive mode");
      await assert.rejects(matched(front, FRONT, "怎么退款"), /statement timeout/);
    });
    await front.query(`alter server "ltd.${FRONT}.b" options (set port '1')`);
    await assert.rejects(matched(front, FRONT, "怎么退款"), /could not connect to server "ltd.faq_of_many_shards.b"/);
    await reachItself();
    assert.equal((await matched(front, FRONT, "怎么退款"))[0]!.key[0], "13");
    await shards[0]!.query(
      "insert into ltd.weight (index_id, word, idf, fitted) select id, '账号', 2, false from ltd.index",
    );
    await assert.rejects(matched(front, FRONT, "怎么退款"), {
      message: /the shard a of faq_of_many_shards cannot be compared/,
    });
    await shards[0]!.query("delete from ltd.weight");
  });

  it("follows a switch of generations, and goes with its shards", async () => {
    await buildGeneration(front, FRONT, embedder.model, { threads: 1 });
    await shards[0]!.query("update faq set question = '怎么绑定新的手机号' where id = 3");
    await switchGeneration(front, FRONT, { threads: 1 });
    assert.deepEqual((await matched(front, FRONT, "怎么绑定新的手机号"))[0]!.key, ["3"]);
    assert.equal((await cli("shard", "remove", FRONT, "a")).code, 0);
    assert.equal((await front.query("select from pg_foreign_server")).length, 2);
    await remove(shards[0]!, "faq");
    assert.deepEqual(
      await shards[0]!.query("select from pg_views where schemaname = 'ltd' and viewname like 'faq.%'"),
      [],
    );
  });
});
