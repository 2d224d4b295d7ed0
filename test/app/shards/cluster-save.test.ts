import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import type { ClusterResult } from "../../../src/app/cluster/cluster.ts";
import { openIndex, type Index } from "../../../src/app/open/open-index.ts";
import { cluster, clusterShards } from "../../../src/app/shards/cluster.ts";
import { withShards } from "../../../src/app/shards/each.ts";
import { dropClustering, mergeClusters, renameCluster } from "../../../src/app/shards/edit-clusters.ts";
import type { Database } from "../../../src/db/database.ts";
import { findFront } from "../../../src/db/indexes/front.ts";
import type { Embedder } from "../../../src/embed/embedder.ts";
import { runCli } from "../../support/cli.ts";
import { describeServer } from "../../support/databases.ts";
import { oneAndShards, syncShard, type SplitRow } from "../../support/shards.ts";
import { comparable, topicRows } from "../../support/topics.ts";

describeServer("saved clusters over three shards", (databases) => {
  let embedder: Embedder;
  let whole: Database;
  let front: Database;
  let asked: Index<SplitRow>;
  let shards: Database[] = [];
  let takeBack = async (): Promise<void> => {};

  before(async () => {
    ({ embedder, whole, front, shards, takeBack } = await oneAndShards(databases, topicRows, "part"));
    asked = await openIndex<SplitRow>({ index: "faq", database: front, threads: 1 });
  });
  after(async () => {
    await asked?.close();
    await takeBack();
  });

  const save = { save: "topics", k: 8 } as const;
  /** Runs both, and compares every field. */
  const both = async (options: Parameters<typeof cluster>[2]): Promise<ClusterResult> => {
    const ofShards = await asked.cluster(options);
    assert.deepEqual(comparable(ofShards), comparable(await cluster(whole, "faq", { ...options, threads: 1 })));
    await sameRows(options?.save ?? "topics");
    return ofShards;
  };
  const rowsOf = async (database: Database, name: string) =>
    (
      await database.query<{ line: string }>(
        `select f.id || ' ' || c.cluster_id || ' ' || c.label as line
         from ltd.cluster_row c join faq f on c.key = array[f.id::text] where c.clustering = $1`,
        [name],
      )
    ).map(({ line }) => line);
  /** The rows of all shards, joined with their tables there, are those of one index. */
  const sameRows = async (name: string) => {
    const ofShards = (await Promise.all(shards.map((shard) => rowsOf(shard, name)))).flat();
    assert.deepEqual(ofShards.sort(), (await rowsOf(whole, name)).sort());
  };
  /** Runs statements where their row is, and in the whole table. */
  const change = async (id: number, statement: string): Promise<void> => {
    for (const [database, index] of [[whole, "faq"] as const, [shards[id % 3]!, "part"] as const]) {
      await database.query(statement, [id]);
      await syncShard(database, embedder, index);
    }
  };

  it("are those of one index, and only what is new or changed is assigned later", async () => {
    const first = await both(save);
    assert.deepEqual([first.done, first.clustering, first.assigned], ["fitted", "topics", topicRows.length]);
    assert.deepEqual(
      [(await both({ save: "topics" })).done, (await both({ save: "topics" })).assigned],
      ["assigned", 0],
    );
    await change(900, "insert into faq values ($1, '怎么申请退款呢', '')");
    await change(901, "insert into faq values ($1, '登录密码忘记了', '')");
    await change(5, "update faq set question = '糖尿病饮食怎么安排' where id = $1");
    await change(10, "delete from faq where id = $1");
    const next = await both({ save: "topics" });
    assert.deepEqual([next.assigned, next.forgotten, next.rows], [3, 1, topicRows.length + 1]);
    // and so part by part
    await change(902, "insert into faq values ($1, '公司申请退款', '')");
    const record = (await findFront(front, "faq"))!;
    const inParts = await withShards(front, record, (open) =>
      clusterShards({ ...record, shards: open, rowsAtOnce: 40 }, { save: "topics", threads: 1 }),
    );
    assert.deepEqual(comparable(inParts), comparable(await cluster(whole, "faq", { save: "topics", threads: 1 })));
    await sameRows("topics");
  });

  it("keep names and merges, on all shards, when all is clustered again", async () => {
    const [one, two, three] = (await asked.cluster({ save: "topics" })).clusters.map(({ id }) => id);
    for (const database of [whole, front]) {
      await renameCluster(database, "faq", "topics", one!, "退款");
      await mergeClusters(database, "faq", "topics", [two!, three!]);
    }
    assert.equal((await both({ save: "topics" })).clusters.length, 7);
    const again = await both({ save: "topics", refit: true });
    assert.deepEqual([again.refit, again.done, again.clusters.length], ["asked", "fitted", 7]);
    assert.ok(again.clusters.some(({ label, isNamed }) => label === "退款" && isNamed));
    const record = (await findFront(front, "faq"))!;
    const inParts = await withShards(front, record, (open) =>
      clusterShards({ ...record, shards: open, rowsAtOnce: 150 }, { save: "topics", refit: true, threads: 1 }),
    );
    assert.ok(inParts.clusters.some(({ id, label }) => id === one && label === "退款"));
    assert.equal(inParts.members.length, topicRows.length + 2);
    assert.equal((await asked.cluster({ save: "topics" })).assigned, 0);
    const printed = await runCli(["cluster", "faq", "--save", "topics", "--rename", `${one}=退钱`], {
      database: front,
    });
    assert.match(printed.stdout, /退钱/, printed.stderr);
  });

  it("come to a shard that was added since", async () => {
    await dropClustering(front, "faq", "topics");
    await dropClustering(whole, "faq", "topics");
    await both(save);
    await shards[1]!.query("delete from ltd.cluster_set");
    const own = topicRows.filter(({ id }) => id % 3 === 1).length;
    const { assigned, done } = await asked.cluster({ save: "topics" });
    assert.deepEqual([done, Math.abs(assigned - own) <= 2], ["assigned", true]);
    await both({ save: "topics" });
  });

  it("that differ, as a run was cut off, are refused, and made alike by --refit", async () => {
    await shards[2]!.query("update ltd.cluster_set set next_cluster = next_cluster + 1");
    await assert.rejects(asked.cluster({ save: "topics" }), {
      code: "index",
      message: /the clustering topics has other clusters on the shard a than on c/,
      hint: /--refit$/,
    });
    await both({ save: "topics", refit: true });
    await both({ save: "topics" });
  });

  it("are refused as those of one index, and written on all shards or on none", async () => {
    await assert.rejects(asked.cluster({ save: "topics", k: 3 }), {
      code: "usage",
      hint: /cluster faq .*--refit --k 3$/,
    });
    await assert.rejects(renameCluster(front, "faq", "nothing", 1, "x"), { code: "index", hint: /topics/ });
    await assert.rejects(renameCluster(front, "faq", "topics", 99, "x"), { code: "index" });
    await assert.rejects(mergeClusters(front, "faq", "topics", [1, 1]), { code: "usage" });
    const runs = await Promise.allSettled([1, 2].map((seed) => asked.cluster({ k: 3, seed, save: "twice" })));
    for (const each of runs)
      if (each.status === "rejected") assert.equal((each.reason as { code: string }).code, "locked");
    assert.ok(runs.some(({ status }) => status === "fulfilled"));
    await asked.cluster({ save: "twice" });
    await front.query("insert into ltd.shard values ('faq', 'gone', 'postgres://nobody@127.0.0.1:1/none', 'faq')");
    const saved = await runCli(["cluster", "faq", "--save", "more"], { database: front });
    assert.deepEqual([saved.code, /nothing listens at/.test(saved.stderr)], [1, true], saved.stderr);
    const named = await runCli(["cluster", "faq", "--save", "twice", "--rename", "1=甲"], { database: front });
    assert.deepEqual([named.code, /nothing listens at/.test(named.stderr)], [1, true], named.stderr);
    await front.query("delete from ltd.shard where name = 'gone'");
    // the last of three cannot be written: nothing is
    await shards[2]!.query("alter table ltd.cluster add constraint broken check (silhouette > 2) not valid");
    await assert.rejects(asked.cluster({ k: 4, save: "more" }), { code: "database" });
    await shards[2]!.query("alter table ltd.cluster drop constraint broken");
    for (const shard of shards)
      assert.deepEqual(await shard.query("select from ltd.cluster_set where name = 'more'"), []);
    const dropped = await runCli(["cluster", "faq", "--drop", "twice"], { database: front });
    assert.match(dropped.stdout, /dropped the clustering twice of faq/, dropped.stderr);
    await assert.rejects(dropClustering(front, "faq", "twice"), { code: "index" });
  });
});
