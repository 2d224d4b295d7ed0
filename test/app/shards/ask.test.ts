import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { openIndex, type Index } from "../../../src/app/open/open-index.ts";
import type { Database } from "../../../src/db/database.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { describeServer } from "../../support/databases.ts";
import { aliasThose, makeShard, split, splitRows, syncShard, type SplitRow } from "../../support/shards.ts";

const asked = [
  "怎么退款",
  "花呗如何还款",
  "E1042",
  "E1042 和 E2003 报错",
  "花呗",
  "魍魉",
  "密码忘了",
  "docker",
  "今天天气怎么样",
  "改地址",
  "钱还给我",
  "？？？",
];
const aliases = [
  { key: 12, question: "钱还给我" },
  { key: 4, question: "换个地方收货" },
  { key: 13, question: "怎么申请发票", isNegative: true },
];

/** Everything of a result but what only one of two databases can have: rounding of scores, plans. */
function rounded(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, each: unknown) => (typeof each === "number" ? Number(each.toFixed(9)) : each)),
  );
}

describeServer("an index over three shards", (databases) => {
  let embedder: Embedder;
  let whole: Index<SplitRow>;
  let front: Index<SplitRow>;
  const shards: Database[] = [];

  before(async () => {
    embedder = await createEmbedder({ threads: 1 });
    const parts = split(splitRows, 3);
    const one = await databases.create("initialised");
    await makeShard(one, embedder, splitRows);
    for (const rows of parts) {
      const shard = await databases.create("initialised");
      await makeShard(shard, embedder, rows);
      shards.push(shard);
    }
    await aliasThose(one, splitRows, aliases);
    for (const [at, shard] of shards.entries()) await aliasThose(shard, parts[at]!, aliases);
    for (const database of [one, ...shards]) await syncShard(database, embedder);
    whole = await openIndex<SplitRow>({ index: "faq", database: one, threads: 1 });
    front = await openIndex<SplitRow>({
      index: "faq",
      shards: shards.map((database, at) => ({ name: `s${at}`, database })),
      threads: 1,
      deadlineMs: 60_000,
    });
  });
  after(async () => {
    await front?.close();
    await whole?.close();
    await embedder.close();
  });

  it("matches as one index with all rows does", async () => {
    const [split, together] = [await front.matchAll(asked), await whole.matchAll(asked)];
    assert.deepEqual(rounded(split), rounded(together));
    assert.ok(split.some(({ decision }) => decision === "answer"));
    assert.equal(split[asked.indexOf("钱还给我")]!.answers[0]!.found, "alias");
    assert.deepEqual(split[0]!.answers[0]!.others, [["17"]], "the same text on another shard");
    assert.ok(split.every((result) => !("partial" in result)));
  });

  it("searches as one index does: words weigh what they weigh over all rows", async () => {
    for (const question of asked)
      for (const options of [{}, { wordsWeight: question.length % 3 === 0 ? 0 : 0.6, limit: 20 }])
        assert.deepEqual(
          rounded(await front.search(question, options)),
          rounded(await whole.search(question, options)),
          `${question} ${JSON.stringify(options)}`,
        );
  });

  it("finds similar rows, filters, and embeds as one index does", async () => {
    for (const key of [1, 12, 17])
      assert.deepEqual(
        rounded(await front.similar(key, { limit: 8 })),
        rounded(await whole.similar(key, { limit: 8 })),
      );
    const only = [{ filter: { category: "支付" } }, { where: "id > 10 and category <> '账号'" }];
    for (const options of only) {
      assert.deepEqual(
        rounded(await front.match("怎么退款", options)),
        rounded(await whole.match("怎么退款", options)),
      );
      assert.deepEqual(
        rounded(await front.search("怎么退款", options)),
        rounded(await whole.search("怎么退款", options)),
      );
    }
    assert.deepEqual(await front.embedOne("怎么退款"), await whole.embedOne("怎么退款"));
    const { explained } = await front.match("怎么退款", { explain: true });
    assert.ok(explained!.plan!.lines.length >= 3, "a plan of each shard");
  });

  it("says what is wrong with a question, not that a shard does not answer", async () => {
    await assert.rejects(front.similar(999), { code: "input", message: /999 is not in the index faq/ });
    await assert.rejects(front.similar("abc"), { code: "input", message: /\(abc\) is not a key of faq/ });
    await assert.rejects(front.match("怎么退款", { where: "nothing = 1" }), { code: "usage" });
    await assert.rejects(front.match("怎么退款", { limit: 0 }), { code: "usage" });
    const aborted = AbortSignal.abort(new Error("enough"));
    await assert.rejects(front.match("怎么退款", { signal: aborted }), { message: "enough" });
  });

  it("counts and embeds what changed on each shard", async () => {
    await shards[0]!.query("update faq set question = '怎么修改绑定的手机号' where id = 24");
    const before = await front.status();
    assert.deepEqual([before.entries, before.pending, before.problems], [24, 1, []]);
    const synced = await front.sync();
    assert.deepEqual([synced.embedded, synced.pending, synced.problems], [1, 0, []]);
    assert.deepEqual((await front.match("怎么改绑定手机号")).answers[0]!.key, ["24"]);
    assert.deepEqual(
      (await front.status()).shards!.map(({ shard, status }) => [shard, status!.entries]),
      [
        ["s0", 8],
        ["s1", 8],
        ["s2", 8],
      ],
    );
  });

  it("refuses shards that cannot be named, and none at all", async () => {
    const database = shards[0]!;
    const twice = [
      { name: "a", database },
      { name: "a", database },
    ];
    await assert.rejects(openIndex({ index: "faq", shards: [] }), { code: "usage", message: /empty list/ });
    await assert.rejects(openIndex({ index: "faq", shards: twice }), {
      code: "usage",
      message: /two shards are called "a"/,
    });
    await assert.rejects(openIndex({ index: "faq", shards: twice, database }), { code: "usage" });
  });
});
