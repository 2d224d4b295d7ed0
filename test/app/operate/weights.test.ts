import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { add } from "../../../src/app/keep/add.ts";
import { rollbackGeneration } from "../../../src/app/operate/generation.ts";
import { listGenerations } from "../../../src/app/operate/list-generations.ts";
import { createEmbedderFor } from "../../../src/app/live-index.ts";
import { match } from "../../../src/app/ask/match.ts";
import { searchableIndex } from "../../../src/app/ask/searchable.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import { fitWeights, setWeights, showWeights, unsetWeights } from "../../../src/app/operate/weights.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder, withEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { idfOf } from "../../../src/text/tables.ts";
import { rowOf } from "../../../src/vector/matrix.ts";
import { describeDatabases } from "../../support/databases.ts";

/** Some have 退款, some 瓜呗 as a string, also where it is no word by itself; the last has no letter. */
const TEXTS = [
  "怎么退款",
  "退款要多久",
  "瓜呗怎么还款",
  "我的瓜呗额度是多少",
  "西瓜呗呗地飘",
  "忘记密码怎么办",
  "蚂蚁瓜呗和借呗",
  "买瓜呗",
  "发票怎么开",
  "iphone15怎么退款",
  "iphone 15 手机壳",
  "😀",
];

describeDatabases("weights", (databases) => {
  let database: Database;
  let plain: Embedder;

  before(async () => {
    database = await databases.create("initialised");
    plain = await createEmbedder({ threads: 1 });
    const values = TEXTS.map((text, at) => `(${at}, '${text}')`).join(", ");
    await database.script(`create table faq (id int primary key, question text); insert into faq values ${values}`);
    await add(database, plain.model, { table: "faq" });
    await sync(database, await getIndex(database, "faq"), plain);
  });
  after(() => plain.close());

  const options = () => ({ model: plain.model, threads: 1 });
  const vectors = async () => {
    const rows = await database.query<{ key: number; embedding: string | null }>(
      "select key, embedding from ltd.entry_faq",
    );
    return new Map(rows.map(({ key, embedding }) => [key, embedding]));
  };
  /** Changes weights, and gives the texts whose vector is another one afterwards. */
  const textsMoved = async (change: () => Promise<{ embedded: number }>) => {
    const old = await vectors();
    const { embedded } = await change();
    const moved = [...(await vectors())]
      .filter(([key, embedding]) => old.get(key) !== embedding)
      .map(([key]) => TEXTS[key]);
    assert.equal(embedded, moved.length, "no row is embedded for nothing");
    return moved.toSorted();
  };
  /** Every vector is what an embedder of the live weights makes of the row. */
  const assertTrue = async () => {
    const index = await getIndex(database, "faq");
    await withEmbedder(createEmbedderFor(database, index, options()), async (embedder) => {
      const made = await embedder.embed(TEXTS);
      for (const [key, stored] of await vectors()) {
        if (stored === null) continue;
        const vector = Float32Array.from(JSON.parse(stored) as number[]);
        const similarity = rowOf(made, key).reduce((sum, x, at) => sum + x * vector[at]!, 0);
        assert.ok(similarity > 0.99999, `${TEXTS[key]}: ${similarity}`);
      }
      const [found] = await match(searchableIndex(database, { record: index, embedder }), ["瓜呗还款"], { limit: 1 });
      assert.equal(found!.answers[0]!.text, "瓜呗怎么还款");
    });
  };

  it("of a word move the rows that have it, and no others", async () => {
    const moved = await textsMoved(() => setWeights(database, "faq", [{ word: "退款", idf: 3 }], options()));
    assert.deepEqual(moved, TEXTS.filter((text) => text.includes("退款")).toSorted());
    await assertTrue();
    assert.deepEqual(await showWeights(database, "faq", [], options()), [
      { word: "退款", idf: 3, frequency: null, fitted: false, modelIdf: idfOf("退款", plain.model.tables)! },
    ]);
  });

  it("that are what they are make no generation", async () => {
    const before = await getIndex(database, "faq");
    const done = await setWeights(database, "faq", [{ word: "退款", idf: 3 }], options());
    assert.deepEqual([done.changed, done.embedded, done.generation], [0, 0, before.generation]);
    assert.equal((await getIndex(database, "faq")).id, before.id);
  });

  it("of a word that the dictionary lacks move the rows that it is cut out of now", async () => {
    assert.deepEqual(plain.encode("我的瓜呗额度是多少")!.words.slice(0, 4), ["我", "的", "瓜", "呗"]);
    const own = await showWeights(database, "faq", ["瓜呗"], options());
    assert.deepEqual(own, [
      { word: "瓜呗", idf: plain.model.tables.unknownIdf, frequency: null, fitted: false, modelIdf: null },
    ]);
    const moved = await textsMoved(() => setWeights(database, "faq", [{ word: "瓜呗", idf: 2 }], options()));
    const index = await getIndex(database, "faq");
    const cut = await withEmbedder(createEmbedderFor(database, index, options()), async (embedder) =>
      TEXTS.filter((text) => embedder.encode(text)?.words.includes("瓜呗")),
    );
    assert.ok(cut.includes("蚂蚁瓜呗和借呗") && cut.includes("买瓜呗"), String(cut));
    assert.deepEqual(moved, cut.toSorted());
    const [row] = await database.query(
      "select array(select w from unnest(tsvector_to_array(words)) w where w not like '% %') as words from ltd.entry_faq where key = 7",
    );
    assert.deepEqual(row, { words: ["买", "瓜呗"] });
    await assertTrue();
  });

  it("of a word of letters and digits", async () => {
    const moved = await textsMoved(() => setWeights(database, "faq", [{ word: "iPhone15", idf: 9 }], options()));
    assert.deepEqual(moved, ["iphone15怎么退款"]);
    await assertTrue();
  });

  it("can be given back: a generation that has the vectors of the first", async () => {
    const moved = await textsMoved(() => unsetWeights(database, "faq", "all", options()));
    assert.deepEqual(moved, TEXTS.filter((text) => /退款|瓜呗/.test(text) && text !== "西瓜呗呗地飘").toSorted());
    assert.deepEqual(await showWeights(database, "faq", [], options()), []);
    await assertTrue();
  });

  it("are fitted to the rows, but for those that were set", async () => {
    await setWeights(database, "faq", [{ word: "密码", idf: 7 }], options());
    await fitWeights(database, "faq", { ...options(), prior: 10 });
    const shown = new Map((await showWeights(database, "faq", [], options())).map((each) => [each.word, each]));
    assert.deepEqual([shown.get("密码")!.idf, shown.get("密码")!.fitted], [7, false]);
    // 怎么 is a word of 4 of the 11 rows that have words: 怎么办 is another one
    const share = Math.exp(1 - idfOf("怎么", plain.model.tables)!);
    const expected = 1 - Math.log((4 + 10 * share) / (11 + 10));
    const often = shown.get("怎么")!;
    assert.ok(often.fitted && Math.abs(often.idf - expected) < 1e-4, `${often.idf} ${expected}`);
    assert.ok(often.idf < often.modelIdf!, "more frequent here than elsewhere");
    await assertTrue();
    await unsetWeights(database, "faq", "fitted", options());
    assert.deepEqual(
      (await showWeights(database, "faq", [], options())).map(({ word }) => word),
      ["密码"],
    );
  });

  it("are of the generation: rolled back with it, changes of the table included", async () => {
    const [before] = await listGenerations(database, "faq");
    assert.equal(before!.state, "previous");
    await database.query("update faq set question = '怎么退款呢' where id = 0");
    TEXTS[0] = "怎么退款呢";
    await rollbackGeneration(database, "faq", options());
    assert.equal((await getIndex(database, "faq")).generation, before!.generation);
    assert.ok((await showWeights(database, "faq", [], options())).length > 1, "the fitted ones");
    await assertTrue();
  });

  it("refuse what cannot be", async () => {
    const set = (word: string, idf: number) => setWeights(database, "faq", [{ word, idf }], options());
    await assert.rejects(set("怎么 退款", 2), { code: "usage", message: /not one word/ });
    await assert.rejects(set("！", 2), { code: "usage", message: /not one word/ });
    await assert.rejects(set("退款", -1), { code: "usage", message: /0 to 100/ });
    await assert.rejects(set("花。呗", 1), { code: "usage", message: /always cut into 花 。 呗/ });
    await assert.rejects(set("退款", Number.NaN), { code: "usage" });
    assert.equal((await listGenerations(database, "faq")).filter(({ state }) => state === "building").length, 0);
  });
});
