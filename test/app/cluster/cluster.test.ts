import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { add } from "../../../src/app/keep/add.ts";
import { cluster, type ClusterResult } from "../../../src/app/cluster/cluster.ts";
import { dropClustering, mergeClusters, renameCluster } from "../../../src/app/shards/edit-clusters.ts";
import { buildGeneration, switchGeneration } from "../../../src/app/operate/generation.ts";
import { openIndex } from "../../../src/app/open/open-index.ts";
import { remove } from "../../../src/app/keep/remove.ts";
import { sync } from "../../../src/app/keep/sync.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { loadModel } from "../../../src/embed/model-package.ts";
import { describeDatabases } from "../../support/databases.ts";
import { writeTinyModel } from "../../support/tiny-model.ts";

const TOPICS = [
  [
    "怎么申请退款",
    "退款多久到账",
    "退款失败怎么办",
    "申请退款被拒绝了",
    "退款退到哪里",
    "可以部分退款吗",
    "取消退款申请",
    "退款进度在哪看",
  ],
  [
    "忘记密码怎么办",
    "怎么修改登录密码",
    "密码输错被锁定",
    "重置密码收不到短信",
    "支付密码和登录密码一样吗",
    "密码太简单",
    "找回密码的链接失效",
  ],
  ["高血压吃什么药", "高血压患者饮食", "血压高头晕怎么办", "高血压能治好吗", "老人血压多少正常", "降压药什么时候吃"],
];

