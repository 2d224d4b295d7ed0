import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { add } from "../../../src/app/keep/add.ts";
import { addAlias, listAliases, removeAlias } from "../../../src/app/ask/alias.ts";
import { openIndex, type Index } from "../../../src/app/open/open-index.ts";
import { remove } from "../../../src/app/keep/remove.ts";
import type { Database } from "../../../src/db/database.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { runCli } from "../../support/cli.ts";
import { describeDatabases } from "../../support/databases.ts";

const questions = [
  "花呗怎么还款",
  "花呗怎么还款？",
  "花唄怎麼還款！！",
  "怎么修改收货地址",
  "忘记密码怎么办",
  "忘记密码怎么办",
  "如何申请退款",
];

describeDatabases("match with duplicates, exact hits and aliases", (databases) => {
  let database: Database;
  let embedder: Embedder;
  let index: Index<{ id: number; question: string }>;
  before(async () => {
    database = await databases.create("initialised");
    embedder = await createEmbedder({ threads: 1 });
    await database.query("create table faq (id int primary key, question text)");
    await database.query("insert into faq select * from unnest($1::int[], $2::text[])", [
      questions.map((_, at) => at + 1),
      questions,
    ]);
    await database.script(`create table line (shop int, number text, note text, primary key (shop, number));
      insert into line values (1, 'a', '怎么退款'), (2, 'a', '如何修改地址')`);
    await add(database, embedder.model, { table: "faq" });
    await add(database, embedder.model, { table: "line", template: "{note}" });
    index = await openIndex({ database, index: "faq", threads: 1 });
    await index.sync();
    const lines = await openIndex({ database, index: "line", threads: 1 });
    await lines.sync();
    await lines.close();
  });
  after(async () => {
    await index.close();
    await embedder.close();
  });

  it("gives as many different answers as were asked for, each with the keys of its duplicates", async () => {
    const { answers, margin, decision } = await index.match("花呗如何还款", { limit: 4 });
    assert.equal(decision, "answer");
    assert.equal(answers.length, 4);
    assert.deepEqual(new Set([...answers[0]!.others, answers[0]!.key].flat()), new Set(["1", "2", "3"]));
    assert.equal(new Set(answers.map(({ row }) => row.question)).size, 4);
    assert.ok(Math.abs(margin! - (answers[0]!.similarity - answers[1]!.similarity)) < 1e-9);
    assert.ok(margin! > 0.05, "to the second question, not to its double");
    const [only] = (await index.match("花呗如何还款", { limit: 1 })).answers;
    assert.equal(only!.others.length, 2, "also where one answer is enough");
    assert.ok((await index.match("花呗如何还款", { limit: 1 })).margin! > 0.05);
  });

  it("gives the row that is the question first, as an answer", async () => {
    const { answers, decision } = await index.match("忘記密碼，怎麼辦?!");
    assert.deepEqual([decision, answers[0]!.found, answers[1]!.found], ["answer", "exact", "vector"]);
    assert.deepEqual([answers[0]!.key, answers[0]!.others].flat(2).toSorted(), ["5", "6"]);
  });

  it("gives the row of an alias first, as an answer, whatever its vector says", async () => {
    const strange = "白条啥时候还";
    assert.notEqual((await index.match(strange)).answers[0]!.found, "alias");
    assert.deepEqual(await addAlias(database, "faq", [{ key: 4, question: `${strange}？` }]), {
      index: "faq",
      changed: 1,
    });
    const { answers, decision } = await index.match(`「${strange}」`, { limit: 2 });
    assert.deepEqual([decision, answers[0]!.found, answers[0]!.key], ["answer", "alias", ["4"]]);
    assert.ok(answers[0]!.similarity < 0.9);
    assert.equal(answers.length, 2);
    assert.equal(answers[1]!.found, "vector");
    // an alias wins over the row that is the question
    await addAlias(database, "faq", [{ key: "7", question: "怎么修改收货地址" }]);
    assert.deepEqual((await index.match("怎么修改收货地址")).answers[0]!.key, ["7"]);
    await removeAlias(database, "faq", ["怎么修改收货地址"]);
    assert.deepEqual((await index.match("怎么修改收货地址")).answers[0]!.key, ["4"]);
    // many questions, one without meaning
    const all = await index.matchAll(["", strange, "如何申请退款"]);
    assert.deepEqual(
      all.map((each) => each.answers[0]?.found),
      [undefined, "alias", "exact"],
    );
    // a filter holds for aliases, too
    const filtered = await index.match(strange, { where: "id <> 4" });
    assert.ok(filtered.answers.every(({ key }) => key[0] !== "4"));
    assert.deepEqual(
      (await index.match(strange, { filter: { id: 7 } })).answers.map(({ key }) => key[0]),
      ["7"],
    );
  });

  it("refuses what cannot be an alias, and writes nothing of it", async () => {
    const before = await listAliases(database, "faq");
    const refused = (key: string | string[], question: string, message: RegExp) =>
      assert.rejects(
        addAlias(database, "faq", [
          { key: 1, question: "好的" },
          { key, question },
        ]),
        { code: "input", message },
      );
    await refused("1", "？！", /no letter or digit/);
    await refused("1", "长".repeat(501), /501 letters/);
    await refused("99", "没有", /no indexed row 99/);
    await refused("x", "没有", /key/);
    await refused(["1", "2"], "没有", /not a key of faq/);
    await refused("2", "白条啥时候还", /an alias of the row 4 already/);
    await refused("2", "好的！", /an alias of the row 1 already/);
    await assert.rejects(removeAlias(database, "faq", ["白条啥时候还", "没有"]), { code: "input", message: /1 of 2/ });
    assert.deepEqual(await listAliases(database, "faq"), before);
    await addAlias(database, "faq", [{ key: 4, question: "白条啥时候还" }]);
    assert.deepEqual(
      (await listAliases(database, "faq", 4)).map(({ question }) => question),
      ["白条啥时候还"],
      "as it was written last",
    );
  });

  it("has verbs: of a composite key, and from standard input", async () => {
    const ltd = (args: string[], stdin = "") => runCli(args, { database, stdin });
    const done = async (args: string[], stdin?: string) => {
      const { code, stdout, stderr } = await ltd(args, stdin);
      assert.equal(code, 0, stderr);
      return stdout;
    };
    await done(["alias", "add", "line", '["2", "a"]', "搬家了", "换个地方收货"]);
    assert.match(await done(["alias", "import", "line"], '["1","a"]\t不想要了\n\n'), /1 aliases of line/);
    assert.equal(
      await done(["alias", "list", "line"]),
      '["1","a"]\t不想要了\n["2","a"]\t换个地方收货\n["2","a"]\t搬家了\n',
    );
    assert.match(
      await done(["match", "line", "搬家了！", "--limit", "1"]),
      /answer \(an alias\)\n.*2, a {2}如何修改地址/,
    );
    const said = await done(["match", "line", "怎么退款", "--explain", "--where", '{"shop": 1}']);
    assert.match(
      said,
      /answer \(the same question\)\n[^]*thresholds: answer 0\.\d+, suggest 0\.\d+, margin 0 \(of the model\)\n {2}indexes: /,
    );
    const streamed = await done(["match", "line", "--json", "--where", "shop = 2"], "搬家了\n\n怎么退款\n");
    assert.deepEqual(
      streamed
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { answers: { key: string[] }[] }).answers[0]!.key),
      [
        ["2", "a"],
        ["2", "a"],
      ],
    );
    const found = await done(["search", "line", "地址", "--explain", "--words", "0.5", "--limit", "1"]);
    assert.match(
      found,
      /2, a {2}如何修改地址 {2}\(vector \d, words 1\)\n.*score 0\.\d+, similarity 0\.\d+, words [\d.]+: .*地址[^]*asked: 地址, 地 址\n {2}the words weigh 0\.50/,
    );
    const many = await done(["search", "line", "--json", "--where", '{"shop": 1}'], "退款\n地址\n");
    assert.equal(many.trim().split("\n").length, 2);
    assert.equal((await ltd(["search", "line", "x", "--where", "{shop: 1}"])).code, 2);
    assert.equal((await ltd(["search", "line", "x", "--where", "colour = 1"])).code, 2);
    assert.equal((await ltd(["alias", "import", "line"], "no tab\n")).code, 1);
    await done(["alias", "remove", "line", "搬家了"]);
    const list = await done(["alias", "list", "line"]);
    assert.ok(list.split("\n").length > 1, list);
    await done(["alias", "import", "line"], list);
    assert.equal(await done(["alias", "list", "line"]), list, "what list prints can be imported");
    await done(["weights", "set", "line", "地址", "3"]);
    const removed = await remove(database, "line");
    assert.deepEqual(removed, {
      removed: "line",
      kept: false,
      negatives: 0,
      aliases: list.trim().split("\n").length,
      weights: 1,
      thresholds: false,
    });
    assert.deepEqual(await database.query("select index_name from ltd.alias where index_name = 'line'"), []);
  });
});
