import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { add } from "../../../src/app/keep/add.ts";
import { dedupe, type DedupeOptions, type DedupeResult } from "../../../src/app/cluster/dedupe.ts";
import { openIndex } from "../../../src/app/open/open-index.ts";
import { remove } from "../../../src/app/keep/remove.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { runCli } from "../../support/cli.ts";
import { describeDatabases } from "../../support/databases.ts";

/** 1 to 4 say the same; 5 and 6 nearly; the others nothing of that. The notes make 3 the fullest row. */
const ROWS = [
  [1, "怎么申请退款", null, null],
  [2, "怎么申请退款？", "b", null],
  [3, "怎么申请退款！", "b", "c"],
  [4, "怎么申请 退款？", null, null],
  [5, "忘记密码怎么办", "b", null],
  [6, "忘记密码怎么办？", null, ""],
  [7, "高血压吃什么药", null, null],
  [8, "=SUM(1,2)公式怎么用", null, null],
  [9, "=SUM(1,2)公式怎么用？", null, null],
  [10, "😀", null, null],
] as const;

describeDatabases("duplicates", (databases) => {
  let database: Database;
  let embedder: Embedder;
  const run = (options: DedupeOptions = {}) => dedupe(database, "faq", { threads: 1, ...options });
  const shape = ({ groups }: DedupeResult) =>
    groups.map(({ survivor, duplicates }) => [survivor.key[0], duplicates.map(({ key }) => key[0]).sort()]);
  const ltd = (...args: string[]) => runCli(["dedupe", ...args], { database });

  before(async () => {
    database = await databases.create("initialised");
    embedder = await createEmbedder({ threads: 1 });
    await database.script("create table faq (id int primary key, question text, s text, c text)");
    for (const row of ROWS) await database.query("insert into faq values ($1, $2, $3, $4)", row);
    await add(database, embedder.model, { table: "faq", template: "{question}" });
  });
  after(() => embedder.close());

  it("of an index without vectors are an error that says what waits", async () => {
    const { rows, duplicates, groups, pending } = await run();
    assert.deepEqual([rows, duplicates, groups, pending], [0, 0, [], 10]);
    assert.match((await ltd("faq")).stderr, /note: 10 changed rows wait for ltd-index sync faq/);
  });

  it("are groups with a survivor and the reason", async () => {
    await sync(database, await getIndex(database, "faq"), embedder);
    const result = await run();
    assert.deepEqual([result.threshold, result.rows, result.duplicates, result.method], [0.95, 9, 5, "exact"]);
    const expected = [
      ["1", ["2", "3", "4"]],
      ["5", ["6"]],
      ["8", ["9"]],
    ];
    assert.deepEqual(shape(result), expected);
    const [first] = result.groups;
    assert.deepEqual(first!.survivor, { key: ["1"], text: "怎么申请退款", similarity: 1 });
    assert.equal(first!.reason, "first key");
    assert.ok(first!.duplicates.every(({ similarity }) => similarity >= 0.95 && similarity <= 1));
    assert.deepEqual(shape(await run({ method: "hnsw", efSearch: 50 })), expected);
    // the thresholds of an index are chances, this one is a similarity
    await database.query("update ltd.index set answer_threshold = 0.999 where name = 'faq'");
    assert.equal((await run()).threshold, 0.95);
    await database.query("update ltd.index set answer_threshold = null where name = 'faq'");
  });

  it("are not pairs that differ in what must be the same: these are held back, with the reason", async () => {
    await database.script(`create table goods (id int primary key, question text);
      insert into goods values (1, 'MySQL慢查询怎么优化'), (2, 'PostgreSQL慢查询怎么优化'), (3, '北京到上海的机票'), (4, '上海到北京的机票'),
        (5, 'RTX 4090 显卡'), (6, 'RTX 4060 显卡'), (7, '微信转支付宝'), (8, '支付宝转微信'), (9, '微信转支付宝？')`);
    await add(database, embedder.model, { table: "goods", template: "{question}" });
    await sync(database, await getIndex(database, "goods"), embedder);
    const { groups, held, duplicates } = await dedupe(database, "goods", { threads: 1, threshold: 0.5 });
    assert.deepEqual([duplicates, shape({ groups } as DedupeResult)], [1, [["7", ["9"]]]]);
    const pairs = held.map(({ row, survivor }) => `${survivor.key[0]}-${row.key[0]}`);
    for (const pair of ["1-2", "3-4", "5-6", "7-8"]) assert.ok(pairs.includes(pair), `${pair}: ${pairs.join()}`);
    assert.ok(held.every(({ reasons }) => reasons.length > 0));
    const { stdout } = await ltd("goods", "--threshold", "0.5");
    assert.match(stdout, /held back: \d+ pairs that are as near/);
    assert.match(stdout, /5 {2}RTX 4090 显卡 {2}\(number: 4060, 4090\)/);
    await remove(database, "goods");
  });

  it("keep the row that is asked for", async () => {
    const survivors = async (keep: DedupeOptions["keep"]) => {
      const { groups } = await run({ keep });
      return groups.map(({ survivor, reason }) => [survivor.key[0], reason]);
    };
    const each = (reason: string, ...keys: string[]) => keys.map((key) => [key, reason]);
    assert.deepEqual(await survivors("last"), each("last key", "4", "9", "6"));
    assert.deepEqual(await survivors("longest"), each("longest text", "4", "9", "6"));
    assert.deepEqual(await survivors("fullest"), each("most columns filled", "3", "5", "8"));
  });

  it("are saved, in the place of those of before, and go with the index", async () => {
    const stored = () =>
      database.query(
        "select key, survivor, similarity > 0.9 as near from ltd.duplicate where index_name = 'faq' order by key",
      );
    assert.equal((await run()).saved, false);
    assert.deepEqual(await stored(), []);
    assert.equal((await run({ save: true })).saved, true);
    const near = true;
    const expected = [
      { key: ["2"], survivor: ["1"], near },
      { key: ["3"], survivor: ["1"], near },
      { key: ["4"], survivor: ["1"], near },
      { key: ["6"], survivor: ["5"], near },
      { key: ["9"], survivor: ["8"], near },
    ];
    assert.deepEqual(await stored(), expected);
    await run({ save: true, threshold: 1 });
    assert.ok((await stored()).length < expected.length);
  });

  it("are printed: groups, JSON, CSV; wrong settings are refused", async () => {
    const { code, stdout, stderr } = await ltd(
      "faq",
      "--save",
      "--keep",
      "longest",
      "--method",
      "hnsw",
      "--ef-search",
      "50",
    );
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^faq: 5 of 9 rows are duplicates of 3 others, similarity from 0\.95, approximate, saved, .*\n {2}4 {2}怎么申请 退款？ {2}\(longest text\)\n {4}[01]\.\d{3} {2}\d/,
    );
    const { groups } = JSON.parse((await ltd("faq", "--json")).stdout) as DedupeResult;
    assert.equal(groups.length, 3);
    const lines = (await ltd("faq", "--csv")).stdout.trim().split("\n");
    assert.deepEqual([lines[0], lines.length], ["survivor,key,similarity,text", 9]);
    assert.equal(lines[1], "1,1,1.000000,怎么申请退款");
    assert.match(lines[8]!, /^8,9,[01]\.\d{6},"'=SUM\(1,2\)公式怎么用？"$/);
    for (const [args, message] of [
      [["--threshold", "2"], /threshold is 2, but must be a cosine/],
      [["--threshold", "x"], /threshold is NaN/],
      [["--keep", "best"], /keep is best, but must be one of: first, last, longest, fullest/],
      [["--method", "magic"], /must be exact or hnsw/],
      [["--ef-search", "0"], /efSearch is 0/],
    ] as const) {
      const wrong = await ltd("faq", ...args);
      assert.equal(wrong.code, 2);
      assert.match(wrong.stderr, message);
    }
    assert.equal((await ltd("nothing")).code, 1);
  });

  it("of equal texts have one survivor; an open index finds them too", async () => {
    await database.script(`create table twin (id int primary key, line text);
      insert into twin select g, '怎么退款' from generate_series(1, 3000) g`);
    await add(database, embedder.model, { table: "twin" });
    await sync(database, await getIndex(database, "twin"), embedder);
    const index = await openIndex({ index: "twin", database });
    const { groups, duplicates } = await index.dedupe({ save: true });
    assert.deepEqual([groups.length, duplicates, groups[0]!.survivor.key], [1, 2_999, ["1"]]);
    await index.close();
    await remove(database, "twin");
    assert.deepEqual(await database.query("select * from ltd.duplicate where index_name = 'twin'"), []);
  });
});
