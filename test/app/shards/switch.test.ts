import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { bindFront } from "../../../src/app/open/bind-front.ts";
import { openIndex, type Index } from "../../../src/app/open/open-index.ts";
import {
  rollbackGeneration as rollbackOne,
  switchGeneration as switchOne,
} from "../../../src/app/operate/generation.ts";
import { buildGeneration, rollbackGeneration, switchGeneration } from "../../../src/app/operate/generation-shards.ts";
import { listGenerations } from "../../../src/app/operate/list-generations.ts";
import { declaredFront } from "../../../src/app/shards/declared.ts";
import { addShard } from "../../../src/app/shards/declare.ts";
import { fingerprintOf } from "../../../src/app/shards/fingerprint.ts";
import { Front } from "../../../src/app/shards/front.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import type { Database } from "../../../src/db/database.ts";
import { readGenerations } from "../../../src/db/indexes/find-index.ts";
import { findFront, setFingerprint } from "../../../src/db/indexes/front.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import type { LabelledQuestion } from "../../../src/judge/labelled-questions.ts";
import { loadModel } from "../../../src/embed/model-package.ts";
import { runCli } from "../../support/cli.ts";
import { describeServer } from "../../support/databases.ts";
import { addressOf, givePassword, makeShard, split, splitRows, type SplitRow } from "../../support/shards.ts";

const TINY = "ltd-zh-2-tiny";

