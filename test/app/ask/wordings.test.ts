import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { checkAliases } from "../../../src/app/ask/alias-check.ts";
import { addAlias, listAliases, removeAlias } from "../../../src/app/ask/alias.ts";
import { match } from "../../../src/app/ask/match.ts";
import { search } from "../../../src/app/ask/search.ts";
import { searchableIndex } from "../../../src/app/ask/searchable.ts";
import { exportIndex } from "../../../src/app/file/export.ts";
import { verifyLocal } from "../../../src/app/file/verify.ts";
import { add } from "../../../src/app/keep/add.ts";
import { remove } from "../../../src/app/keep/remove.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { openIndex } from "../../../src/app/open/open-index.ts";
import type { LocalIndex } from "../../../src/app/open/open-local.ts";
import { setWeights, unsetWeights } from "../../../src/app/operate/weights.ts";
import { verify } from "../../../src/app/operate/verify.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { runCli } from "../../support/cli.ts";
import { describeDatabases } from "../../support/databases.ts";

const rows = ["花呗怎么还款", "怎么修改收货地址", "忘记密码怎么办", "如何申请退款", "花呗额度怎么提高"];
const refund = 4;
/** An alias of the row about refunds, and a paraphrase of it that the row's text alone is not near enough to. */
const [alias, paraphrase] = ["怎么把钱退给我", "钱怎么退给我"];
/** A question that the row does not answer, though it is near to it, and a paraphrase of that. */
const [negative, meant] = ["怎么撤销退款申请", "退款申请怎么撤回"];

