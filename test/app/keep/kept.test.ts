import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { addAlias, listAliases } from "../../../src/app/ask/alias.ts";
import { match } from "../../../src/app/ask/match.ts";
import { searchableIndex } from "../../../src/app/ask/searchable.ts";
import { add, addStatements } from "../../../src/app/keep/add.ts";
import { init } from "../../../src/app/keep/init.ts";
import { remove } from "../../../src/app/keep/remove.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { setWeights, showWeights } from "../../../src/app/operate/weights.ts";
import { doctor } from "../../../src/app/operate/doctor.ts";
import type { Database } from "../../../src/db/database.ts";
import { storeThresholds } from "../../../src/db/indexes/calibration.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { loadModel } from "../../../src/embed/model-package.ts";
import { runCli } from "../../support/cli.ts";
import { describeDatabases } from "../../support/databases.ts";

const own = { aliases: 2, negatives: 1, weights: 1, thresholds: true };

describeDatabases("what an index has of its own", (databases) => {
  let database: Database;
  let embedder: Embedder;
  const make = () =>
    database.script(`create table faq (id int primary key, question text);
      insert into faq values (1, '怎么退款'), (2, '如何修改收货地址'), (3, '忘记密码了')`);
  before(async () => {
    database = await databases.create("initialised");
    embedder = await createEmbedder({ threads: 1 });
    await make();
    await add(database, embedder.model, { table: "faq" });
    await sync(database, await getIndex(database, "faq"), embedder);
    await addAlias(database, "faq", [
      { key: 1, question: "钱还给我" },
      { key: 2, question: "搬家了" },
      { key: 1, question: "怎么退货", isNegative: true },
    ]);
    await setWeights(database, "faq", [{ word: "退款", idf: 2 }]);
    await storeThresholds(database, await getIndex(database, "faq"), { answer: 0.9, suggest: 0.4 });
  });
  after(() => embedder.close());
  const ltd = (...args: string[]) => runCli(args, { database });

  it("is kept where the table was dropped and made again, and is there after add", async () => {
    const before = await getIndex(database, "faq");
    const questions = await listAliases(database, "faq");
    const weights = await showWeights(database, "faq");
    await database.query("drop table faq");
    assert.match(
      JSON.stringify(await doctor(database)),
      /was dropped.*ltd-index remove faq --keep, then ltd-index add/,
    );
    assert.deepEqual(await remove(database, "faq", { keep: true }), { removed: "faq", kept: true, ...own });
    await make();
    assert.match(JSON.stringify(await doctor(database)), /of the removed index faq: 2 aliases, 1 negative questions/);
    await assert.rejects(add(database, embedder.model, { table: "faq", template: "{gone}" }), { code: "source" });
    const added = await ltd("add", "faq");
    assert.match(added.stdout, /^reused +2 aliases, 1 negative questions, 1 word weights, its thresholds$/m);
    const index = await getIndex(database, "faq");
    assert.deepEqual(
      [index.answerThreshold, index.suggestThreshold, index.generation],
      [0.9, 0.4, before.generation],
      "what was calibrated for this generation still was",
    );
    assert.deepEqual(await listAliases(database, "faq"), questions);
    assert.deepEqual(await showWeights(database, "faq"), weights);
    assert.doesNotMatch(JSON.stringify(await doctor(database)), /removed index/);
    assert.equal((await ltd("sync", "faq")).code, 0);
    const [found] = await match(searchableIndex(database, { record: index, embedder }), ["钱还给我"]);
    assert.deepEqual([found!.answers[0]!.key, found!.answers[0]!.found], [["1"], "alias"]);
  });

  it("is kept where add comes to nothing, and taken up by what --print-sql prints", async () => {
    const removed = await ltd("remove", "faq", "--keep");
    assert.equal(
      removed.stdout,
      "removed faq, and kept 2 aliases, 1 negative questions, 1 word weights, its thresholds: the next add with --name faq takes them over\n",
    );
    await database.script(`create view broken as select id, question, now() as at, 10 / (id - 3) as part from faq`);
    const polled = { name: "faq", table: "broken", key: ["id"], template: "{question}", updatedAt: "at" };
    await assert.rejects(add(database, embedder.model, { ...polled, where: "part + 0 * id > -100" }), {
      message: /division by zero/,
    });
    await database.script((await addStatements(database, embedder.model, { table: "faq" })).join(";\n"));
    assert.equal((await listAliases(database, "faq")).length, 3);
    assert.equal((await showWeights(database, "faq")).length, 1);
    assert.equal((await getIndex(database, "faq")).answerThreshold, 0.9);
  });

  it("is refused rows with another key, and taken up by those with a wider one", async () => {
    await remove(database, "faq", { keep: true });
    await database.script("create table other (code uuid primary key, question text)");
    const options = { name: "faq", table: "other" };
    const refused = {
      code: "index",
      message: "the kept aliases of faq belong to rows with a key of integer, not uuid",
      hint: /ltd-index remove faq/,
    };
    await assert.rejects(add(database, embedder.model, options), refused);
    await assert.rejects(addStatements(database, embedder.model, options), refused);
    await database.script("drop view broken; alter table faq alter id type bigint");
    assert.deepEqual((await add(database, embedder.model, { table: "faq" })).reused, own);
  });

  it("is taken up without the thresholds by an index of another model", async () => {
    await remove(database, "faq", { keep: true });
    const tiny = await loadModel("ltd-zh-2-tiny");
    await init(database, tiny);
    await add(database, tiny, { table: "faq" });
    const index = await getIndex(database, "faq");
    assert.deepEqual([index.answerThreshold, index.suggestThreshold], [null, null]);
    assert.equal((await showWeights(database, "faq")).length, 1);
    assert.equal((await listAliases(database, "faq")).length, 3);
  });

  it("is deleted without --keep, or when the name is removed once more, which says how much it was", async () => {
    const less = { ...own, thresholds: false };
    assert.deepEqual(await remove(database, "faq", { keep: true }), { removed: "faq", kept: true, ...less });
    assert.deepEqual(await remove(database, "faq"), { removed: "faq", kept: false, ...less });
    await assert.rejects(remove(database, "faq"), { code: "index" });
    await assert.rejects(remove(database, "faq", { keep: true }), { code: "index" });
    for (const table of ["alias", "negative", "kept", "kept_weight", "weight"])
      assert.deepEqual(await database.query(`select from ltd.${table}`), [], table);
    assert.equal((await add(database, embedder.model, { table: "faq" })).reused, null);
    await sync(database, await getIndex(database, "faq"), embedder);
    await addAlias(database, "faq", [{ key: 1, question: "钱还给我" }]);
    assert.equal((await ltd("remove", "faq")).stdout, "removed faq, and deleted 1 aliases\n");
    await add(database, embedder.model, { table: "faq" });
    assert.equal((await ltd("remove", "faq", "--keep")).stdout, "removed faq\n");
    assert.deepEqual(await database.query("select from ltd.kept"), [], "nothing to keep");
  });
});