describeServer("generations of a front", (databases) => {
  let embedder: Embedder;
  let front: Database;
  let asked: Index<SplitRow>;
  let takeBack = (): void => {};
  const targets: string[] = [];
  let shards: Database[] = [];

  const declaredModel = async () => (await findFront(front, "faq"))!.fingerprint.model;
  const liveModels = () =>
    Promise.all(
      shards.map(async (shard) => (await readGenerations(shard, "faq")).find(({ state }) => state === "live")!.modelId),
    );
  /** Similarities of a whole answer, which only vectors of one model give. */
  const answer = async (index: Index<SplitRow>): Promise<string> => {
    const { answers, partial } = await index.match("花呗如何还款", { limit: 3 });
    assert.equal(partial, undefined);
    return answers.map(({ key, similarity }) => `${key.join()}: ${similarity.toFixed(4)}`).join("; ");
  };
  /** Questions whose first row is the same in both generations. */
  let same: LabelledQuestion[] = [];
  let ofFull = "";
  let ofTiny = "";

  before(async () => {
    embedder = await createEmbedder({ threads: 1 });
    front = await databases.create("initialised");
    for (const rows of split(splitRows, 2)) {
      const target = await databases.createTarget("initialised");
      const database = await openServer(target);
      await makeShard(database, embedder, rows);
      await database.close();
      targets.push(target);
    }
    takeBack = givePassword(targets[0]!);
    // what the second server will be restored from
    const { pathname } = new URL(targets[1]!);
    await front.query(`create database ${pathname.slice(1)}_backup template ${pathname.slice(1)}`);
    shards = await Promise.all(targets.map((target) => openServer(target)));
    for (const [at, target] of targets.entries())
      await addShard(front, "faq", { name: "ab"[at]!, url: addressOf(target) });
    asked = await openIndex<SplitRow>({ index: "faq", database: front, threads: 1 });
    ofFull = await answer(asked);
  });
  after(async () => {
    await asked?.close();
    await Promise.all(shards.map((shard) => shard.close()));
    await embedder.close();
    takeBack();
  });

  it("are built on every shard, and refused where one lacks them", async () => {
    await assert.rejects(switchGeneration(front, "faq"), {
      code: "index",
      message: /faq has no generation that is built/,
    });
    const built = await buildGeneration(front, "faq", await loadModel(TINY), { threads: 1 });
    assert.deepEqual([built.state, built.sync.embedded], ["building", splitRows.length]);
    assert.equal(await answer(asked), ofFull, "the live one is asked");
  });

  it("are listed shard by shard, and asked golden questions over all shards before a switch", async () => {
    const listed = await listGenerations(front, "faq");
    assert.deepEqual(
      listed.map(({ index, generation, state }) => `${index} ${generation} ${state}`),
      ["faq/a 1 live", "faq/a 2 building", "faq/b 1 live", "faq/b 2 building"],
    );
    const printed = await runCli(["generation", "list", "faq"], { database: front });
    assert.match(printed.stdout, /^index +faq\/a\ngeneration +1 \(live\)\n/, printed.stderr);
    const building = (await readGenerations(shards[0]!, "faq")).find(({ state }) => state === "building")!;
    const target = await fingerprintOf(shards[0]!, building);
    const record = (await findFront(front, "faq"))!;
    const open = await Front.open(
      { ...declaredFront(front, record), declared: () => Promise.resolve(target) },
      { threads: 1 },
    );
    const next = bindFront<SplitRow>(open, undefined, { threads: 1, source: undefined });
    // halves of two questions, of which the models make different things
    const questions = splitRows.flatMap(({ question }, at) =>
      [1, 5, 9].map(
        (further) => question.slice(0, 3) + splitRows[(at + further) % splitRows.length]!.question.slice(-3),
      ),
    );
    const [now, then] = [await asked.matchAll(questions), await next.matchAll(questions)];
    await next.close();
    const golden = now.map(({ question, answers }): LabelledQuestion => ({
      question,
      keys: [answers[0]!.key[0]!],
      texts: [],
      wrong: [],
    }));
    const isSame = (_: unknown, at: number) => then[at]!.answers[0]!.key[0] === golden[at]!.keys[0];
    same = golden.filter(isSame);
    const worse = golden.filter((question, at) => !isSame(question, at));
    assert.ok(worse.length > 0 && same.length > 0, `${worse.length} worse, ${same.length} the same`);
    await assert.rejects(switchGeneration(front, "faq", { threads: 1, check: { questions: worse, allow: 0 } }), {
      code: "worse",
      message: /^generation 2 of faq does not become live/,
    });
    assert.deepEqual([await declaredModel(), await answer(asked)], [record.fingerprint.model, ofFull]);
  });

  it("are one generation in every answer while the shards switch, killed halfway, undone and finished", async () => {
    const building = (await readGenerations(shards[0]!, "faq")).find(({ state }) => state === "building")!;
    const [before, target] = [(await findFront(front, "faq"))!.fingerprint, await fingerprintOf(shards[0]!, building)];
    // as if it was killed once the front had the new generation, before any shard had switched
    await setFingerprint(front, "faq", target);
    const later = await openIndex<SplitRow>({ index: "faq", database: front, threads: 1 });
    ofTiny = await answer(later);
    assert.notEqual(ofTiny, ofFull);
    assert.equal(await answer(asked), ofFull, "an open one has not seen it yet, and goes on with what all shards have");
    await rollbackGeneration(front, "faq", { threads: 1 });
    assert.deepEqual([await declaredModel(), await answer(asked)], [before.model, ofFull]);

    // and when one of two had
    await setFingerprint(front, "faq", target);
    await switchOne(shards[0]!, "faq", { threads: 1 });
    assert.deepEqual(await liveModels(), [TINY, before.model]);
    for (const index of [asked, later]) assert.equal(await answer(index), ofTiny);
    await rollbackGeneration(front, "faq", { threads: 1 });
    assert.deepEqual([await declaredModel(), await liveModels()], [before.model, [before.model, before.model]]);
    for (const index of [asked, later]) assert.equal(await answer(index), ofFull);
    await setFingerprint(front, "faq", target);
    const undone = await rollbackGeneration(front, "faq", { threads: 1 });
    assert.deepEqual([undone.generation, undone.model], [1, before.model], "with nothing to do it names what is live");

    // and now to the end, under questions
    const seen = new Set<string>();
    let isDone = false;
    const asking = (async () => {
      while (!isDone) seen.add(await answer(asked));
    })();
    await switchGeneration(front, "faq", { threads: 1, check: { questions: same, allow: 0.99 } });
    isDone = true;
    await asking;
    assert.deepEqual(
      [...seen].filter((each) => each !== ofFull && each !== ofTiny),
      [],
      "no mixture of two models",
    );
    assert.equal(await answer(asked), ofTiny);
    assert.deepEqual([await declaredModel(), await liveModels()], [TINY, [TINY, TINY]]);

    // a rollback that is cut off goes on, and does not turn round
    await setFingerprint(front, "faq", before);
    await rollbackOne(shards[0]!, "faq", { threads: 1 });
    assert.deepEqual(await liveModels(), [before.model, TINY]);
    await rollbackGeneration(front, "faq", { threads: 1 });
    assert.deepEqual([await declaredModel(), await liveModels()], [before.model, [before.model, before.model]]);
    await rollbackGeneration(front, "faq", { threads: 1 });
    for (const index of [asked, later]) assert.equal(await answer(index), ofTiny);
    await later.close();
  });

  it("leave no model open that no question uses any more", async () => {
    const [tiny, full] = await Promise.all(
      ["live", "previous"].map(async (state) =>
        fingerprintOf(
          shards[0]!,
          (await readGenerations(shards[0]!, "faq")).find((each) => each.state === state)!,
        ),
      ),
    );
    const open = await Front.open(declaredFront(front, (await findFront(front, "faq"))!), { threads: 1 });
    const current = () => open.latest((state) => Promise.resolve(state.embedder));
    const first = await current();
    let goOn = (): void => {};
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    const question = open.read(async ({ embedder: used }) => {
      await gate;
      return used.embed(["怎么退款", "花呗如何还款"]);
    });
    await setFingerprint(front, "faq", full!);
    const second = await current();
    assert.deepEqual(
      [first, second].map((each) => each.model.description.id),
      [tiny!.model, full!.model],
    );
    assert.equal((await first.embed(["怎么退款"])).rows, 1, "a question still uses it");
    goOn();
    assert.equal((await question).rows, 2);
    await assert.rejects(first.embed(["怎么退款"]), { code: "model", message: "the embedder is closed" });
    assert.equal((await second.embed(["怎么退款"])).rows, 1);

    // and back and forth under questions, none of which meets a closed one
    let isDone = false;
    let answered = 0;
    const asking = Array.from({ length: 3 }, async () => {
      for (; !isDone; answered++) await open.read(({ embedder: used }) => used.embed(["怎么退款", "花呗"]));
    });
    for (const wanted of [tiny!, full!, tiny!]) {
      await setFingerprint(front, "faq", wanted);
      const { model } = await current();
      assert.equal(model.description.id, wanted.model);
    }
    isDone = true;
    await Promise.all(asking);
    assert.ok(answered > 3);
    await assert.rejects(second.embed(["怎么退款"]), { code: "model" });
    const last = await current();
    await open.close();
    await assert.rejects(last.embed(["怎么退款"]), { code: "model" });
  });

  it("weigh words on every shard", async () => {
    const onlySyncs = await openIndex<SplitRow>({ index: "faq", database: front, threads: 1 });
    const set = await runCli(["weights", "set", "faq", "花呗", "3", "--threads", "1"], { database: front });
    assert.match(set.stdout, /^faq: 1 word has another weight, 3 rows embedded again/, set.stderr);
    assert.match((await runCli(["weights", "show", "faq"], { database: front })).stdout, /^3\.00 {2}花呗/);
    const ofWeighed = await answer(asked);
    assert.deepEqual([(await onlySyncs.sync()).problems, (await onlySyncs.status()).problems], [[], []]);
    assert.notEqual(ofWeighed, ofTiny);
    assert.equal((await runCli(["shard", "verify", "faq"], { database: front })).code, 0);
    // the generation that is built is now like the previous one
    const unset = await runCli(["weights", "unset", "faq", "花呗", "--threads", "1"], { database: front });
    assert.match(unset.stdout, /^faq: 1 word has another weight/, unset.stderr);
    // as nothing was asked since the weights were set, nor after
    const synced = await onlySyncs.sync();
    assert.deepEqual([synced.problems, (await onlySyncs.status()).problems], [[], []]);
    await onlySyncs.close();
    assert.equal(await answer(asked), ofTiny);
    for (const shard of shards)
      assert.deepEqual(
        (await readGenerations(shard, "faq")).map(({ state }) => state),
        ["previous", "live"],
      );
    const again = await runCli(["weights", "set", "faq", "花呗", "3", "--threads", "1"], { database: front });
    assert.equal(again.code, 0, again.stderr);
    assert.equal(await answer(asked), ofWeighed);
  });

  it("are left out where a server comes back with an old backup", async () => {
    const name = new URL(targets[1]!).pathname.slice(1);
    await shards.pop()!.close();
    await front.query(`drop database ${name} with (force)`);
    await front.query(`create database ${name} template ${name}_backup`);
    await front.query(`drop database ${name}_backup`);
    const { partial, decision, answers } = await asked.match("怎么退款");
    assert.deepEqual([partial, decision === "answer"], [["b"], false]);
    assert.ok(
      answers.every(({ key }) => Number(key[0]) % 2 === 0),
      "rows of the other shard alone",
    );
    const { code, stdout } = await runCli(["shard", "verify", "faq"], { database: front });
    assert.equal(code, 3);
    assert.match(stdout, /b: WRONG: its model is "ltd-zh-\d", not "ltd-zh-2-tiny"/);
    await assert.rejects(switchGeneration(front, "faq"), { code: "index" });
  });

  it("have thresholds that are set on every shard", async () => {
    const one = await databases.create("initialised");
    await addShard(one, "faq", { name: "a", url: addressOf(targets[0]!) });
    const set = await runCli(["calibrate", "faq", "--answer", "0.9", "--suggest", "0.4"], { database: one });
    assert.equal(set.stdout, "faq: answer from 0.9, suggest from 0.4\n", set.stderr);
    assert.match(
      (await runCli(["match", "faq", "怎么退款", "--explain"], { database: one })).stdout,
      /answer 0\.9, suggest 0\.4/,
    );
    assert.equal((await runCli(["calibrate", "faq", "--reset"], { database: one })).code, 0);
  });
});
