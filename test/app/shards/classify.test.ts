import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import type { ClassifierStatus } from "../../../src/app/judge/classifiers.ts";
import type { Database } from "../../../src/db/database.ts";
import type { Embedder } from "../../../src/embed/embedder.ts";
import { runCli } from "../../support/cli.ts";
import { describeServer } from "../../support/databases.ts";
import { oneAndShards, syncShard } from "../../support/shards.ts";
import { topicRows } from "../../support/topics.ts";

const EXAMPLES: Record<string, string[]> = {
  refund: ["怎么退款", "退款要多久到账", "如何申请退货退款", "钱什么时候退回来", "退款被拒绝了", "我要退钱"],
  account: ["忘记密码怎么办", "怎么修改登录密码", "账号登录不上", "账号被冻结了", "如何注销账号", "怎么换绑手机号"],
  delivery: ["快递到哪了", "几天能送到", "怎么还没发货", "可以改送货地址吗", "包裹丢了怎么办", "什么时候派送"],
};

/** Without times and the last digits. */
function comparable(json: string): unknown {
  return JSON.parse(json, (name, each: unknown) =>
    name === "trainedAt" ? undefined : typeof each === "number" ? Number(each.toFixed(4)) : each,
  );
}

describeServer("a classifier over three shards", (databases) => {
  let embedder: Embedder;
  let whole: Database;
  let front: Database;
  let folder: string;
  let shards: Database[] = [];
  let takeBack = async (): Promise<void> => {};

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-classify-"));
    const lines = Object.entries(EXAMPLES).flatMap(([label, texts]) => texts.map((text) => `${text},${label}`));
    await writeFile(join(folder, "examples.csv"), `text,label\n${lines.join("\n")}\n`);
    await writeFile(join(folder, "held-out.csv"), "text,label\n密码不记得了,account\n快递什么时候送到,delivery\n");
    ({ embedder, whole, front, shards, takeBack } = await oneAndShards(databases, topicRows, "part"));
  });
  after(async () => {
    await rm(folder, { recursive: true });
    await takeBack();
  });

  const both = async (...args: string[]): Promise<string> => {
    const printed: string[] = [];
    for (const database of [whole, front]) {
      const { code, stdout, stderr } = await runCli([...args, "--threads", "1", "--json"], { database });
      assert.equal(code, 0, stderr);
      printed.push(stdout);
    }
    assert.deepEqual(comparable(printed[1]!), comparable(printed[0]!));
    return printed[1]!;
  };
  /** The classes of all rows, joined with their tables. */
  const sameClasses = async (): Promise<void> => {
    const classesOf = async (database: Database) =>
      (
        await database.query<{ line: string }>(
          "select f.id || ' ' || coalesce(c.label, '-') as line from ltd.class_topic c join faq f on f.id = c.key",
        )
      ).map(({ line }) => line);
    const ofShards = (await Promise.all(shards.map(classesOf))).flat();
    assert.deepEqual(ofShards.sort(), (await classesOf(whole)).sort());
    assert.equal(ofShards.length > 0, true);
  };

  it("is that of one index, and each shard has the classes of its rows", async () => {
    const trained = JSON.parse(await both("classify", "train", "faq", "topic", join(folder, "examples.csv"))) as {
      index: string;
      classified: number;
    };
    assert.deepEqual([trained.index, trained.classified], ["faq", topicRows.length]);
    await sameClasses();
    const [status] = JSON.parse(await both("classify", "list")) as ClassifierStatus[];
    assert.deepEqual([status!.index, status!.isLive], ["faq", true]);
    assert.equal(
      status!.rows.reduce((sum, { rows }) => sum + rows, 0),
      topicRows.length,
    );
    assert.match(await both("classify", "predict", "topic", "我的退款什么时候到"), /"label":"refund"/);
    await both("classify", "evaluate", "topic", join(folder, "held-out.csv"));
  });

  it("classifies what is new on each shard", async () => {
    for (const [database, index] of [[whole, "faq"] as const, [shards[1]!, "part"] as const]) {
      await database.query("insert into faq values (1000, '包裹怎么还没送到', '')");
      await syncShard(database, embedder, index);
    }
    await sameClasses();
    await both("classify", "list");
  });

  it("is dropped on all shards, and is neither trained nor dropped without one", async () => {
    await front.query("insert into ltd.shard values ('faq', 'gone', 'postgres://nobody@127.0.0.1:1/none', 'faq')");
    for (const args of [["train", "faq", "other", join(folder, "examples.csv")], ["drop", "topic"], ["list"]]) {
      const { code, stderr } = await runCli(["classify", ...args], { database: front });
      assert.deepEqual([code, /nothing listens at/.test(stderr)], [1, true], stderr);
    }
    for (const shard of shards)
      assert.deepEqual(await shard.query("select name from ltd.classifier"), [{ name: "topic" }]);
    await front.query("delete from ltd.shard where name = 'gone'");
    await both("classify", "drop", "topic");
    for (const shard of shards) assert.deepEqual(await shard.query("select name from ltd.classifier"), []);
    const none = await runCli(["classify", "predict", "topic", "退款"], { database: front });
    assert.match(none.stderr, /there is no classifier "topic"/);
  });
});
