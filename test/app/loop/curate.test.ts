import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { add } from "../../../src/app/keep/add.ts";
import { remove } from "../../../src/app/keep/remove.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { watch } from "../../../src/app/keep/watch.ts";
import { askTrials } from "../../../src/app/judge/calibration-trials.ts";
import { trialSource } from "../../../src/app/judge/trial-source.ts";
import { addAlias, listAliases, removeAlias } from "../../../src/app/ask/alias.ts";
import { installModel } from "../../../src/app/install-model.ts";
import { LiveIndex } from "../../../src/app/live-index.ts";
import { feedback } from "../../../src/app/loop/feedback.ts";
import { gaps, type GapsOptions } from "../../../src/app/loop/gaps.ts";
import { journalQuestions } from "../../../src/app/loop/labels.ts";
import { clearLog, setLog } from "../../../src/app/operate/log.ts";
import { openIndex, type Index } from "../../../src/app/open/open-index.ts";
import { accept, journal, loopLabels, reject, setAside, undo } from "../../../src/app/shards/curate.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { readQuestions } from "../../../src/judge/labelled-questions.ts";
import { readLabelled } from "../../../src/judge/labelled.ts";
import { readRows } from "../../../src/judge/read-rows.ts";
import { runCli } from "../../support/cli.ts";
import { describeDatabases } from "../../support/databases.ts";
import { until } from "../../support/until.ts";

const rows = ["如何申请退款", "怎么修改收货地址", "忘记密码怎么办", "花呗怎么还款", "怎么开发票", "运费由谁承担"];

