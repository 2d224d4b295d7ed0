import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { cluster } from "../../../src/app/cluster/cluster.ts";
import { installSql } from "../../../src/app/functions/install.ts";
import { add } from "../../../src/app/keep/add.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { Random } from "../../../src/vector/random.ts";
import { describeDatabases } from "../../support/databases.ts";

const TINY = "ltd-zh-2-tiny";

describeDatabases("clusters that the database makes itself", (databases) => {
  let database: Database;
  let embedder: Embedder;
  const fits = (sql: string, message: RegExp) => assert.rejects(database.query(sql), message);
  const members = (name: string) =>
    database.query<{ id: number; cluster_id: number; label: string; similarity: number }>(
      `select key[1]::int as id, cluster_id, label, similarity from ltd.cluster_row
       where index_name = 'faq' and clustering = $1 order by 1`,
      [name],
    );
  const fitOf = async (name: string) => {
    const [row] = await database.query<{ fit: Record<string, number> }>(
      "select fit from ltd.cluster_set where name = $1",
      [name],
    );
    return row!.fit;
  };
  before(async () => {
    database = await databases.create("initialised");
    embedder = await createEmbedder({ threads: 1, model: TINY });
    await installSql(database, { models: [TINY] });
    await database.script("create table faq (id int primary key, question text)");
    const file = await readFile(new URL("../../../demo/medical-faq.jsonl.gz", import.meta.url));
    const titles = gunzipSync(file).toString("utf8").trimEnd().split("\n").slice(0, 400);
    await database.query("insert into faq select n, t from unnest($1::text[]) with ordinality u (t, n)", [
      titles.map((line) => (JSON.parse(line) as { title: string }).title),
    ]);
    await database.query("insert into faq values (500, '？！')");
    await add(database, embedder.model, { table: "faq" });
    await sync(database, await getIndex(database, "faq"), embedder);
  });
  after(() => embedder.close());

  it("draw the program's numbers", async () => {
    for (const seed of [0, 1, 4_294_967_295]) {
      const random = new Random(seed);
      let state = seed;
      for (let n = 0; n < 20; n++) {
        const [row] = await database.query<{ state: string; number: number }>("select * from ltd.random_number($1)", [
          state,
        ]);
        assert.equal(row!.number, random.next());
        state = Number(row!.state);
      }
    }
  });

  for (const [k, seed, starts] of [
    [8, 1, 1],
    [20, 1, 3],
    [20, 2, 4],
    [1, 1, 1],
  ] as const) {
    it(`have the inertia of the program from the same seeds (k ${k}, seed ${seed})`, async () => {
      const of = await cluster(database, "faq", { k, seed, starts, save: `program_${k}_${seed}` });
      await database.script(
        `call ltd.cluster('faq', k => ${k}, name => 'own_${k}_${seed}', seed => ${seed}, starts => ${starts})`,
      );
      const fit = await fitOf(`own_${k}_${seed}`);
      assert.ok(Math.abs(fit["inertia"]! / of.fit.inertia - 1) < 1e-5, `${fit["inertia"]} and ${of.fit.inertia}`);
      assert.ok(
        Math.abs(fit["silhouette"]! - of.fit.silhouette) < 0.01,
        `${fit["silhouette"]} and ${of.fit.silhouette}`,
      );
      assert.deepEqual([fit["rows"], fit["k"]], [400, k]);
      const [own, program] = [await members(`own_${k}_${seed}`), await members(`program_${k}_${seed}`)];
      assert.equal(own.length, program.length);
      const same = own.filter(
        (row, at) => row.label === program[at]!.label && row.cluster_id === program[at]!.cluster_id,
      );
      assert.ok(same.length > 0.95 * own.length, `${same.length} of ${own.length} rows have the same cluster`);
    });
  }

  it("are carried on by either side", async () => {
    await database.script(`insert into faq values (501, '糖尿病能吃水果吗'); update faq set question = '高血压怎么办' where id = 1;
      delete from faq where id = 2`);
    await sync(database, await getIndex(database, "faq"), embedder);
    await database.script("call ltd.cluster('faq', name => 'own_8_1')");
    const rows = await members("own_8_1");
    assert.deepEqual([rows.length, rows[0]!.id, rows.at(-1)!.id], [400, 1, 501]);
    const assigned = await cluster(database, "faq", { save: "own_8_1" });
    assert.deepEqual([assigned.done, assigned.assigned, assigned.forgotten], ["assigned", 0, 0]);
    const by = await cluster(database, "faq", { save: "program_8_1" });
    assert.deepEqual([by.assigned, by.forgotten], [2, 1]);
    await database.script("call ltd.cluster('faq', k => 8, name => 'program_8_1')");
    assert.equal((await members("program_8_1")).length, 400);
    const again = await cluster(database, "faq", { save: "own_8_1", refit: true });
    assert.equal(again.done, "fitted");
  });

  it("give each different row its own where there are no more of them", async () => {
    await database.script(
      "create table few (id int primary key, question text); insert into few select n, '怎么退款' from generate_series(1, 5) n; insert into few values (6, '运费谁出')",
    );
    await add(database, embedder.model, { table: "few" });
    await sync(database, await getIndex(database, "few"), embedder);
    await database.script("call ltd.cluster('few', k => 4)");
    const found = await database.query(
      "select key[1] as id, cluster_id from ltd.cluster_row where index_name = 'few' order by 1",
    );
    assert.deepEqual(
      found.map(({ cluster_id }) => cluster_id),
      [1, 1, 1, 1, 1, 2],
    );
  });

  it("say what is wrong", async () => {
    await fits("call ltd.cluster('faq', name => 'x')", /k is null, but must be from 1 to 400/);
    await fits("call ltd.cluster('faq', k => 401, name => 'x')", /k is 401, but must be from 1 to 400/);
    await fits("call ltd.cluster('faq', k => 0, name => 'x')", /k is 0, seed 1 and starts 4/);
    await fits("call ltd.cluster('faq', k => 2, name => 'X y')", /'X y' cannot be the name of a clustering/);
    await fits(
      "call ltd.cluster('faq', k => 9, name => 'own_20_1')",
      /own_20_1 of faq was made with k 20 and the model/,
    );
    await fits("call ltd.cluster('none', k => 2)", /there is no index "none"/);
  });
});
