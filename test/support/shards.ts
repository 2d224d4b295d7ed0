import { addAlias } from "../../src/app/ask/alias.ts";
import { add } from "../../src/app/keep/add.ts";
import { sync } from "../../src/app/keep/sync.ts";
import { addShard } from "../../src/app/shards/declare.ts";
import { openServer } from "../../src/db/connect/server.ts";
import type { Database } from "../../src/db/database.ts";
import { getIndex } from "../../src/db/indexes/find-index.ts";
import { createEmbedder, type Embedder } from "../../src/embed/embedder.ts";
import type { TestDatabases } from "./databases.ts";

/** A row of the tables that tests split. */
export interface SplitRow {
  readonly id: number;
  readonly question: string;
  readonly category: string;
}

/** Questions of which some have the same words, some the same text, and some codes. */
export const splitRows: readonly SplitRow[] = [
  "花呗怎么还款",
  "花呗可以提前还款吗",
  "花呗还款日是哪天",
  "怎么修改收货地址",
  "收货地址可以改吗",
  "错误码 E1042 是什么意思",
  "错误码 E2003 怎么解决",
  "忘记密码怎么办",
  "怎么找回密码",
  "密码输错三次被锁了",
  "糖尿病能不能喝蜂蜜",
  "如何申请退款",
  "怎么退款",
  "退款多久到账",
  "退货运费谁出",
  "魑魅魍魉怎么读",
  "怎么退款？",
  "docker 启动报错",
  "发票可以补开吗",
  "怎么开发票",
  "快递到哪里了",
  "怎么联系客服",
  "账号被盗了怎么办",
  "会员怎么取消自动续费",
].map((question, at) => ({ id: at + 1, question, category: ["支付", "物流", "账号"][at % 3]! }));

/** Makes the table `faq` with some rows, and its index, embedded. */
export async function makeShard(
  database: Database,
  embedder: Embedder,
  rows: readonly SplitRow[],
  name = "faq",
): Promise<void> {
  await database.query("create table faq (id bigint primary key, question text, category text)");
  await database.query("insert into faq select * from unnest($1::bigint[], $2::text[], $3::text[])", [
    rows.map(({ id }) => String(id)),
    rows.map(({ question }) => question),
    rows.map(({ category }) => category),
  ]);
  await add(database, embedder.model, { table: "faq", template: "{question}", name });
  await syncShard(database, embedder, name);
}

/** Embeds what waits. */
export async function syncShard(database: Database, embedder: Embedder, name = "faq"): Promise<void> {
  await sync(database, await getIndex(database, name), embedder);
}

/** The address of a server without its password, as a front has it. */
export function addressOf(target: string): string {
  const url = new URL(target);
  url.password = "";
  return url.href;
}

/** Gives the password of an address by PGPASSWORD to this process. The function returned takes it back. */
export function givePassword(target: string): () => void {
  const { PGPASSWORD } = process.env;
  process.env["PGPASSWORD"] = decodeURIComponent(new URL(target).password);
  return () => {
    if (PGPASSWORD === undefined) delete process.env["PGPASSWORD"];
    else process.env["PGPASSWORD"] = PGPASSWORD;
  };
}

/** Splits rows by their ids. */
export function split(rows: readonly SplitRow[], shards: number): SplitRow[][] {
  return Array.from({ length: shards }, (_, shard) => rows.filter(({ id }) => id % shards === shard));
}

/**
 * Splits rows over three shards of a front, each a database that `fill` makes of its part. The front asks them with the
 * password in this process; `takeBack` closes them.
 */
export async function splitOverThree(
  databases: Pick<TestDatabases, "createTarget">,
  front: Database,
  rows: readonly SplitRow[],
  fill: (shard: Database, part: readonly SplitRow[]) => Promise<void>,
  index = "faq",
): Promise<{ shards: Database[]; takeBack: () => Promise<void> }> {
  const shards: Database[] = [];
  let forget = (): void => {};
  for (const [at, part] of split(rows, 3).entries()) {
    const target = await databases.createTarget("initialised");
    if (at === 0) forget = givePassword(target);
    const shard = await openServer(target);
    shards.push(shard);
    await fill(shard, part);
    await addShard(front, "faq", { name: "abc"[at]!, url: addressOf(target), index });
  }
  const takeBack = async (): Promise<void> => {
    await Promise.all(shards.map((shard) => shard.close()));
    forget();
  };
  return { shards, takeBack };
}

/** Rows in one index `faq` of one database, and the same rows on three shards of a front. `takeBack` ends all of it. */
export async function oneAndShards(
  databases: Pick<TestDatabases, "create" | "createTarget">,
  rows: readonly SplitRow[],
  index = "faq",
): Promise<{
  embedder: Embedder;
  whole: Database;
  front: Database;
  shards: Database[];
  takeBack: () => Promise<void>;
}> {
  const embedder = await createEmbedder({ threads: 1 });
  const whole = await databases.create("initialised");
  await makeShard(whole, embedder, rows);
  const front = await databases.create("initialised");
  const { shards, takeBack } = await splitOverThree(
    databases,
    front,
    rows,
    (shard, part) => makeShard(shard, embedder, part, index),
    index,
  );
  const end = async (): Promise<void> => {
    await embedder.close();
    await takeBack();
  };
  return { embedder, whole, front, shards, takeBack: end };
}

/** Gives aliases to those rows that a database has. */
export async function aliasThose(
  database: Database,
  rows: readonly SplitRow[],
  wanted: readonly { key: number; question: string; isNegative?: boolean }[],
  name = "faq",
): Promise<void> {
  const here = wanted.filter(({ key }) => rows.some(({ id }) => id === key));
  if (here.length > 0) await addAlias(database, name, here);
}