describeDatabases("clusters", (databases) => {
  let database: Database;
  let embedder: Embedder;
  const settle = async () => sync(database, await getIndex(database, "faq"), embedder);
  const run = (options: Parameters<typeof cluster>[2] = {}) => cluster(database, "faq", { threads: 1, ...options });
  const clusterOf = (result: ClusterResult, id: number) =>
    result.members.find(({ key }) => key[0] === String(id))?.cluster ?? null;
  const saved = (name = "topics") =>
    database.query<{ key: string[]; cluster_id: number | null; label: string | null }>(
      `select key, cluster_id, label from ltd.cluster_row where index_name = 'faq' and clustering = $1 order by key`,
      [name],
    );

  before(async () => {
    database = await databases.create("initialised");
    embedder = await createEmbedder({ threads: 1 });
    await database.script("create table faq (id int primary key, question text)");
    const texts = TOPICS.flatMap((each, topic) => each.map((text, at) => `(${100 * topic + at}, '${text}')`));
    await database.script(`insert into faq values ${texts.join(", ")}, (900, '😀')`);
    await add(database, embedder.model, { table: "faq" });
  });
  after(() => embedder.close());

  it("of an index without vectors say what to do", async () => {
    await assert.rejects(run(), { code: "index", hint: "embed its rows first: ltd-index sync faq" });
  });

  it("are the topics, each with its words, rows, size and cohesion", async () => {
    await settle();
    const result = await run({ k: 3 });
    assert.deepEqual([result.rows, result.pending, result.clustering, result.done], [21, 0, null, "fitted"]);
    assert.deepEqual(
      result.clusters.map(({ size }) => size),
      [8, 7, 6],
    );
    for (const [topic, texts] of TOPICS.entries()) {
      const ids = new Set(texts.map((_, at) => clusterOf(result, 100 * topic + at)));
      assert.equal(ids.size, 1);
      const found = result.clusters.find(({ id }) => ids.has(id))!;
      assert.equal(found.words[0]!.word, ["退款", "密码", "高血压"][topic]);
      assert.ok(found.label.startsWith(found.words[0]!.word) && !found.isNamed);
      assert.equal(found.representatives.length, 3);
      assert.ok(found.representatives.every(({ text }) => texts.includes(text)));
      assert.ok(found.cohesion > 0.5 && found.cohesion < 1 && found.silhouette > 0);
      assert.equal(found.centroid.length, 512);
      assert.ok(Math.abs(Math.hypot(...found.centroid) - 1) < 1e-5);
    }
    const { seconds: _one, ...first } = result;
    const { seconds: _two, ...again } = await run({ k: 3 });
    assert.deepEqual(first, again);
    assert.equal((await run()).fit.sweep!.length > 2, true);
    assert.deepEqual(await database.query("select * from ltd.cluster_set"), []);
  });

  it("are saved, and the next run only assigns what is new or changed and forgets what is gone", async () => {
    const first = await run({ k: 3, save: "topics" });
    assert.deepEqual([first.done, first.assigned, first.clusters.map(({ id }) => id)], ["fitted", 21, [1, 2, 3]]);
    const same = await run({ save: "topics" });
    assert.deepEqual([same.done, same.assigned, same.forgotten], ["assigned", 0, 0]);
    assert.deepEqual(same.members, first.members);
    assert.deepEqual(same.clusters, first.clusters);

    await database.script(`insert into faq values (50, '退款要几天'), (51, '😀');
      update faq set question = '血压又高了' where id = 0; delete from faq where id = 100`);
    assert.equal((await run({ save: "topics" })).pending, 4);
    await settle();
    const next = await run({ save: "topics" });
    assert.deepEqual([next.done, next.assigned, next.forgotten, next.rows], ["assigned", 2, 1, 21]);
    assert.equal(clusterOf(next, 50), clusterOf(first, 1));
    assert.equal(clusterOf(next, 0), clusterOf(first, 200));
    assert.ok(!next.members.some(({ key }) => key[0] === "100"));
    assert.deepEqual(
      (await saved()).map(({ key, cluster_id }) => [key, cluster_id]),
      next.members.map(({ key, cluster: id }) => [key, id]).toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    );
    assert.equal(next.fit.rows, 21);
  });

  it("that are saved refuse other settings, names and numbers that there are not", async () => {
    await assert.rejects(run({ save: "topics", k: 4 }), { code: "usage", hint: /--refit --k 4$/ });
    await assert.rejects(run({ save: "Topics!" }), { code: "usage" });
    await assert.rejects(run({ refit: true }), { code: "usage" });
    await assert.rejects(run({ k: 22 }), { code: "usage", message: /only 21 rows/ });
    for (const bad of [{ k: 0 }, { k: 1.5 }, { seed: -1 }, { starts: 0 }, { cut: 2 }, { method: "x" as "lloyd" }]) {
      await assert.rejects(run(bad), { code: "usage" });
    }
    await assert.rejects(renameCluster(database, "faq", "nothing", 1, "x"), { code: "index", hint: /topics/ });
    await assert.rejects(renameCluster(database, "faq", "topics", 9, "x"), { code: "index", hint: /1, 2, 3/ });
    await assert.rejects(renameCluster(database, "faq", "topics", 1, " "), { code: "usage" });
    await assert.rejects(mergeClusters(database, "faq", "topics", [1, 1]), { code: "usage" });
    await assert.rejects(cluster(database, "nothing"), { code: "index" });
  });

  it("keep their names and merges when everything is clustered again", async () => {
    const before = await run({ save: "topics" });
    const of = (id: number) => clusterOf(before, id)!;
    await renameCluster(database, "faq", "topics", of(1), "退钱");
    await mergeClusters(database, "faq", "topics", [of(101), of(201)]);
    const merged = await run({ save: "topics" });
    assert.equal(clusterOf(merged, 201), of(101));
    assert.deepEqual(merged.clusters.map(({ label, isNamed }) => [label === "退钱", isNamed]).sort(), [
      [false, false],
      [true, true],
    ]);
    const labels = new Set((await saved()).map(({ label }) => label));
    assert.ok(labels.has("退钱") && labels.size === 2);

    await database.script("insert into faq values (301, '降压药有副作用吗'), (302, '密码改不了')");
    await settle();
    const assigned = await run({ save: "topics" });
    assert.deepEqual([clusterOf(assigned, 301), clusterOf(assigned, 302)], [of(101), of(101)]);

    const refitted = await run({ save: "topics", refit: true });
    assert.deepEqual([refitted.refit, refitted.fit.k, refitted.clusters.length], ["asked", 3, 2]);
    assert.deepEqual(refitted.members, (await run({ save: "topics" })).members);
    for (const id of [1, 101, 201, 301]) assert.equal(clusterOf(refitted, id), clusterOf(assigned, id));
    assert.equal(refitted.clusters.find(({ id }) => id === of(1))!.label, "退钱");

    const finer = await run({ save: "topics", refit: true, k: 5 });
    assert.equal(finer.clusters.find(({ isNamed }) => isNamed)!.label, "退钱");
    const fresh = finer.clusters.map(({ id }) => id).filter((id) => id !== of(1) && id !== of(101));
    assert.ok(
      fresh.every((id) => id > 3),
      "no number is given twice",
    );
    await renameCluster(database, "faq", "topics", of(1), null);
    assert.ok((await run({ save: "topics" })).clusters.every(({ isNamed }) => !isNamed));
  });

  it("leave out what is less similar than the cut", async () => {
    const all = await run({ k: 3, save: "cut" });
    const limit = all.members.map(({ similarity }) => similarity).sort()[3]! + 1e-6;
    const some = await run({ save: "cut", refit: true, cut: limit });
    assert.equal(some.unassigned, 4);
    assert.deepEqual((await saved("cut")).filter(({ cluster_id }) => cluster_id === null).length, 4);
    await database.script("insert into faq values (400, '宇宙飞船的引擎')");
    await settle();
    assert.equal(clusterOf(await run({ save: "cut" }), 400), null);
    await dropClustering(database, "faq", "cut");
    await assert.rejects(dropClustering(database, "faq", "cut"), { code: "index" });
    assert.deepEqual(await saved("cut"), []);
  });

  it("that two runs save at the same time are saved once", async () => {
    const runs = await Promise.allSettled([1, 2].map((seed) => run({ k: 3, seed, save: "twice" })));
    const refused = runs.filter((each) => each.status === "rejected");
    for (const { reason } of refused) assert.equal((reason as { code: string }).code, "locked");
    // the embedded database has one connection: there the second may find what the first has saved, with another seed
    assert.equal((await saved("twice")).length, (await run({ save: "twice" })).rows);
  });

  it("are clustered again for another model, and keep their names by their rows", async () => {
    const before = await run({ save: "topics" });
    const id = clusterOf(before, 1)!;
    await renameCluster(database, "faq", "topics", id, "退钱");
    const folder = await mkdtemp(join(tmpdir(), "ltd-cluster-"));
    try {
      await writeTinyModel(folder, "tiny", 64);
      const model = await loadModel(folder);
      const options = { threads: 1 };
      await buildGeneration(database, "faq", model, options);
      await switchGeneration(database, "faq", { ...options, model });
      const after = await run({ save: "topics" });
      assert.deepEqual([after.done, after.refit, after.clusters[0]!.centroid.length], ["fitted", "model", 64]);
      const named = after.clusters.filter(({ isNamed }) => isNamed);
      assert.ok(named.every((each) => each.id === id && each.label === "退钱"));
      assert.deepEqual([(await run({ save: "topics" })).done], ["assigned"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("of equal texts are one; the library's index has them too; they go with the index", async () => {
    await database.script(
      "create table twin (id int primary key, line text); insert into twin select g, '怎么退款' from generate_series(1, 40) g",
    );
    await add(database, embedder.model, { table: "twin" });
    await sync(database, await getIndex(database, "twin"), embedder);
    const index = await openIndex({ index: "twin", database });
    for (const k of ["auto", 5] as const) {
      const { clusters, fit } = await index.cluster({ k, save: `k_${k}` });
      assert.deepEqual([clusters.length, clusters[0]!.size, fit.k], [1, 40, 1]);
      assert.deepEqual(
        clusters[0]!.representatives.map(({ text }) => text),
        ["怎么退款"],
      );
    }
    await index.close();
    await remove(database, "twin");
    assert.deepEqual(await database.query("select * from ltd.cluster_set where index_name = 'twin'"), []);
  });
});
