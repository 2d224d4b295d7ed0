import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { openIndex } from "../../../src/app/open/open-index.ts";
import { exportIndex } from "../../../src/app/shards/export.ts";
import type { Database } from "../../../src/db/database.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { runCli } from "../../support/cli.ts";
import { describeServer } from "../../support/databases.ts";
import { aliasThose, makeShard, splitOverThree, splitRows, syncShard } from "../../support/shards.ts";

const asked = ["怎么退款", "花呗如何还款", "密码忘了", "改地址", "钱还给我", "怎么申请发票", "今天天气怎么样"];
const aliases = [
  { key: 12, question: "钱还给我" },
  { key: 4, question: "换个地方收货" },
  { key: 13, question: "怎么申请发票", isNegative: true },
];

/** Parts of a page, and the aliases in it, each by its lines in order: rows of shards come shard by shard. */
function partsOf(page: string): Record<string, string[]> {
  const parts: Record<string, string[]> = {};
  for (const [, id, data] of page.matchAll(/id="([a-z-]+)">([\w+/=]+)<\/script>/g)) {
    const part = gunzipSync(Buffer.from(data!, "base64")).toString();
    parts[id!] = part.split("\n").sort();
    if (id !== "about") continue;
    const { sidecar } = JSON.parse(part) as { sidecar: { aliases: unknown[] } };
    parts["aliases"] = sidecar.aliases.map((alias) => JSON.stringify(alias)).sort();
  }
  return parts;
}

describeServer("a file of all shards", (databases) => {
  let embedder: Embedder;
  let whole: Database;
  let front: Database;
  let folder: string;
  let shards: Database[] = [];
  let takeBack = async (): Promise<void> => {};

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-shards-"));
    embedder = await createEmbedder({ threads: 1 });
    whole = await databases.create("initialised");
    await makeShard(whole, embedder, splitRows);
    await aliasThose(whole, splitRows, aliases);
    await syncShard(whole, embedder);
    front = await databases.create("initialised");
    ({ shards, takeBack } = await splitOverThree(
      databases,
      front,
      splitRows,
      async (shard, part) => {
        await makeShard(shard, embedder, part, "part");
        await aliasThose(shard, part, aliases, "part");
        await syncShard(shard, embedder, "part");
      },
      "part",
    ));
  });
  after(async () => {
    await embedder.close();
    await rm(folder, { recursive: true });
    await takeBack();
  });

  const answersOf = async (file: string): Promise<unknown> => {
    const local = await openIndex({ local: file, threads: 1 });
    try {
      return JSON.parse(
        JSON.stringify(await local.matchAll(asked), (_, each: unknown) =>
          typeof each === "number" ? Number(each.toFixed(5)) : each,
        ),
      );
    } finally {
      await local.close();
    }
  };

  it("is a page with the rows of all shards, too", async () => {
    const page = async (database: Database, name: string) => {
      const file = join(folder, name);
      const printed = await runCli(["export", "faq", "--html", file], { database });
      assert.match(printed.stdout, /^faq in \S+: 24 rows, a page that answers by itself/, printed.stderr);
      return partsOf(await readFile(file, "utf8"));
    };
    const [ofShards, ofOne] = [await page(front, "shards.html"), await page(whole, "one.html")];
    for (const part of ["graph", "words", "chars", "rows", "aliases"])
      assert.deepEqual(ofShards[part], ofOne[part], part);
    assert.equal(ofShards["rows"]!.length, 24);
    assert.equal(ofShards["aliases"]!.length, 2);
  });

  it("answers as that of one index with all rows, by a graph, too", async () => {
    const [ofShards, ofOne] = [join(folder, "shards.ltd"), join(folder, "one.ltd")];
    const printed = await runCli(["export", "faq", "--out", ofShards], { database: front });
    assert.match(printed.stdout, /^faq in \S+: 24 rows searched exactly, /, printed.stderr);
    await exportIndex(whole, "faq", ofOne);
    assert.deepEqual(await answersOf(ofShards), await answersOf(ofOne));
    const matched = await runCli(["match", "--local", ofShards, "钱还给我"]);
    assert.match(matched.stdout, /12 {2}如何申请退款/);
    // and again over the file, which is written whole
    await shards[1]!.query("insert into faq values (100, '怎么绑定银行卡', '支付')");
    await syncShard(shards[1]!, embedder, "part");
    const again = await exportIndex(front, "faq", ofShards, { method: "hnsw" });
    assert.deepEqual([again.rows, again.refreshed, again.method], [25, false, "hnsw"]);
    const local = await openIndex({ local: ofShards, threads: 1 });
    assert.deepEqual((await local.match("绑定银行卡")).answers[0]!.key, ["100"]);
    await local.close();
  });

  it("is not written where a shard does not answer or has another model, and the old one stays", async () => {
    const file = join(folder, "kept.ltd");
    await exportIndex(front, "faq", file);
    const before = await answersOf(file);
    await front.query("insert into ltd.shard values ('faq', 'gone', 'postgres://nobody@127.0.0.1:1/none', 'faq')");
    await assert.rejects(exportIndex(front, "faq", file), { code: "database", message: /nothing listens at/ });
    const page = await runCli(["export", "faq", "--html", join(folder, "gone.html")], { database: front });
    assert.deepEqual([page.code, existsSync(join(folder, "gone.html"))], [1, false], page.stderr);
    await front.query("delete from ltd.shard where name = 'gone'");
    await shards[2]!.query(
      "insert into ltd.weight (index_id, word, idf, fitted) select id, '账号', 2, false from ltd.index",
    );
    await assert.rejects(exportIndex(front, "faq", file), { code: "index", message: /the shard c cannot be compared/ });
    await shards[2]!.query("delete from ltd.weight");
    assert.deepEqual(await answersOf(file), before);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.includes("tmp") || name.includes("draft")),
      [],
    );
    await assert.rejects(exportIndex(whole, "faq", file, { m: 1 }), { code: "usage" });
  });
});
