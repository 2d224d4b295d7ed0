import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { openIndex, type Index } from "../../../src/app/open/open-index.ts";
import { calibrate } from "../../../src/app/judge/calibrate.ts";
import { setLog } from "../../../src/app/operate/log.ts";
import { report } from "../../../src/app/report/report.ts";
import { frontSource, indexSource } from "../../../src/app/report/source.ts";
import { cluster } from "../../../src/app/shards/cluster.ts";
import { declaredFront } from "../../../src/app/shards/declared.ts";
import { Front } from "../../../src/app/shards/front.ts";
import type { Database } from "../../../src/db/database.ts";
import { storeCalibration } from "../../../src/db/indexes/calibration.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { findFront } from "../../../src/db/indexes/front.ts";
import type { Embedder } from "../../../src/embed/embedder.ts";
import type { ReportData } from "../../../src/report/report-data.ts";
import { runCli } from "../../support/cli.ts";
import { describeServer } from "../../support/databases.ts";
import { oneAndShards, type SplitRow } from "../../support/shards.ts";
import { topicRows } from "../../support/topics.ts";

/** All but times, and the places of rows: the map magnifies the last digits of vectors. */
function comparable({ createdAt: _at, points, quality: _quality, ...data }: ReportData): unknown {
  const shown = { ...data, points: points.map(({ x: _x, y: _y, ...point }) => point) };
  return JSON.parse(
    JSON.stringify(shown, (_, each: unknown) => (typeof each === "number" ? Number(each.toFixed(4)) : each)),
  );
}

describeServer("a report on three shards", (databases) => {
  let embedder: Embedder;
  let whole: Database;
  let front: Database;
  let shards: Database[] = [];
  let opened: Index<SplitRow>[] = [];
  let takeBack = async (): Promise<void> => {};

  before(async () => {
    ({ embedder, whole, front, shards, takeBack } = await oneAndShards(databases, topicRows));
    opened = await Promise.all(
      [whole, front].map((database) => openIndex<SplitRow>({ index: "faq", database, threads: 1 })),
    );
  });
  after(async () => {
    await Promise.all(opened.map((index) => index.close()));
    await takeBack();
  });

  const both = async (options: Parameters<typeof report>[2]): Promise<ReportData> => {
    const [ofShards, ofOne] = await Promise.all(
      [front, whole].map((database) => report(database, "faq", { ...options, threads: 1 })),
    );
    assert.deepEqual(comparable(ofShards!), comparable(ofOne!));
    const { trustworthiness } = ofShards!.quality;
    assert.ok(Math.abs(trustworthiness - ofOne!.quality.trustworthiness) < 0.05, `${trustworthiness}`);
    return ofShards!;
  };

  it("is that on one index with all rows, in every field", async () => {
    const all = await both({ k: 8 });
    assert.deepEqual([all.rows, all.points.length, all.questions], [topicRows.length, topicRows.length, null]);
    assert.ok(all.duplicates!.groupCount > 0 && all.points.every(({ cluster: of }) => of !== null));
    const some = await both({ k: 3, points: 50, duplicates: false, questions: ["怎么退款", "今天天气怎么样"] });
    assert.deepEqual([some.points.length, some.questions?.asked], [50, 2]);
  });

  it("has saved clusters, logged questions and calibrated thresholds", async () => {
    for (const database of [whole, front]) await cluster(database, "faq", { k: 5, save: "topics", threads: 1 });
    for (const database of [whole, front]) await setLog(database, "faq");
    for (const index of opened) {
      for (const question of ["今天天气怎么样", "电影票怎么改签", "申请退款出错了"]) {
        await index.match(question);
        await setTimeout(30); // of gaps that were asked as often the last one is the first
      }
      await index.gaps(); // writes what waits
    }
    const calibrated = await calibrate(whole, await getIndex(whole, "faq"), embedder, { sampleRows: 50 });
    assert.ok(calibrated.saved);
    const { calibration } = await getIndex(whole, "faq");
    for (const shard of shards) await storeCalibration(shard, await getIndex(shard, "faq"), calibration);
    const data = await both({ clustering: "topics", duplicates: false });
    assert.deepEqual([data.clusters.length, data.thresholds.source], [5, "calibrated"]);
    assert.ok(data.questions!.asked >= 2 && data.thresholds.curve !== null);
  });

  it("reads the same part of many rows", async () => {
    const open = await Front.open(declaredFront(front, (await findFront(front, "faq"))!), { threads: 1 });
    try {
      const ofShards = await open.read(async (state) => (await frontSource(open, state)).part(3));
      const ofOne = await indexSource(whole, { record: await getIndex(whole, "faq"), embedder }).part(3);
      assert.deepEqual(ofShards.keys, ofOne.keys);
      assert.ok(ofOne.keys.length > 60 && ofOne.keys.length < 140, String(ofOne.keys.length));
    } finally {
      await open.close();
    }
  });

  it("is a page, and is not made without a shard", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ltd-report-"));
    try {
      const file = join(folder, "faq.html");
      const printed = await runCli(["report", "faq", "--out", file, "--k", "8", "--threads", "1"], {
        database: front,
      });
      assert.match(printed.stdout, /rows +300\nclusters +8\n/, printed.stderr);
      assert.match(await readFile(file, "utf8"), /^<!doctype html>/i);
      await front.query("insert into ltd.shard values ('faq', 'gone', 'postgres://nobody@127.0.0.1:1/none', 'faq')");
      const failed = await runCli(["report", "faq", "--out", join(folder, "gone.html")], { database: front });
      assert.deepEqual([failed.code, /nothing listens at/.test(failed.stderr)], [1, true], failed.stderr);
      await front.query("delete from ltd.shard where name = 'gone'");
      const none = await runCli(["report", "faq", "--clustering", "other"], { database: front });
      assert.match(none.stderr, /no clustering "other"[^]*its clusterings are: topics/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
