import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { add } from "../../../src/app/keep/add.ts";
import { remove } from "../../../src/app/keep/remove.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { installSql } from "../../../src/app/functions/install.ts";
import { feedback } from "../../../src/app/loop/feedback.ts";
import { logStatus, setLog, stopLog } from "../../../src/app/operate/log.ts";
import { QuestionLog } from "../../../src/app/loop/question-log.ts";
import { openIndex, type Index } from "../../../src/app/open/open-index.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder } from "../../../src/embed/embedder.ts";
import { runCli } from "../../support/cli.ts";
import { describeDatabases, describeServer } from "../../support/databases.ts";

interface Logged {
  id: string;
  question: string;
  decision: string;
  source: string;
  key: string[] | null;
}

async function prepare(database: Database, withSql: boolean): Promise<void> {
  const embedder = await createEmbedder({ model: "ltd-zh-2-tiny", threads: 1 });
  await database.query("create table faq (id int primary key, question text)");
  await database.query("insert into faq values (1, '如何申请退款'), (2, '怎么修改收货地址'), (3, '忘记密码怎么办')");
  const { installModel } = await import("../../../src/app/install-model.ts");
  await installModel(database, embedder.model);
  await add(database, embedder.model, { table: "faq", template: "{question}" });
  await sync(database, await getIndex(database, "faq"), embedder);
  await embedder.close();
  if (withSql) await installSql(database);
}

/** What the log holds, inbox and days, the oldest first. */
const logged = (database: Database) =>
  database.query<Logged>(`select id::text, question, decision, source, key from (
    select id, question, decision, source, key, asked_at from ltd.question
    union all select id, question, decision, source, key, asked_at from ltd.question_inbox) q order by asked_at`);

