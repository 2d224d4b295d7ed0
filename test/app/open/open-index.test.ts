import assert from "node:assert/strict";
import { before, it } from "node:test";
import { add } from "../../../src/app/keep/add.ts";
import { addAlias } from "../../../src/app/ask/alias.ts";
import type { MatchResult } from "../../../src/app/ask/match.ts";
import { openIndex, type Index } from "../../../src/app/open/open-index.ts";
import type { Database } from "../../../src/db/database.ts";
import { openDatabase } from "../../../src/db/connect/open.ts";
import { loadModel } from "../../../src/embed/model-package.ts";
import type { LtdError } from "../../../src/errors.ts";
import { describeDatabases, describeServer } from "../../support/databases.ts";

const questions = ["如何申请退款？", "怎么修改收货地址？", "忘记密码怎么办？", "怎么开发票？", "申请退款多久到账？"];
const threads = 2;
const model = await loadModel();

interface Faq {
  id: number;
  question: string;
}

async function fill(database: Database): Promise<void> {
  await database.query("create table faq (id int primary key, question text)");
  await database.query(
    "insert into faq select row, q from json_array_elements_text($1) with ordinality as f (q, row)",
    [JSON.stringify([...questions, "😀"])],
  );
  await add(database, model, { table: "faq" });
}

