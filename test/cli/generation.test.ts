import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import type { GenerationResult } from "../../src/app/operate/generation.ts";
import type { GenerationStatus } from "../../src/app/operate/list-generations.ts";
import type { MatchResult } from "../../src/app/ask/match.ts";
import type { ShownWeight, WeightsResult } from "../../src/app/operate/weights.ts";
import type { Database } from "../../src/db/database.ts";
import { runCli } from "../support/cli.ts";
import { describeDatabases } from "../support/databases.ts";
import { writeTinyModel } from "../support/tiny-model.ts";

describeDatabases("weights and generation", (databases) => {
  let database: Database;
  let folder: string;
  const at = (name: string) => join(folder, name);
  const ltd = (...args: string[]) => runCli(args, { database, environment: { LTD_MODEL: at("first") } });
  const ok = async (...args: string[]) => {
    const { code, stdout, stderr } = await ltd(...args, "--quiet");
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const json = async <T>(...args: string[]) => JSON.parse(await ok(...args, "--json")) as T;
  const words = async (...args: string[]) =>
    (await json<ShownWeight[]>("weights", "show", "faq", ...args)).map(({ word, idf, fitted }) => [word, idf, fitted]);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-generation-"));
    await writeTinyModel(at("first"), "first", 8);
    await writeTinyModel(at("second"), "second", 4);
    database = await databases.create();
    await database.script(`create table faq (id int primary key, question text);
      insert into faq values (1, '瓜呗怎么还款'), (2, '怎么退款'), (3, '退款要多久'), (4, '发票怎么开'), (5, '买瓜呗')`);
    for (const args of [["init"], ["add", "faq"], ["sync"]]) await ok(...args);
  });
  after(() => rm(folder, { recursive: true }));

  it("weights set, show, unset", async () => {
    const done = await json<WeightsResult>("weights", "set", "faq", "瓜呗", "2.5");
    assert.deepEqual([done.changed, done.embedded, done.generation], [1, 2, 2]);
    assert.match(
      await ok("weights", "set", "faq", "退款", "3"),
      /^faq: 1 word has another weight, 2 rows embedded again; generation 3 is live/,
    );
    assert.match(
      await ok("weights", "show", "faq"),
      /^2\.50 {2}瓜呗 {2}the model does not know it; a word of its own, frequency [\d.,]+\n3\.00 {2}退款 {2}the model says [\d.]+\n$/,
    );
    assert.deepEqual(
      (await words("怎么")).map(([word]) => word),
      ["怎么"],
    );
    assert.equal(await ok("weights", "set", "faq", "退款", "3.0"), "faq: nothing to change\n");
    assert.equal((await json<WeightsResult>("weights", "unset", "faq", "退款", "没有")).embedded, 2);
    assert.deepEqual(await words(), [["瓜呗", 2.5, false]]);
  });

  it("weights export and import give the same again, and --replace nothing but the list", async () => {
    await ok("weights", "set", "faq", "退款", "3");
    const list = await ok("weights", "export", "faq");
    assert.match(list, /^瓜呗\t2\.5\t\d+\n退款\t3\n$/);
    assert.equal((await json<ShownWeight[]>("weights", "export", "faq")).length, 2);
    await ok("weights", "unset", "faq", "--all");
    assert.equal(await ok("weights", "export", "faq"), "");
    await writeFile(at("list.tsv"), list.replaceAll("\n", "\r\n"));
    assert.equal((await json<WeightsResult>("weights", "import", "faq", at("list.tsv"))).changed, 2);
    assert.equal(await ok("weights", "export", "faq"), list);
    await writeFile(at("other.tsv"), "\u{feff}发票\t9\n\n");
    await ok("weights", "import", "faq", at("other.tsv"), "--replace");
    assert.deepEqual(await words(), [["发票", 9, false]]);
  });

  it("weights fit, and unset --fitted", async () => {
    await ok("weights", "fit", "faq", "--prior", "10");
    const shown = await words();
    assert.ok(shown.some(([word, , fitted]) => word === "怎么" && fitted));
    assert.deepEqual(
      shown.find(([word]) => word === "发票"),
      ["发票", 9, false],
    );
    await ok("weights", "unset", "faq", "--fitted");
    assert.deepEqual(await words(), [["发票", 9, false]]);
  });

  it("weights tell what is wrong", async () => {
    await writeFile(at("wrong.tsv"), "退款\t3\n瓜呗 2\n");
    await writeFile(at("twice.tsv"), "退款\t3\n退款\t4\n");
    const cases: [string[], number, RegExp, RegExp][] = [
      [["set", "faq", "退款", "many"], 2, /IDF of 退款 is NaN/, /hint: /],
      [["set", "fax", "退款", "1"], 1, /no index "fax"/, /faq/],
      [["unset", "faq"], 2, /--all and --fitted/, /weights show faq/],
      [["unset", "faq", "退款", "--all"], 2, /--all and --fitted/, /hint: /],
      [["fit", "faq", "--prior", "0"], 2, /prior is 0/, /prior/],
      [["import", "faq", at("nowhere.tsv")], 1, /nowhere\.tsv cannot be read/, /hint: /],
      [["import", "faq", at("wrong.tsv")], 1, /line 2 is not "word, IDF, frequency": 瓜呗 2/, /weights export/],
      [["import", "faq", at("twice.tsv")], 1, /line 2 repeats a word/, /hint: /],
    ];
    for (const [args, expected, what, hint] of cases) {
      const { code, stderr } = await ltd("weights", ...args);
      assert.equal(code, expected, stderr);
      assert.match(stderr, what);
      assert.match(stderr, hint);
    }
  });

  it("add --column keeps the vectors in the table", async () => {
    await database.script("create table shop as select * from faq; alter table shop add primary key (id)");
    assert.match(
      await ok("add", "shop", "--column", "embedding", "--print-sql"),
      /alter table "public"."shop" add column "embedding"/,
    );
    await ok("add", "shop", "--column", "embedding");
    await ok("sync", "shop");
    assert.match(await ok("status", "shop"), /vectors +in the column embedding\n/);
    assert.deepEqual(await database.query("select count(embedding)::int as n from shop"), [{ n: 5 }]);
    assert.equal((await json<MatchResult>("match", "shop", "怎么退款")).answers[0]!.key[0], "2");
    const { code, stderr } = await ltd("add", "shop", "--name", "two", "--column", "question");
    assert.equal(code, 1);
    assert.match(stderr, /the index embeds it\nhint: /);
    await ok("remove", "shop");
    await database.query("drop table shop");
  });

  it("generation build, list, switch, rollback, drop", async () => {
    const second = ["--model", at("second")];
    assert.match(
      await ok("generation", "build", "faq", ...second),
      /^faq: generation \d+ \(second\) is building; 5 rows embedded/,
    );
    const again = await json<GenerationResult>("generation", "build", "faq", ...second);
    assert.equal(again.sync.embedded, 0);
    const list = await json<GenerationStatus[]>("generation", "list", "faq");
    assert.deepEqual(
      list.map(({ state, model, indexed, vectorIndex }) => [state, model, indexed, vectorIndex]),
      [
        ["previous", "first", 5, "valid"],
        ["live", "first", 5, "valid"],
        ["building", "second", 5, "valid"],
      ],
    );
    assert.match(await ok("generation", "list", "faq"), /\(live\)\nmodel +first, 1 words with other weights\n/);
    await ok("generation", "switch", "faq", ...second);
    const asked = await ltd("match", "faq", "怎么退款");
    assert.equal(asked.code, 1);
    assert.match(asked.stderr, /vectors of the model second, not of first\nhint: /);
    assert.equal((await json<MatchResult>("match", "faq", "怎么退款", ...second)).answers[0]!.key[0], "2");
    await ok("generation", "rollback", "faq");
    assert.equal((await json<MatchResult>("match", "faq", "怎么退款")).answers[0]!.key[0], "2");
    const number = String(list[2]!.generation);
    assert.equal(await ok("generation", "drop", "faq", number), `dropped generation ${number} of faq\n`);
    assert.equal((await json<GenerationStatus[]>("generation", "list", "faq")).length, 1);
    const cases: [string[], number, RegExp][] = [
      [["drop", "faq", "x"], 2, /x is not the number of a generation/],
      [["drop", "faq", String(list[1]!.generation)], 1, /is the live one/],
      [["switch", "faq"], 1, /no generation that is built/],
      [["rollback", "faq"], 1, /no generation that was live before/],
    ];
    for (const [args, expected, what] of cases) {
      const { code, stderr } = await ltd("generation", ...args);
      assert.equal(code, expected, stderr);
      assert.match(stderr, what);
      assert.match(stderr, /hint: /);
    }
  });
});
