import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { openIndex, type Index } from "../../../src/app/open/open-index.ts";
import { clusterShards, cluster } from "../../../src/app/shards/cluster.ts";
import { withShards } from "../../../src/app/shards/each.ts";
import type { Database } from "../../../src/db/database.ts";
import { findFront } from "../../../src/db/indexes/front.ts";
import { runCli } from "../../support/cli.ts";
import { describeServer } from "../../support/databases.ts";
import { oneAndShards, type SplitRow } from "../../support/shards.ts";
import { comparable, topicRows } from "../../support/topics.ts";

describeServer("clusters over three shards", (databases) => {
  let whole: Database;
  let front: Database;
  let asked: Index<SplitRow>;
  let takeBack = async (): Promise<void> => {};

  before(async () => {
    ({ whole, front, takeBack } = await oneAndShards(databases, topicRows));
    asked = await openIndex<SplitRow>({ index: "faq", database: front, threads: 1 });
  });
  after(async () => {
    await asked?.close();
    await takeBack();
  });

  it("are those of one index with all rows, in every field", async () => {
    for (const options of [{}, { k: 8, cut: 0.6, starts: 2 }, { k: 5, seed: 7, method: "mini-batch" }] as const) {
      const [ofShards, ofOne] = [await asked.cluster(options), await cluster(whole, "faq", { ...options, threads: 1 })];
      assert.deepEqual(comparable(ofShards), comparable(ofOne));
      assert.deepEqual([ofShards.rows, ofShards.members.length], [topicRows.length, topicRows.length]);
      assert.ok(ofShards.clusters.every(({ label, representatives }) => label !== "" && representatives.length > 0));
    }
  });

  it("read part by part have nearly the inertia of all rows at once", async () => {
    const options = { k: 8, threads: 1 };
    const ofOne = await cluster(whole, "faq", options);
    const record = (await findFront(front, "faq"))!;
    for (const rowsAtOnce of [150, 100]) {
      const ofParts = await withShards(front, record, (shards) =>
        clusterShards({ ...record, shards, rowsAtOnce }, options),
      );
      const { rows: counted, members, fit, unassigned, clusters } = ofParts;
      assert.deepEqual([counted, unassigned, fit.rows, fit.k], [topicRows.length, 0, topicRows.length, 8]);
      assert.equal(new Set(members.map(({ key }) => key[0])).size, topicRows.length, "each row once");
      const ratio = fit.inertia / ofOne.fit.inertia;
      assert.ok(ratio > 0.999 && ratio < 1.01, `${rowsAtOnce} rows at once: inertia ${ratio} of that of all`);
      assert.ok(clusters.every(({ centroid }) => Math.abs(Math.hypot(...centroid) - 1) < 1e-4));
    }
    const cut = await withShards(front, record, (shards) =>
      clusterShards({ ...record, shards, rowsAtOnce: 100 }, { ...options, cut: 0.75 }),
    );
    assert.ok(cut.unassigned > 0 && cut.unassigned < topicRows.length);
    assert.equal(cut.members.filter(({ similarity }) => similarity < 0.75).length, cut.unassigned);
  });

  it("are printed as those of an index, and name the shards that do not answer", async () => {
    const printed = await runCli(["cluster", "faq", "--k", "8", "--threads", "1"], { database: front });
    assert.match(printed.stdout, /^faq: 300 rows in 8 clusters, silhouette 0\.\d+, /, printed.stderr);
    const listed = await runCli(["cluster", "faq", "--k", "8", "--rows", "--json"], { database: front });
    assert.equal(listed.stdout.trim().split("\n").length, topicRows.length);
    await front.query("insert into ltd.shard values ('faq', 'gone', 'postgres://nobody@127.0.0.1:1/none', 'faq')");
    const partial = await runCli(["cluster", "faq", "--k", "8", "--threads", "1"], { database: front });
    assert.match(partial.stdout, /^faq: 300 rows in 8 clusters.*\n {2}partial: the rows of gone are missing\n/);
    assert.match(partial.stderr, /note: without the shard gone: nothing listens at/);
    assert.deepEqual((await cluster(front, "faq", { k: 2, threads: 1 })).partial, ["gone"]);
    await front.query("delete from ltd.shard where name = 'gone'");
  });

  it("refuse what one index refuses", async () => {
    await assert.rejects(asked.cluster({ k: 301 }), {
      code: "usage",
      message: /k is 301, but the index "faq" has only/,
    });
    await assert.rejects(asked.cluster({ cut: 2 }), { code: "usage" });
    await assert.rejects(asked.cluster({ signal: AbortSignal.abort(new Error("enough")) }), { message: "enough" });
    const none = await databases.create("initialised");
    await assert.rejects(cluster(none, "faq"), { code: "index", message: /there is no index "faq"/ });
  });
});