describeDatabases("aliases and negative questions by meaning", (databases) => {
  let database: Database;
  let embedder: Embedder;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-wordings-"));
    database = await databases.create("installed");
    embedder = await createEmbedder({ threads: 1 });
    await database.script(
      "create table faq (id int primary key, question text); create table inside (like faq including all)",
    );
    for (const table of ["faq", "inside"])
      await database.query(`insert into ${table} select * from unnest($1::int[], $2::text[])`, [
        rows.map((_, at) => at + 1),
        rows,
      ]);
    await add(database, embedder.model, { table: "faq", template: "{question}" });
    await add(database, embedder.model, { table: "inside", template: "{question}", column: "embedding" });
    for (const name of ["faq", "inside"]) await sync(database, await getIndex(database, name), embedder);
  });
  after(async () => {
    await embedder.close();
    await rm(folder, { recursive: true });
  });

  const synced = async (name: string) => (await sync(database, await getIndex(database, name), embedder)).embedded;
  const ask = async (name: string, question: string) => {
    const record = await getIndex(database, name);
    const [result] = await match(searchableIndex(database, { record, embedder }), [question], { limit: 3 });
    return result!;
  };
  /** Asks in the database, in SQL, and where there is a file in the file, and requires one answer. */
  const first = async (name: string, question: string, file?: LocalIndex) => {
    const { answers, chance, decision, thresholds } = await ask(name, question);
    const [row] = await database.query<{ key: string[]; similarity: number; decision: string }>(
      "select key, similarity, decision from ltd.match($1, $2, 3)",
      [name, question],
    );
    const found = { key: answers[0]!.key[0], similarity: answers[0]!.similarity, decision };
    assert.equal(row!.key[0], found.key, question);
    // vectors in SQL differ by some 0.0002: at a threshold they may decide otherwise
    const judged = chance ?? found.similarity;
    const isNear = [thresholds.answer, thresholds.suggest].some((each) => Math.abs(each - judged) < 0.02);
    if (!isNear) assert.equal(row!.decision, decision, question);
    assert.ok(Math.abs(row!.similarity - found.similarity) < 0.005, question);
    const inFile = await file?.match(question, { limit: 3 });
    if (inFile !== undefined) {
      assert.deepEqual([inFile.answers[0]!.key[0], inFile.decision], [found.key, decision], question);
      assert.ok(Math.abs(inFile.answers[0]!.similarity - found.similarity) < 1e-4, question);
    }
    return found;
  };

  for (const name of ["faq", "inside"]) {
    it(`${name}: an alias enters the vector of its row, and no other row is embedded again`, async () => {
      const before = await first(name, paraphrase);
      assert.ok(before.similarity < 0.85, String(before.similarity));
      await addAlias(database, name, [{ key: refund, question: alias }]);
      assert.equal((await ask(name, alias)).answers[0]!.found, "alias", "by equality at once");
      assert.equal(
        (await verify(database, await getIndex(database, name), embedder)).ok,
        true,
        "what is queued is no fault",
      );
      assert.equal(await synced(name), 1);
      const now = await first(name, paraphrase);
      assert.equal(now.key, String(refund));
      assert.notEqual(now.decision, "none");
      assert.ok(now.similarity > 0.92, String(now.similarity));
      assert.ok((await verify(database, await getIndex(database, name), embedder)).ok);
      const record = await getIndex(database, name);
      const [found] = await search(database, record, embedder, ["钱"], { limit: 1, wordsWeight: 1 });
      assert.deepEqual(found!.hits[0]!.key, [String(refund)], "its words find the row, too");
    });

    it(`${name}: verify finds an entry that does not know its aliases`, async () => {
      // as if deleted by hand
      await database.query("delete from ltd.alias where index_name = $1", [name]);
      const record = await getIndex(database, name);
      const { stale, examples } = await verify(database, record, embedder, { repair: true });
      assert.deepEqual([stale, examples[0]!.key], [1, [String(refund)]]);
      assert.equal(await synced(name), 1);
      assert.ok((await first(name, paraphrase)).similarity < 0.85);
    });

    it(`${name}: a wording that is far from the text is found by equality, and leaves the vector alone`, async () => {
      const before = await first(name, "怎么申请退款");
      await addAlias(database, name, [{ key: refund, question: "白条啥时候还" }]);
      await synced(name);
      assert.ok(Math.abs((await first(name, "怎么申请退款")).similarity - before.similarity) < 1e-6);
      assert.deepEqual((await ask(name, "白条啥时候还？")).answers[0]!.found, "alias");
      await removeAlias(database, name, ["白条啥时候还"]);
      assert.equal(await synced(name), 1);
    });

    it(`${name}: a negative question keeps its row from what means the same`, async () => {
      assert.equal((await first(name, meant)).key, String(refund));
      await addAlias(database, name, [{ key: refund, question: negative, isNegative: true }]);
      assert.equal(await synced(name), 1);
      for (const question of [negative, meant]) {
        const { answers } = await ask(name, question);
        assert.ok(
          answers.every(({ key }) => key[0] !== String(refund)),
          question,
        );
        assert.equal(answers.length, 3, "another row takes its rank");
        await first(name, question);
      }
      // what is nearer to the row itself, or is its text, still gets it
      for (const question of ["怎么申请退款", "如何申请退款？"])
        assert.deepEqual((await first(name, question)).key, String(refund), question);
      const [listed] = await listAliases(database, name, refund);
      assert.deepEqual([listed!.question, listed!.isNegative], [negative, true]);
    });
  }

  it("a local file knows both", async () => {
    const path = join(folder, "faq.ltd");
    const inFile = async (work: (file: LocalIndex) => Promise<void>) => {
      await exportIndex(database, "faq", path, {});
      const file = await openIndex({ local: path, threads: 1 });
      try {
        await work(file);
      } finally {
        await file.close();
      }
    };
    await addAlias(database, "faq", [{ key: refund, question: alias }]);
    await synced("faq");
    await inFile(async (file) => {
      for (const question of [paraphrase, negative, meant, "如何申请退款", alias]) await first("faq", question, file);
    });
    assert.ok((await verifyLocal(database, path)).ok);
    await removeAlias(database, "faq", [negative], { isNegative: true });
    await synced("faq");
    const { ok, problems, stale } = await verifyLocal(database, path);
    assert.deepEqual([ok, stale, problems], [false, 1, ["its negative questions differ from those of the index now"]]);
    await inFile(async (file) => assert.equal((await first("faq", meant, file)).key, String(refund)));
    await addAlias(database, "faq", [{ key: refund, question: negative, isNegative: true }]);
    await synced("faq");
  });

  it("another generation has them, with its own weights, and so has a rollback", async () => {
    const before = await first("faq", paraphrase);
    // the word stands in the alias and the negative question, not in the text of a row
    const { embedded } = await setWeights(database, "faq", [{ word: "钱", idf: 9 }], { threads: 1 });
    assert.equal(embedded, 1);
    const weighed = await createEmbedder({ threads: 1, weights: new Map([["钱", { idf: 9, frequency: null }]]) });
    try {
      const record = await getIndex(database, "faq");
      assert.ok((await verify(database, record, weighed)).ok);
      const searchable = searchableIndex(database, { record, embedder: weighed });
      const [answer, refused] = await match(searchable, [paraphrase, meant], { limit: 3 });
      assert.deepEqual(answer!.answers[0]!.key, [String(refund)]);
      assert.notEqual(answer!.decision, "none");
      assert.ok(refused!.answers.every(({ key }) => key[0] !== String(refund)));
    } finally {
      await weighed.close();
    }
    await unsetWeights(database, "faq", "all", { threads: 1 });
    assert.ok(Math.abs((await first("faq", paraphrase)).similarity - before.similarity) < 1e-6);
    assert.ok((await ask("faq", meant)).answers.every(({ key }) => key[0] !== String(refund)));
  });

  it("refuses what contradicts itself, and stores nothing of it", async () => {
    const before = await listAliases(database, "faq");
    const refused = (key: number, question: string, isNegative: boolean, message: RegExp) =>
      assert.rejects(
        addAlias(database, "faq", [
          { key: 1, question: "花呗啥时候还" },
          { key, question, isNegative },
        ]),
        { code: "input", message },
      );
    await refused(refund, `${alias}？`, true, /alias or the text of the row 4: it cannot be a negative question/);
    await refused(refund, "如何申请退款！", true, /alias or the text of the row 4/);
    await refused(1, "花呗啥时候还", true, /alias or the text of the row 1/);
    await refused(refund, negative, false, /a negative question of the row 4 already/);
    await assert.rejects(removeAlias(database, "faq", ["没有"], { isNegative: true }), {
      code: "input",
      message: /1 of 1/,
    });
    assert.deepEqual(await listAliases(database, "faq"), before);
    // of another row it may be both
    await addAlias(database, "faq", [{ key: 1, question: alias, isNegative: true }]);
    await removeAlias(database, "faq", [alias], { isNegative: true });
  });

  it("a list is checked before it is stored", async () => {
    const generation = { record: await getIndex(database, "faq"), embedder };
    const { checked, conflicts } = await checkAliases(database, generation, [
      { key: 1, question: "花呗啥时候还" },
      { key: 2, question: "花呗啥时候还？" },
      { key: 3, question: "怎么改收货的地址" },
      { key: refund, question: "如何申请退款", isNegative: true },
      { key: refund, question: negative },
      { key: 1, question: alias },
    ]);
    assert.equal(checked, 6);
    assert.deepEqual(
      conflicts.map(({ at, why, of }) => [at, why, of[0]]),
      [
        [1, "alias", "1"],
        [2, "nearer", "2"],
        [3, "own", "4"],
        [4, "negative", "4"],
        [5, "alias", "4"],
      ],
    );
    assert.equal((await listAliases(database, "faq", 1)).length, 0);
  });

  it("has verbs", async () => {
    const ltd = (args: string[], stdin: string | Uint8Array = "") => runCli(args, { database, stdin });
    const list = "1\t花呗啥时候还\n\n3\t怎么改收货的地址\n1\t花呗怎么开通\tnot\n";
    const dry = await ltd(["alias", "import", "faq", "--dry-run"], list);
    assert.equal(dry.code, 3, dry.stderr);
    assert.match(
      dry.stdout,
      /^line 3: 怎么改收货的地址 of 3 is nearer to 2 \(0\.\d+\) than to its own row \(0\.\d+\)\n3 questions for faq, 1 conflicts; nothing was stored\n$/,
    );
    const done = await ltd(["alias", "import", "faq"], list.replace("3\t怎么改收货的地址\n", ""));
    assert.match(done.stdout, /^2 aliases of faq; next: ltd-index sync faq\n$/);
    assert.equal((await ltd(["alias", "list", "faq", "1"])).stdout, "1\t花呗啥时候还\n1\t花呗怎么开通\tnot\n");
    assert.match(
      (await ltd(["alias", "remove", "--not", "faq", "花呗怎么开通"])).stdout,
      /removed 1 negative questions/,
    );
    assert.match(
      (await ltd(["alias", "add", "--not", "faq", "1", "花呗怎么开通"])).stdout,
      /1 negative questions of faq/,
    );
    const before = await listAliases(database, "faq");
    const wrong = await ltd(["alias", "import", "faq"], "1\t好的\n2\t好的呀\tmaybe\n");
    assert.match(wrong.stderr, /line 2 has the third column "maybe"/);
    const gbk = Buffer.concat([Buffer.from("1\t"), Buffer.from([0xbb, 0xa8, 0xdf, 0xc2]), Buffer.from("\n")]);
    const unread = await ltd(["alias", "import", "faq"], gbk);
    assert.equal(unread.code, 1);
    assert.match(unread.stderr, /line 1 .*utf-8[^]*--encoding/i);
    assert.deepEqual(await listAliases(database, "faq"), before);
  });

  it("goes with the index", async () => {
    await remove(database, "faq");
    await remove(database, "inside");
    for (const table of ["alias", "negative", "wording_vector"])
      assert.deepEqual(await database.query(`select from ltd.${table}`), [], table);
  });
});