describeDatabases("gaps, accept, reject and undo", (databases) => {
  let database: Database;
  let embedder: Embedder;
  let index: Index;
  const found = async (options: GapsOptions = {}) => {
    const live = await LiveIndex.open(database, "faq", { threads: 1 });
    try {
      return await live.read((generation) => gaps(database, generation, options));
    } finally {
      await live.close();
    }
  };
  const bring = async () => sync(database, await getIndex(database, "faq"), embedder);
  const wordings = async () =>
    (await listAliases(database, "faq")).map(
      ({ key, question, isNegative }) => `${key.join()} ${isNegative ? "not " : ""}${question}`,
    );
  const ask = async (questions: Record<string, number>) => {
    const ids = new Map<string, string>();
    for (const [question, times] of Object.entries(questions))
      for (let n = 0; n < times; n++) ids.set(question, (await index.match(question)).questionId!);
    return ids;
  };
  const vote = (questionId: string, voter: string, helped: boolean, chosen?: number) =>
    index.feedback({ questionId, voter, helped, ...(chosen !== undefined && { chosen }) });
  before(async () => {
    database = await databases.create("initialised");
    embedder = await createEmbedder({ model: "ltd-zh-2-tiny", threads: 1 });
    await database.query("create table faq (id int primary key, question text)");
    await database.query("insert into faq select * from unnest($1::int[], $2::text[])", [
      rows.map((_, at) => at + 1),
      rows,
    ]);
    await installModel(database, embedder.model);
    await add(database, embedder.model, { table: "faq", template: "{question}" });
    await bring();
    await setLog(database, "faq");
    index = await openIndex({ database, index: "faq", threads: 1 });
  });
  after(async () => {
    await index.close();
    await embedder.close();
  });

  it("are empty at first", async () => {
    assert.deepEqual(await found(), { index: "faq", questions: 0, lookedAt: 0, answeredNow: 0, groups: 0, gaps: [] });
    assert.deepEqual(await journal(database, "faq"), []);
    await assert.rejects(undo(database, "faq"), { code: "input", message: /nothing to undo/ });
    await assert.rejects(accept(database, "faq", 1, []), { code: "usage" });
    assert.match((await runCli(["gaps", "faq"], { database })).stdout, /^faq: every question of the log/);
  });

  it("group what was not answered, the most wanted first, and leave out what is answered", async () => {
    await ask({
      如何申请退款: 5, // the text of a row
      今天天气怎么样: 2,
      "今天的天气怎么样？": 2,
      能不能用数字人民币: 3,
      "能不能用数字人民币？": 1,
      能用数字人民币付款吗: 1,
    });
    await vote((await ask({ 怎么开发票: 1 })).get("怎么开发票")!, "u", true); // flushes as well
    const { gaps: open, groups, answeredNow } = await found();
    assert.equal(groups, open.length);
    assert.equal(answeredNow, 0);
    assert.ok(open.every(({ decision }) => decision !== "answer"));
    const money = open.find(({ questions }) => questions.some(({ question }) => question === "能不能用数字人民币"))!;
    assert.ok(money.asked >= 4, "spellings of a question are one question");
    assert.equal(
      open.flatMap(({ questions }) => questions).reduce((sum, { asked }) => sum + asked, 0),
      9,
    );
    assert.deepEqual(
      open.map(({ asked }) => asked),
      open.map(({ asked }) => asked).toSorted((a, b) => b - a),
    );
    assert.equal(open[0]!.nearest.length, 3);
    assert.equal((await found({ limit: 1 })).gaps.length, 1);
    assert.equal((await found({ since: new Date(Date.now() + 60_000) })).questions, 0);
    const csv = await runCli(["gaps", "faq", "--csv", "--since", "1d"], { database });
    assert.match(csv.stdout, /^asked,question,key,row,similarity,decision,group\n\d+,/);
    const json = JSON.parse((await runCli(["gaps", "faq", "--json"], { database })).stdout) as { groups: number };
    assert.equal(json.groups, groups);
    assert.match((await runCli(["gaps", "faq"], { database })).stdout, /4 x {2}今天[^]*2 x {2}今天/);
    assert.equal((await runCli(["gaps", "faq", "--since", "soon"], { database })).code, 2);
  });

  it("an accepted question is answered at once, and no gap any more; undo takes back exactly that", async () => {
    await addAlias(database, "faq", [{ key: 6, question: "邮费谁出" }]);
    const before = await wordings();
    const { id, questions } = await accept(database, "faq", 5, ["能不能用数字人民币", "能不能用数字人民币？"], {
      by: "anna",
    });
    assert.deepEqual(questions, ["能不能用数字人民币？"]);
    const { decision, answers } = await index.match("能不能用数字人民币");
    assert.deepEqual([decision, answers[0]!.key, answers[0]!.found], ["answer", ["5"], "alias"]);
    await bring();
    const open = await found();
    assert.ok(open.answeredNow >= 1);
    assert.ok(!open.gaps.some(({ question }) => question === "能不能用数字人民币"));
    const [line] = await journal(database, "faq");
    assert.deepEqual([line!.id, line!.action, line!.doneBy, line!.key], [id, "accept", "anna", ["5"]]);
    await undo(database, "faq", { id, by: "bert" });
    assert.deepEqual(await wordings(), before);
    assert.notEqual((await index.match("能不能用数字人民币")).answers[0]!.found, "alias");
    assert.equal((await journal(database, "faq"))[0]!.undoneBy, "bert");
    await assert.rejects(undo(database, "faq", { id }), {
      code: "input",
      message: /was undone already, by bert/,
      hint: /journal/,
    });
    await assert.rejects(undo(database, "faq", { id: "999" }), { code: "input", message: /no line 999/ });
    await assert.rejects(undo(database, "faq", { id: "x" }), { code: "usage" });
    await removeAlias(database, "faq", ["邮费谁出"]);
  });

  it("a group is accepted as a whole", async () => {
    const done = await runCli(["accept", "faq", "5", "今天天气怎么样", "--group", "--by", "anna"], { database });
    assert.match(done.stdout, /wordings of 5 \(line \d+ of the journal\); next: ltd-index sync faq/, done.stderr);
    assert.ok(
      (await wordings()).some((wording) => wording.includes("今天的天气怎么样")),
      (await wordings()).join(),
    );
    assert.equal((await journal(database, "faq"))[0]!.origin, "gaps");
    const undone = await runCli(["undo", "faq"], { database });
    assert.match(undone.stdout, /^undone: line \d+ of faq, accept of \d questions/);
    assert.deepEqual(await wordings(), []);
    const none = await runCli(["accept", "faq", "5", "从没问过的话", "--group"], { database });
    assert.match(none.stderr, /is in no gap of faq/);
  });

  it("refuses a row that is gone, a question of another row, and what is there already", async () => {
    await assert.rejects(accept(database, "faq", 99, ["数字人民币"]), { code: "input", message: /no indexed row 99/ });
    await assert.rejects(accept(database, "faq", "x", ["数字人民币"]), { code: "input" });
    await assert.rejects(accept(database, "faq", 5, ["？"]), { code: "input", message: /no letter or digit/ });
    await accept(database, "faq", 5, ["数字人民币"]);
    await assert.rejects(accept(database, "faq", 5, ["数字人民币！"]), {
      code: "input",
      message: /is a wording of the row 5 already/,
    });
    await assert.rejects(accept(database, "faq", 4, ["数字人民币"]), {
      code: "input",
      message: /is an alias of the row 5 already/,
    });
    await assert.rejects(reject(database, "faq", 5, ["数字人民币"]), {
      code: "input",
      message: /is an alias or the text/,
    });
    const { id } = (await journal(database, "faq"))[0]!;
    await removeAlias(database, "faq", ["数字人民币"]);
    await addAlias(database, "faq", [{ key: 4, question: "数字人民币" }]);
    assert.equal((await undo(database, "faq", { id })).taken, 0);
    assert.deepEqual(await wordings(), ["4 数字人民币"], "what another did stays");
    await removeAlias(database, "faq", ["数字人民币"]);
  });

  it("of two concurrent curators one gets an error", async () => {
    const results = await Promise.allSettled([
      accept(database, "faq", 5, ["可以货到付款吗"], { by: "anna" }),
      accept(database, "faq", 4, ["可以货到付款吗"], { by: "bert" }),
    ]);
    const [lost] = results.filter(({ status }) => status === "rejected") as PromiseRejectedResult[];
    assert.match((lost!.reason as Error).message, /is an alias of the row [45] already/);
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
    const { id } = (await journal(database, "faq"))[0]!;
    const undone = await Promise.allSettled([undo(database, "faq", { id }), undo(database, "faq", { id })]);
    assert.deepEqual(undone.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
    assert.deepEqual(await wordings(), []);
  });

  it("a rejected question is not answered by its row; a dismissed or drafted one is no gap", async () => {
    await reject(database, "faq", 4, ["怎么提前还花呗"], { by: "anna" });
    await bring();
    assert.ok((await index.match("怎么提前还花呗")).answers.every(({ key }) => key[0] !== "4"));
    await undo(database, "faq");
    await bring();
    assert.deepEqual(await wordings(), []);
    // it is logged behind the answer
    await until("the question is logged", async () =>
      (await found()).gaps.some(({ question }) => question === "怎么提前还花呗"),
    );
    const gap = (await found()).gaps.map(({ question }) => question);
    const dismissed = await runCli(["reject", "--dismiss", "faq", gap[0]!, "--group"], { database });
    assert.match(dismissed.stdout, /questions are dismissed/);
    assert.ok(!(await found()).gaps.some(({ question }) => question === gap[0]));
    const drafted = await runCli(["accept", "--draft", "faq", gap[1]!], { database });
    assert.match(drafted.stdout, /1 questions are the draft of a row/);
    assert.match(
      (await runCli(["journal", "faq", "--drafts"], { database })).stdout,
      new RegExp(`^text,wordings\n${gap[1]}`),
    );
    assert.ok(!(await found()).gaps.some(({ question }) => question === gap[1]));
    await undo(database, "faq");
    await undo(database, "faq");
    assert.deepEqual(
      (await found()).gaps.map(({ question }) => question),
      gap,
    );
    assert.match((await runCli(["journal", "faq"], { database })).stdout, /dismissed: .*\(undone /);
    await assert.rejects(setAside(database, "faq", "draft", ["！"]), { code: "input" });
  });

  it("votes make a gap of an answer that did not help, and close it", async () => {
    await clearLog(database, "faq");
    const ids = await ask({ 怎么开发票: 1 });
    const id = ids.get("怎么开发票")!;
    await vote(id, "a", true);
    assert.equal((await found()).groups, 0);
    await vote(id, "b", false);
    await vote(id, "c", false, 6);
    const { gaps: open } = await found();
    assert.deepEqual([open.length, open[0]!.decision, open[0]!.chosen], [1, "answer", ["6"]]);
    assert.match((await runCli(["gaps", "faq"], { database })).stdout, /answered, which did not help[^]*users took 6/);
    const labels = await loopLabels(database, "faq");
    assert.deepEqual(
      labels.map(({ question, key, label, from }) => [question, key?.[0], label, from]),
      [
        ["怎么开发票", "5", 0, "feedback"],
        ["怎么开发票", "6", 1, "feedback"],
      ],
    );
    const none = await runCli(["accept", "--voted=2", "faq"], { database });
    assert.match(none.stderr, /no unstored question has that many votes/);
    const given = await runCli(["accept", "faq", "--voted=1"], { database });
    assert.match(given.stdout, /^line \d+: 怎么开发票\n$/, "row 6 was chosen once");
    await undo(database, "faq");
    await feedback(database, { questionId: id, helped: true, voter: "b" });
    await feedback(database, { questionId: id, helped: true, voter: "d" });
    assert.equal((await found()).groups, 0);
  });

  it("a stored wording is asked by calibrate as it was before it was stored", async () => {
    const question = "开票到底怎么弄";
    const trial = async () => {
      const asked = { questions: [{ question, keys: ["5"], texts: [], wrong: [] }], sampleRows: 2, foreign: ["天气"] };
      const { trials } = await askTrials(trialSource(database, await getIndex(database, "faq"), embedder), asked);
      return trials.find(({ isAnswerable }) => isAnswerable)!;
    };
    await accept(database, "faq", 5, ["开票怎么弄"]);
    await bring();
    const before = await trial();
    assert.ok(before.isRight && before.score < 1);
    await accept(database, "faq", 5, [question]);
    await bring();
    assert.equal((await index.match(question)).chance, 1);
    const after = await trial();
    assert.ok(Math.abs(after.score - before.score) < 1e-3, `${after.score}, but ${before.score} before`);
    assert.ok(Math.abs(after.margin! - before.margin!) < 1e-3);
    for (const _ of [1, 2]) await undo(database, "faq");
    await bring();
  });

  it("an accepted question changes what means the same as soon as watch sees it", async (test) => {
    const stop = new AbortController();
    let isReady = false;
    const watching = watch(database, {
      threads: 1,
      pollMs: 600_000,
      signal: stop.signal,
      onEvent: ({ event }) => (isReady ||= event === "ready"),
    });
    try {
      await until("watch is ready", () => isReady);
      // another question than the accepted one: the vector of the row has moved
      const nearness = async () => (await index.match("密码忘了要怎么弄呢")).answers[0]!.similarity;
      const before = await nearness();
      await accept(database, "faq", 3, ["密码忘了怎么弄"]);
      const accepted = performance.now();
      await until("the answer is nearer", async () => (await nearness()) > before + 0.01);
      test.diagnostic(`the answer changed ${Math.round(performance.now() - accepted)} ms after accept`);
      await undo(database, "faq");
      await until("the answer is as it was", async () => Math.abs((await nearness()) - before) < 1e-4);
    } finally {
      stop.abort();
      await watching;
    }
  });

  it("labels are read by calibrate and tune", async () => {
    await clearLog(database, "faq");
    await accept(database, "faq", 5, ["开票怎么弄"]);
    await reject(database, "faq", 4, ["怎么提前还花呗"]);
    await setAside(database, "faq", "dismiss", ["今天天气怎么样"]);
    const ids = await ask({ 我想退钱: 1 });
    await vote(ids.get("我想退钱")!, "a", true, 1);
    const { stdout } = await runCli(["journal", "faq", "--labels"], { database });
    const named = readRows(stdout, "labels", (cells) => cells.includes("question"));
    assert.deepEqual(
      readQuestions(named)
        .map(({ question, keys }) => [question, keys])
        .toSorted(),
      [
        ["今天天气怎么样", []],
        ["怎么提前还花呗", []],
        ["开票怎么弄", ["5"]],
        ["我想退钱", ["1"]],
      ].toSorted(),
    );
    const pairs = readLabelled(named, { kind: "pairs" });
    assert.ok(pairs.kind === "pairs" && pairs.labels.includes(0) && pairs.labels.includes(1));
    assert.deepEqual(
      (await journalQuestions(database, "faq")).questions.map(({ question, keys }) => [question, keys]).toSorted(),
      [
        ["今天天气怎么样", []],
        ["开票怎么弄", ["5"]],
        ["我想退钱", ["1"]],
      ].toSorted(),
      "not what is only known not to be right",
    );
    const calibrated = await runCli(["calibrate", "faq", "--journal", "--no-save", "--json"], { database });
    assert.equal((JSON.parse(calibrated.stdout) as { questions: { answerable: number } }).questions.answerable, 2);
    assert.equal((await runCli(["calibrate", "faq", "x.csv", "--journal"], { database })).code, 2);
  });

  it("go with their index", async () => {
    await remove(database, "faq");
    assert.deepEqual(await database.query("select from ltd.curation"), []);
  });
});
