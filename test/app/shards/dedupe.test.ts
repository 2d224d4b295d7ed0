import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import type { DedupeResult } from "../../../src/app/cluster/dedupe.ts";
import { openIndex, type Index } from "../../../src/app/open/open-index.ts";
import { dedupe } from "../../../src/app/shards/dedupe.ts";
import type { Database } from "../../../src/db/database.ts";
import { runCli } from "../../support/cli.ts";
import { describeServer } from "../../support/databases.ts";
import { oneAndShards, splitRows, type SplitRow } from "../../support/shards.ts";

/** Duplicates and pairs to hold back, most of them with rows on different shards: a row is on the one of its id modulo 3. */
const more = [
  "怎么申请退款",
  "怎么申请退款？",
  "怎么申请 退款！",
  "RTX 4090 显卡",
  "RTX 4060 显卡",
  "北京到上海的机票",
  "微信转支付宝",
  "上海到北京的机票",
  "支付宝转微信",
  "微信转支付宝？",
  "怎么申请退款。",
  "😀",
];
const rows: SplitRow[] = [
  ...splitRows,
  ...more.map((question, at) => ({ id: 100 + at, question, category: at % 2 === 0 ? "" : "其他" })),
];

/** Everything of a result but what only one of two runs can have: rounding, seconds. */
function rounded({ seconds: _seconds, ...result }: DedupeResult): unknown {
  return JSON.parse(
    JSON.stringify(result, (_, each: unknown) => (typeof each === "number" ? Number(each.toFixed(5)) : each)),
  );
}

describeServer("duplicates over three shards", (databases) => {
  let whole: Database;
  let front: Database;
  let asked: Index<SplitRow>;
  let shards: Database[] = [];
  let takeBack = async (): Promise<void> => {};

  before(async () => {
    ({ whole, front, shards, takeBack } = await oneAndShards(databases, rows));
    asked = await openIndex<SplitRow>({ index: "faq", database: front, threads: 1 });
  });
  after(async () => {
    await asked?.close();
    await takeBack();
  });

  it("are those of one index with all rows, held pairs and reasons, too", async () => {
    for (const options of [
      {},
      { threshold: 0.5 },
      { threshold: 0.6, keep: "last" },
      { threshold: 0.6, keep: "longest" },
      { threshold: 0.6, keep: "fullest", method: "hnsw" },
    ] as const) {
      const ofShards = await asked.dedupe(options);
      assert.deepEqual(rounded(ofShards), rounded(await dedupe(whole, "faq", { ...options, threads: 1 })));
      assert.equal(ofShards.rows, rows.length - 1, "a text without letters has no vector");
    }
    const [refunds] = (await asked.dedupe()).groups;
    const keys = refunds!.duplicates.map(({ key }) => key[0]).sort();
    assert.deepEqual([refunds!.survivor.key, keys], [["12"], ["100", "101", "102", "110"]], "on three shards");
    const { held } = await asked.dedupe({ threshold: 0.5 });
    const gpu = held.find(({ row, survivor }) => survivor.key[0] === "103" && row.key[0] === "104")!;
    assert.deepEqual(gpu.reasons, ["number: 4060, 4090"]);
  });

  it("are printed, and saved where their rows are", async () => {
    const printed = await runCli(["dedupe", "faq", "--threads", "1"], { database: front });
    assert.match(printed.stdout, /^faq: \d+ of 35 rows are duplicates of \d+ others, similarity from 0\.95/);
    const csv = await runCli(["dedupe", "faq", "--csv", "--threads", "1"], { database: front });
    assert.match(csv.stdout, /^12,101,[\d.]+,怎么申请退款？$/m);
    const saved = await runCli(["dedupe", "faq", "--save", "--json", "--threads", "1"], { database: front });
    const { groups, duplicates } = JSON.parse(saved.stdout) as DedupeResult;
    const stored = await Promise.all(
      shards.map((shard) =>
        shard.query<{ id: number; pair: string }>(
          `select f.id::integer as id, d.survivor[1] || '-' || d.key[1] as pair
           from ltd.duplicate d join faq f on d.key = array[f.id::text] where d.index_name = 'faq'`,
        ),
      ),
    );
    const expected = groups.flatMap(({ survivor, duplicates: of }) =>
      of.map(({ key }) => `${survivor.key[0]}-${key[0]}`),
    );
    assert.equal(expected.length, duplicates);
    assert.deepEqual(
      stored
        .flat()
        .map(({ pair }) => pair)
        .sort(),
      expected.sort(),
    );
    assert.ok(stored.every((of, shard) => of.length > 0 && of.every(({ id }) => id % 3 === shard)));
  });

  it("name the shards that do not answer, and are not saved without them", async () => {
    await front.query("insert into ltd.shard values ('faq', 'gone', 'postgres://nobody@127.0.0.1:1/none', 'faq')");
    const partial = await runCli(["dedupe", "faq", "--threads", "1"], { database: front });
    assert.match(partial.stdout, /^faq: \d+ of 35 rows.*\n {2}partial: the rows of gone are missing\n/);
    assert.match(partial.stderr, /note: without the shard gone: nothing listens at/);
    assert.deepEqual((await dedupe(front, "faq", { threads: 1 })).partial, ["gone"]);
    const saved = await runCli(["dedupe", "faq", "--save"], { database: front });
    assert.deepEqual([saved.code, /nothing listens at/.test(saved.stderr)], [1, true], saved.stderr);
    await front.query("delete from ltd.shard where name = 'gone'");
    await assert.rejects(asked.dedupe({ threshold: 2 }), { code: "usage" });
    await assert.rejects(dedupe(whole, "nowhere"), { code: "index", message: /there is no index "nowhere"/ });
  });
});