describeDatabases("the question log", (databases) => {
  let database: Database;
  let index: Index;
  before(async () => {
    database = await databases.create("initialised");
    await prepare(database, true);
    index = await openIndex({ database, index: "faq", threads: 1 });
  });
  after(() => index.close());
  const empty = () => runCli(["log", "clear", "faq"], { database });

  it("stores nothing while it is off, in any way to ask", async () => {
    assert.equal((await index.match("怎么退款")).questionId, null);
    await runCli(["match", "faq", "怎么退款"], { database });
    const rows = await database.query("select question_id from ltd.match('faq', '怎么退款')");
    assert.deepEqual(rows[0], { question_id: null });
    const log = new QuestionLog(database, "faq", "library");
    log.record({ question: "x", decision: "none", chance: null, key: null, similarity: null });
    await log.flush();
    assert.deepEqual([await logged(database), log.dropped], [[], 1]);
    assert.equal((await logStatus(database, "faq")).settings, null);
  });

  it("stores what library, CLI and SQL are asked, with the decision, under the id that the asker was given", async () => {
    const on = await runCli(["log", "on", "faq", "--sample", "1.0", "--keep", "30d"], { database });
    assert.match(on.stdout, /log +on\nkeeps +every question; without phones, ids; 30 days, 100,000 a day at most/);
    const first = await index.match("我要申请退款");
    assert.match(first.questionId!, /^[0-9a-f-]{36}$/);
    const nothing = await index.match("？！");
    assert.equal(nothing.questionId, null, "a question without a letter or digit says nothing");
    const cli = JSON.parse((await runCli(["match", "faq", "密码忘了", "--json"], { database })).stdout) as {
      questionId: string;
    };
    const sql = await database.query<{ question_id: string }>(
      "select question_id::text from ltd.match('faq', '今天天气怎么样', 2)",
    );
    assert.equal(new Set(sql.map((row) => row.question_id)).size, 1);
    await index.feedback({ questionId: first.questionId!, helped: true, voter: "u" }); // writes what waits
    await logStatus(database, "faq");
    const found = await logged(database);
    assert.deepEqual(
      new Map(found.map(({ id, question, source }) => [id, `${source} ${question}`])),
      new Map([
        [first.questionId, "library 我要申请退款"],
        [cli.questionId, "cli 密码忘了"],
        [sql[0]!.question_id, "sql 今天天气怎么样"],
      ]),
    );
    assert.deepEqual(
      found
        .map(({ question, decision, key }) => [question, decision, key?.[0]])
        .filter(([, , key]) => key !== undefined).length,
      3,
    );
    const { questions, waiting, today, votes } = await logStatus(database, "faq");
    assert.deepEqual([questions, waiting, today, votes], [3, 0, 3, 1]);
    await empty();
  });

  it("is not written by a transaction that reads only", async () => {
    const rows = await database.transaction(async (tx) => {
      await tx.query("set transaction read only");
      return tx.query<{ question_id: string | null }>("select question_id from ltd.match('faq', '怎么退款', 1)");
    });
    assert.deepEqual(rows, [{ question_id: null }]);
    assert.deepEqual(await logged(database), []);
  });

  it("hides numbers of persons, or what is configured, or the whole question", async () => {
    const asked = [
      "我的手机13812345678和+86 138-1234-5678换号",
      "身份证11010519491231002X和130503670401001",
      "座机010-62345678，订单20240101",
      "写信到a.b@example.com，１３８１２３４５６７８",
    ];
    const ask = async () => {
      for (const question of asked) await index.match(question);
      await index
        .feedback({ questionId: "00000000-0000-4000-8000-000000000000", helped: true, voter: "u" })
        .catch(() => {});
      const found = (await logged(database)).map(({ question }) => question);
      await empty();
      return found;
    };
    assert.deepEqual(await ask(), [
      "我的手机***和***换号",
      "身份证***和***",
      "座机***，订单20240101",
      "写信到a.b@example.com，***",
    ]);
    await setLog(database, "faq", { mask: ["digits", "emails"] });
    assert.equal((await ask())[3], "写信到***，***");
    await setLog(database, "faq", { mask: [] });
    assert.deepEqual(await ask(), asked);
    await setLog(database, "faq", { mask: ["phones", "ids"], hash: true });
    await index.match("怎么退款");
    await index.match("怎么退款？");
    await database.query("select from ltd.match('faq', '怎么退款！')");
    await logStatus(database, "faq");
    const cli = await runCli(["match", "faq", "怎么退款"], { database });
    assert.equal(cli.code, 0);
    await index
      .feedback({ questionId: "00000000-0000-4000-8000-000000000000", helped: true, voter: "u" })
      .catch(() => {});
    const hashes = (await logged(database)).map(({ question }) => question);
    assert.equal(hashes.length, 4);
    assert.deepEqual([new Set(hashes).size, /^[0-9a-f]{64}$/.test(hashes[0]!)], [1, true], "one hash for one question");
    await setLog(database, "faq", { hash: false });
    await empty();
  });

  it("drops and counts what comes beyond its bound for a day, and goes on to answer", async () => {
    await setLog(database, "faq", { mostADay: 3 });
    for (let n = 0; n < 5; n++) assert.equal((await index.matchAll(["怎么退款", "密码"])).length, 2);
    await index
      .feedback({ questionId: "00000000-0000-4000-8000-000000000000", helped: true, voter: "u" })
      .catch(() => {});
    await database.query("select from ltd.match('faq', '退款')");
    const { questions, dropped, droppedToday } = await logStatus(database, "faq");
    assert.deepEqual([questions, dropped, droppedToday], [3, 8, 8]);
    await setLog(database, "faq", { mostADay: 100_000 });
    await empty();
  });

  it("logs the configured share of the questions", async () => {
    await setLog(database, "faq", { sample: 0.5 });
    const ids = (await index.matchAll(Array.from({ length: 200 }, () => "怎么退款"))).map(
      ({ questionId }) => questionId,
    );
    const taken = ids.filter((id) => id !== null).length;
    assert.ok(taken > 60 && taken < 140, `${taken} of 200`);
    await setLog(database, "faq", { sample: 1 });
    await empty();
  });

  it("takes one vote of each voter for a question, a limited number a day, for questions it knows", async () => {
    const { questionId } = await index.match("怎么退货");
    const other = await index.match("怎么换货");
    const vote = (id: string, voter: string, helped = true) => index.feedback({ questionId: id, helped, voter });
    await vote(questionId!, "anna");
    await vote(questionId!, "anna", false);
    await index.feedback({ questionId: questionId!, helped: false, chosen: 2, voter: "bert" });
    assert.deepEqual(
      await database.query("select voter, helped, chosen from ltd.vote where question_id = $1 order by 1", [
        questionId,
      ]),
      [
        { voter: "anna", helped: false, chosen: null },
        { voter: "bert", helped: false, chosen: ["2"] },
      ],
    );
    await setLog(database, "faq", { votesADay: 1 });
    await assert.rejects(vote(other.questionId!, "anna"), {
      code: "input",
      message: /anna has voted 1 times/,
      hint: /--votes/,
    });
    await vote(other.questionId!, "carl");
    await vote(questionId!, "anna"); // her own vote may change
    await assert.rejects(vote("00000000-0000-4000-8000-000000000000", "dora"), {
      code: "input",
      message: /no question/,
    });
    await assert.rejects(vote("x", "dora"), { code: "input" });
    await assert.rejects(feedback(database, { questionId: questionId!, helped: true, voter: "" }), { code: "usage" });
    await database.query("select ltd.feedback($1, true)", [other.questionId]);
    await setLog(database, "faq", { votesADay: 100 });
    await empty();
  });

  it("keeps what a clock that jumps brings, and deletes by days that were seen", async () => {
    const put = (day: string) =>
      database.query(
        `insert into ltd.question_inbox values (gen_random_uuid(), $1::timestamptz, 'faq', $1, false, 'none', null, null, null, 'sql')`,
        [day],
      );
    const today = new Date().toISOString().slice(0, 10);
    const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
    for (const day of [ago(400), ago(31), ago(29), today, "2099-01-01"]) await put(`${day} 12:00:00+00`);
    await logStatus(database, "faq");
    assert.equal((await logged(database)).length, 5, "the first day that is seen deletes nothing");
    assert.equal((await logStatus(database, "faq")).future, 1);
    // as if yesterday had been seen as well
    await database.query("insert into ltd.question_day (index_name, day) values ('', $1)", [ago(1)]);
    await logStatus(database, "faq");
    const days = (await logged(database)).map(({ question }) => question.slice(0, 10));
    assert.deepEqual(
      days,
      [ago(31), ago(29), today, "2099-01-01"].filter((day) => day >= ago(31)),
    );
    await setLog(database, "faq", { keepDays: 10 });
    await logStatus(database, "faq");
    assert.deepEqual(
      (await logged(database)).map(({ question }) => question.slice(0, 10)),
      [today, "2099-01-01"],
    );
    const partitions = await database.query("select from pg_inherits where inhparent = 'ltd.question'::regclass");
    assert.equal(partitions.length, 2, "the days are dropped as a whole");
    await setLog(database, "faq", { keepDays: 30 });
    await empty();
  });

  it("is not in the way of an answer when it cannot be written", async () => {
    await database.query("alter table ltd.question_inbox rename to inbox_away");
    try {
      const own = await openIndex({ database, index: "faq", threads: 1 });
      assert.equal((await own.match("怎么退款")).answers.length, 3);
      await own.close();
      assert.equal((await database.query("select key from ltd.match('faq', '怎么退款', 3)")).length, 3);
      assert.equal((await runCli(["match", "faq", "怎么退款"], { database })).code, 0);
    } finally {
      await database.query("alter table ltd.inbox_away rename to question_inbox");
    }
  });

  it("says what is wrong with a setting", async () => {
    for (const [args, says] of [
      [["--sample", "0"], /sample is 0/],
      [["--sample", "2"], /--sample is 2/],
      [["--keep", "a month"], /--keep a month/],
      [["--keep", "0d"], /--keep is 0/],
      [["--mask", "names"], /"names" cannot be masked[^]*phones, ids, emails, digits/],
      [["--most", "0"], /--most is 0/],
    ] as const) {
      const { code, stderr } = await runCli(["log", "on", "faq", ...args], { database });
      assert.equal(code, 2);
      assert.match(stderr, says);
    }
    assert.equal((await runCli(["log", "on", "nothing"], { database })).code, 1);
  });

  it("verify says of a log that is not tended, and of generations that differ", async () => {
    const problems = async () => {
      const result = await runCli(["verify", "faq", "--json"], { database });
      return (JSON.parse(result.stdout) as { problems: string[] }).problems;
    };
    assert.deepEqual(await problems(), []);
    await database.query(
      "insert into ltd.question_inbox values (gen_random_uuid(), now() - interval '2 days', 'faq', 'x', false, 'none', null, null, null, 'sql')",
    );
    await database.query("insert into ltd.vote values (gen_random_uuid(), 'u', 'gone', true)");
    assert.deepEqual(
      (await problems()).map((problem) => problem.slice(0, 30)),
      ["1 logged questions have waited", "1 lines of the journal, or vot"],
    );
    await database.query("delete from ltd.vote where index_name = 'gone'");
    await logStatus(database, "faq");
    assert.deepEqual(await problems(), []);
    await empty();
  });

  it("stops, and goes with its index", async () => {
    await index.match("怎么退款");
    await stopLog(database, "faq");
    assert.equal((await index.match("怎么退款")).questionId, null);
    await index
      .feedback({ questionId: "00000000-0000-4000-8000-000000000000", helped: true, voter: "u" })
      .catch(() => {});
    assert.deepEqual(await logged(database), [], "what waited is not written to a log that is off");
    await setLog(database, "faq");
    await index.match("怎么退款");
    await index
      .feedback({ questionId: "00000000-0000-4000-8000-000000000000", helped: true, voter: "u" })
      .catch(() => {});
    assert.equal((await logged(database)).length, 1);
    await remove(database, "faq");
    assert.deepEqual(await logged(database), []);
  });
});

describeServer("the question log of several connections", (databases) => {
  it("waits for no asker's transaction, and no asker waits for it", async () => {
    const database = await databases.create("initialised");
    await prepare(database, true);
    await setLog(database, "faq");
    await database.transaction(async (tx) => {
      await tx.query("select from ltd.match('faq', '怎么退款')");
      const other = await openIndex({ database, index: "faq", threads: 1 });
      await other.match("密码");
      await other.close(); // flushes
      assert.deepEqual(
        (await logged(database)).map(({ question }) => question),
        ["密码"],
      );
      await tx.query("select from ltd.match('faq', '怎么退款')");
    });
    await logStatus(database, "faq");
    assert.equal((await logged(database)).length, 3);
  });
});