describeDatabases("an open index", (databases) => {
  let database: Database;
  let index: Index<Faq>;
  before(async () => {
    database = await databases.create("initialised");
    await fill(database);
    index = await openIndex<Faq>({ database, index: "faq", threads });
    await index.sync();
  });

  it("answers many that ask together as it answers one", async () => {
    const alone: MatchResult<Faq>[] = [];
    for (const question of questions) alone.push(await index.match(question, { limit: 2 }));
    const asked = Array.from({ length: 64 }, (_, at) => at % questions.length);
    const together = await Promise.all(asked.map((at) => index.match(questions[at]!, { limit: 2 })));
    for (const [at, { question, decision, answers }] of together.entries()) {
      const same = alone[asked[at]!]!;
      assert.deepEqual([question, decision], [same.question, same.decision]);
      assert.deepEqual(
        answers.map(({ key, row, similarity }) => [key, row.question, similarity.toFixed(4)]),
        same.answers.map(({ key, row, similarity }) => [key, row.question, similarity.toFixed(4)]),
      );
    }
  });

  it("finds the rows that are like one row", async () => {
    const found = await index.similar(1, { limit: 2 });
    assert.deepEqual(
      found.map(({ key, text, row }) => [key, text, row]),
      [
        [["5"], questions[4], { id: 5, question: questions[4] }],
        [found[1]!.key, questions[Number(found[1]!.key) - 1], found[1]!.row],
      ],
    );
    assert.ok(found[0]!.similarity > found[1]!.similarity);
    assert.equal((await index.similar(1n, { limit: 1000 })).length, questions.length - 1);
  });

  it("finds them by a key of several columns", async () => {
    await database.script(`create table shop (id uuid, lang text, title text, primary key (id, lang));
      insert into shop select ('00000000-0000-0000-0000-00000000000' || id)::uuid, 'zh {"x"}', question from faq`);
    await add(database, model, { table: "shop" });
    const shop = await openIndex<{ title: string }>({ database, index: "shop", threads });
    await shop.sync();
    const key = ["00000000-0000-0000-0000-000000000001", 'zh {"x"}'];
    const [first] = await shop.similar(key);
    assert.deepEqual([first!.row.title, first!.key[1]], [questions[4], key[1]]);
    await assert.rejects(shop.similar(key[0]!), {
      code: "input",
      message: /^\(00000000-0000-0000-0000-000000000001\) is not a key of shop, whose key is \(id uuid, lang text\)$/,
    });
    await assert.rejects(shop.similar([1, "zh"]), { code: "input", message: /\(1, zh\) is not a key/ });
    await shop.close();
  });

  it("says which key is invalid, and which row has no vector", async () => {
    for (const [key, message] of [
      ["one", /\(one\) is not a key of faq, whose key is \(id integer\)/],
      [[1, 2], /\(1, 2\) is not a key/],
      [1e12, /is not a key/],
      [77, /the row 77 is not in the index/],
      [6, /the row 6 has an empty text/],
    ] as const) {
      await assert.rejects(index.similar(key), { name: "LtdError", code: "input", message });
    }
    await assert.rejects(index.similar(1, { limit: 0 }), { code: "usage" });
  });

  it("embeds one text, or says that it has no vector", async () => {
    const vector = await index.embedOne("怎么退款");
    assert.ok(vector.length === 512 && Math.abs(Math.hypot(...vector) - 1) < 1e-5);
    await assert.rejects(index.embedOne("😀！"), { code: "input", message: /"😀！" has no letter or digit/ });
  });

  it("asks nothing after a signal, and goes on afterwards", async () => {
    const signal = AbortSignal.abort();
    for (const call of [
      index.match("怎么退款", { signal }),
      index.matchAll(["怎么退款", "发票"], { signal }),
      index.similar(1, { signal }),
      index.embed(["怎么退款"], { signal }),
      index.embedOne("怎么退款", { signal }),
    ])
      await assert.rejects(call, { name: "AbortError" });
    assert.equal((await index.sync({ signal })).stopped, true);
    assert.equal((await index.match(questions[0]!)).answers[0]!.row.id, 1);
  });

  it("asks the database once for a question, and again only where that was not enough", async () => {
    const calls: string[] = [];
    const counted = new Proxy(database, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          calls.push(String(name));
          return (value as (...args: unknown[]) => unknown).apply(target, args);
        };
      },
    });
    const own = await openIndex<Faq>({ database: counted, index: "faq", threads });
    const asks = async (ask: () => Promise<unknown>) => {
      calls.length = 0;
      await ask();
      return calls;
    };
    assert.deepEqual(await asks(() => own.match("怎么退款", { limit: 2 })), ["pipeline"]);
    assert.deepEqual(await asks(() => own.match(questions[0]!)), ["pipeline"]);
    assert.deepEqual(await asks(() => own.search("怎么退款")), ["pipeline"]);
    assert.deepEqual(await asks(() => own.match("？")), []);
    assert.deepEqual(await asks(() => own.match("退款", { where: "id < 3" })), ["pipeline", "pipeline"], "few rows");
    await addAlias(database, "faq", [{ key: ["4"], question: "要个票" }]);
    assert.deepEqual(await asks(() => own.match("要个票")), ["pipeline", "pipeline"], "an alias");
    await own.close();
  });

  it("decides by thresholds that others have set since", async () => {
    const decided = async () => {
      const [asked, nothing] = await index.matchAll(["怎么退款", "？"]);
      assert.equal(nothing!.decision, "none");
      return [asked!.decision, asked!.thresholds];
    };
    const [decision, thresholds] = await decided();
    assert.notEqual(decision, "none");
    const set = (answer: number | null, suggest: number | null, margin: number | null) =>
      database.query("update ltd.index set answer_threshold = $1, suggest_threshold = $2, answer_margin = $3", [
        answer,
        suggest,
        margin,
      ]);
    await set(0.999, 0.99, 0.5);
    assert.deepEqual(await decided(), ["none", { answer: 0.999, suggest: 0.99, margin: 0.5 }]);
    await set(-1, -1, 0);
    assert.deepEqual(await decided(), ["answer", { answer: -1, suggest: -1, margin: 0 }]);
    await set(null, null, null);
    assert.deepEqual(await decided(), [decision, thresholds]);
  });

  it("stops at once when its signal aborts, whatever it waits for, and the others continue", async () => {
    const stop = new AbortController();
    const asked = Array.from({ length: 40 }, (_, at) =>
      index.match(questions[at % questions.length]!, at % 2 === 0 ? {} : { signal: stop.signal }),
    );
    setImmediate(() => stop.abort());
    for (const [at, { status }] of (await Promise.allSettled(asked)).entries()) {
      if (at % 2 === 0) assert.equal(status, "fulfilled");
    }
    const aborted = index.match("怎么退款", { signal: stop.signal });
    await assert.rejects(aborted, { name: "AbortError" });
    assert.equal((await index.match(questions[2]!)).answers[0]!.row.id, 3);
  });

  it("waits for the calls under way when it is closed, and takes no more", async () => {
    const own = await openIndex<Faq>({ database, index: "faq", threads });
    const asked = [own.match(questions[0]!), own.similar(1), own.embedOne("怎么退款"), own.status()];
    const closed = [own.close(), own.close()];
    assert.equal((await Promise.allSettled(asked)).filter(({ status }) => status === "fulfilled").length, 4);
    await Promise.all(closed);
    await own.close();
    for (const call of [own.match("怎么退款"), own.embed([]), own.sync(), own.status()])
      await assert.rejects(call, { name: "LtdError", code: "index", message: "the index faq is closed" });
    assert.equal((await database.query("select 1")).length, 1, "a database that was given stays open");
  });

  it("stops its sync when it is closed, and the next goes on", async () => {
    await database.script(`create table many (id int primary key, question text);
      insert into many select n, '第' || n || '个问题' from generate_series(1, 3000) n`);
    await add(database, model, { table: "many" });
    const own = await openIndex({ database, index: "many", threads });
    const syncing = own.sync({ onProgress: ({ phase }) => void (phase === "embed" && own.close()) });
    assert.equal((await syncing).stopped, true);
    await own.close();
    const again = await openIndex({ database, index: "many", threads });
    await again.sync();
    assert.equal((await again.status()).indexed, 3000);
    await again.close();
  });

  it("says what is no name, no question, no key and no number, as the library's own error", async () => {
    const usage = { name: "LtdError", code: "usage" };
    for (const options of [{}, { index: "" }, { index: undefined }, { index: 7 }, { local: undefined }, undefined])
      await assert.rejects(openIndex({ database, ...options } as never), {
        ...usage,
        message: /is not the name of an index/,
      });
    const told = async (asks: readonly (() => Promise<unknown>)[], error: object) => {
      for (const ask of asks) await assert.rejects(ask, error);
    };
    for (const question of [undefined, null, 7, {}] as never[])
      await told([() => index.match(question), () => index.search(question), () => index.embed([question])], {
        ...usage,
        message: /is .*, but must be a string|has at 0 .*each item a string/,
      });
    await assert.rejects(index.matchAll(undefined as never), {
      ...usage,
      message: /is undefined, but must be an array, each item a string/,
    });
    for (const key of [undefined, null, {}, [null], [["1"]], true])
      await assert.rejects(index.similar(key as never), {
        name: "LtdError",
        code: "input",
        message: /is not a key of faq/,
      });
    for (const efSearch of [Number.NaN, 0, -1, 1.5, Infinity, "100" as never])
      await told(
        [
          () => index.match("退款", { efSearch }),
          () => index.search("退款", { efSearch }),
          () => index.similar(1, { efSearch }),
        ],
        { ...usage, message: /efSearch is .*, but must be a whole number/ },
      );
    for (const limit of [Number.NaN, 0, 1001, "5" as never])
      await assert.rejects(index.match("退款", { limit }), { ...usage, message: /limit is/ });
  });

  it("refuses a number of connections that cannot be", async () => {
    await assert.rejects(openIndex({ database, index: "faq", connections: 0 }), { code: "usage" });
  });
});

describeServer("an open index", (databases) => {
  it("does not wait without limit for a table that another session has locked", async () => {
    const target = await databases.createTarget("initialised");
    const [database, other] = [await openDatabase({ url: target }), await openDatabase({ url: target })];
    await fill(database);
    const index = await openIndex<Faq>({ database, index: "faq", threads });
    await index.sync();
    await other.transaction(async (tx) => {
      await tx.query("lock table faq in access exclusive mode");
      const asks = await Promise.allSettled([index.match("退款"), index.search("退款"), index.similar(1)]);
      for (const ask of asks) {
        const { code, message, hint } = (ask as PromiseRejectedResult).reason as LtdError;
        assert.equal(code, "database");
        assert.match(message, /lock timeout/);
        assert.match(hint ?? "", /another session holds the lock/);
      }
    });
    assert.equal((await index.match("如何申请退款？")).decision, "answer");
    await index.close();
    await database.close();
    await other.close();
  });

  it("has its statements cancelled when a call is aborted, and its only connection serves the next", async () => {
    const target = await databases.createTarget("initialised");
    const database = await openDatabase({ url: target });
    await fill(database);
    const index = await openIndex<Faq>({ database: target, index: "faq", threads, connections: 1 });
    await index.sync();
    const stop = new AbortController();
    await database.transaction(async (tx) => {
      await tx.query("lock table faq in access exclusive mode");
      const asked = [
        index.match("怎么退款", { signal: stop.signal }),
        index.similar(1, { signal: stop.signal }),
        index.matchAll(questions, { signal: stop.signal }),
      ];
      const waiting = async () => {
        const text = `select count(*)::int as n from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`;
        return (await database.query<{ n: number }>(text))[0]!.n;
      };
      while ((await waiting()) === 0);
      stop.abort(new Error("the user has gone"));
      for (const call of asked) await assert.rejects(call, /the user has gone/);
      while ((await waiting()) > 0); // the lock is still held: what waited for it was cancelled
    });
    assert.equal((await index.match(questions[1]!)).answers[0]!.row.id, 2);
    await Promise.all([index.close(), index.close()]);
    await database.close();
  });

  it("is closed without a word after calls that were aborted", async () => {
    const target = await databases.createTarget("initialised");
    const database = await openDatabase({ url: target });
    await fill(database);
    const index = await openIndex<Faq>({ database, index: "faq", threads });
    await index.sync();
    const stop = new AbortController();
    const asked = Array.from({ length: 30 }, () => index.match("怎么退款", { signal: stop.signal }));
    stop.abort();
    const closing = index.close();
    for (const call of asked) await assert.rejects(call, { name: "AbortError" });
    await closing;
    assert.equal((await database.query("select 1")).length, 1);
    await database.close();
  });
});
