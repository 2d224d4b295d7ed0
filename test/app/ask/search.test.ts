import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, it } from "node:test";
import { openIndex, type Index } from "../../../src/app/open/open-index.ts";
import { add } from "../../../src/app/keep/add.ts";
import { fitWeights, showWeights } from "../../../src/app/operate/weights.ts";
import { verify } from "../../../src/app/operate/verify.ts";
import { status } from "../../../src/app/shards/status.ts";
import type { Database } from "../../../src/db/database.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder, type Embedder } from "../../../src/embed/embedder.ts";
import { askedLexemes } from "../../../src/text/lexemes.ts";
import { describeDatabases } from "../../support/databases.ts";

interface Faq {
  id: number;
  question: string;
  category: string;
}

const questions = [
  ["花呗怎么还款", "支付"],
  ["花呗可以提前还款吗", "支付"],
  ["怎么修改收货地址", "物流"],
  ["错误码 E1042 是什么意思", "故障"],
  ["忘记密码怎么办", "账号"],
  ["糖尿病能不能喝蜂蜜", "健康"],
  ["如何申请退款", "支付"],
  ["魑魅魍魉怎么读", "其他"],
];

describeDatabases("search with the model", (databases) => {
  let database: Database;
  let embedder: Embedder;
  let index: Index<Faq>;

  before(async () => {
    database = await databases.create("initialised");
    embedder = await createEmbedder({ threads: 1 });
    await database.query("create table faq (id int primary key, question text, category text)");
    await database.query("insert into faq select * from unnest($1::int[], $2::text[], $3::text[])", [
      questions.map((_, at) => at + 1),
      questions.map(([question]) => question),
      questions.map(([, category]) => category),
    ]);
    await add(database, embedder.model, { table: "faq", template: "{question}" });
    index = await openIndex<Faq>({ database, index: "faq", threads: 1 });
    await index.sync();
  });
  after(async () => {
    await index.close();
    await embedder.close();
  });
  const found = async (question: string, options = {}) =>
    (await index.search(question, options)).hits.map((hit) => hit.row.question);

  it("finds a code, a word alone, and a word that no dictionary has, by the words", async () => {
    const { hits, wordsWeight } = await index.search("E1042");
    assert.equal(hits[0]!.text, "错误码 E1042 是什么意思");
    assert.deepEqual([hits[0]!.wordsRank, hits[0]!.row.category], [1, "故障"]);
    assert.equal(wordsWeight, 0.25, "two words: e, 1042");
    assert.equal((await index.search("花呗")).wordsWeight, 1);
    assert.deepEqual(new Set((await found("花呗")).slice(0, 2)), new Set(["花呗怎么还款", "花呗可以提前还款吗"]));
    const rare = await index.search("魍魉");
    assert.equal(rare.hits[0]!.text, "魑魅魍魉怎么读");
    assert.ok(rare.hits[0]!.lexemes.includes("魍 魉"), rare.hits[0]!.lexemes.join());
  });

  it("finds the same meaning without a common word by the vector, and says which rows have no word of it", async () => {
    const { hits } = await index.search("密码忘了咋整");
    assert.equal(hits[0]!.text, "忘记密码怎么办");
    const others = hits.filter(({ wordsRank }) => wordsRank === null);
    assert.ok(others.length > 0);
    assert.ok(others.every(({ lexemes, wordsScore }) => lexemes.length === 0 && wordsScore === null));
    assert.ok(hits.every(({ similarity }) => similarity! <= 1 && similarity! >= -1));
  });

  it("weighs the words more the longer a question is than the rows", async () => {
    const long =
      "我妈妈今年六十岁，有糖尿病十多年了，最近朋友送了一罐自己家酿的土蜂蜜，她很想喝，血糖一直控制得不太好，不知道行不行";
    const { hits, wordsWeight, question } = await index.search(long, { limit: 1 });
    assert.equal(question, long);
    assert.equal(hits[0]!.text, "糖尿病能不能喝蜂蜜");
    assert.ok(wordsWeight! > 0.5 && wordsWeight! < 1, String(wordsWeight));
    assert.equal((await index.search(long, { wordsWeight: 0.25 })).wordsWeight, 0.25);
    await assert.rejects(index.search("花呗", { wordsWeight: 2 }), { code: "usage" });
    await assert.rejects(index.search("花呗", { limit: 0 }), { code: "usage" });
  });

  it("filters before both legs", async () => {
    assert.deepEqual(await found("花呗怎么还款", { filter: { category: "账号" } }), ["忘记密码怎么办"]);
    assert.deepEqual(await found("花呗", { where: "id > 1 and category = '支付'", limit: 1 }), ["花呗可以提前还款吗"]);
    assert.deepEqual(await found("花呗", { filter: { category: "没有" } }), []);
  });

  it("explains itself", async () => {
    const { explained } = await index.search("花呗怎么还款", { explain: true });
    assert.deepEqual(explained?.lexemes, ["花呗", "怎么", "还款", "花 呗", "呗 怎", "怎 么", "么 还", "还 款"]);
    assert.ok(explained.plan!.lines.length > 10);
    assert.ok(!explained.plan!.lines.join().includes("[-0."), "no vectors");
    assert.equal((await index.search("花呗")).explained, undefined);
  });

  const hostile = [
    "",
    "  \t",
    "？！…——★",
    "😀",
    "'",
    `"`,
    "\\",
    "花呗 & 还款",
    "花呗 | !还款",
    "花呗:* <-> 还款",
    "(花呗",
    "花呗') or 1=1 --",
    "'; drop table faq; --",
    "$1 $2 %s {question}",
    "\u0000花呗\ud83d",
    "x".repeat(100_000),
    "很长的问题。".repeat(16_667),
    Array.from({ length: 50_000 }, (_, at) => String.fromCodePoint(0x4e00 + ((at * 7919) % 20_000))).join(""),
  ];
  for (const question of hostile) {
    it(`takes ${JSON.stringify(question.slice(0, 20))} (${question.length} characters) as a question`, async () => {
      const { hits, explained } = await index.search(question, { explain: true });
      assert.equal(hits.length, /[\p{L}\p{N}]/u.test(question) ? questions.length : 0);
      assert.ok(explained!.lexemes.length <= 512);
      if (question.includes("花呗")) assert.match(hits[0]!.text, /花呗/);
      await index.match(question);
    });
  }

  it("pairs of characters are no words to weights fit, and the index of the words is looked after", async () => {
    const record = await getIndex(database, "faq");
    await fitWeights(database, "faq", { model: embedder.model, threads: 1 });
    const fitted = await showWeights(database, "faq");
    assert.ok(fitted.length > 10);
    assert.deepEqual(
      fitted.filter(({ word }) => word.includes(" ")),
      [],
    );
    await index.sync();
    const live = await getIndex(database, "faq");
    assert.notEqual(live.id, record.id);
    await database.query(`drop index ltd.entry_${live.id}_words_idx`);
    const own = await createEmbedder({ threads: 1 });
    const problems = async (repair: boolean) => (await verify(database, live, own, { repair })).problems;
    assert.deepEqual(await problems(true), ["the index of the words is missing"]);
    assert.deepEqual(await problems(false), []);
    await own.close();
  });
});

/** Rows that hold a name, a code or a number, and rows that a vector takes for nearer. */
const tokenRows = [
  "ANDROID_HOME 没有设置",
  "安卓环境变量怎么配置",
  "安卓手机主页怎么换",
  "Android 的 home 键不灵",
  "报错 E2003：连接超时",
  "报错 E2004：证书过期",
  "连接超时怎么办",
  "连接超时报错怎么解决",
  "tween_count 参数的含义",
  "动画数量参数是什么意思",
  "tween 动画怎么写",
  "count 函数怎么用",
  "调用 getUserName 返回空",
  "怎么得到用户的名字",
  "RTX-4090Ti 显卡多少钱",
  "RTX-4080Ti 显卡多少钱",
  "版本 1.2.3 更新了什么",
  "版本 1.2.30 更新了什么",
];

describeDatabases("search for what must match", (databases) => {
  let database: Database;
  let embedder: Embedder;
  let index: Index<{ id: number; note: string }>;
  before(async () => {
    database = await databases.create("installed");
    embedder = await createEmbedder({ threads: 1 });
    await database.query("create table note (id int primary key, note text)");
    await database.query("insert into note select n, t from unnest($1::text[]) with ordinality as r (t, n)", [
      tokenRows,
    ]);
    await add(database, embedder.model, { table: "note", template: "{note}" });
    index = await openIndex({ database, index: "note", threads: 1 });
    await index.sync();
  });
  after(async () => {
    await index.close();
    await embedder.close();
  });
  const first = async (question: string, options = {}) => (await index.search(question, options)).hits[0]!;

  for (const [question, row] of [
    ["ANDROID_HOME", "ANDROID_HOME 没有设置"],
    ["安卓的环境变量 android_home 怎么配置", "ANDROID_HOME 没有设置"],
    ["E2003", "报错 E2003：连接超时"],
    ["连接超时报错怎么解决 e2003", "报错 E2003：连接超时"],
    ["e2004", "报错 E2004：证书过期"],
    ["tween_count", "tween_count 参数的含义"],
    ["动画数量参数 tween_count 是什么意思", "tween_count 参数的含义"],
    ["4090ti", "RTX-4090Ti 显卡多少钱"],
    ["RTX-4080Ti", "RTX-4080Ti 显卡多少钱"],
    ["1.2.3 更新了什么", "版本 1.2.3 更新了什么"],
    ["getusername", "调用 getUserName 返回空"],
    ["user name", "调用 getUserName 返回空"],
  ] as const) {
    it(`${question}: the row that has it is first, in SQL too`, async () => {
      const hit = await first(question);
      assert.equal(hit.text, row);
      const found = await database.query<{ score: number; lexemes: string[]; row: object }>(
        "select score, lexemes, row from ltd.search('note', $1, 3)",
        [question],
      );
      assert.deepEqual([found[0]!.lexemes, found[0]!.row], [hit.lexemes, hit.row]);
      assert.ok(Math.abs(found[0]!.score - hit.score) < 0.05);
    });
  }

  it("asks with the same lexemes in SQL", async () => {
    const texts = [
      ...tokenRows,
      "Café_Größe XMLHttpRequest v2.0-rc1",
      "ＡＮＤＲＯＩＤ＿ＨＯＭＥ",
      "a_b __init__ x..y",
      "ABcDEf iPhone15Pro",
    ];
    for (const text of texts) {
      const input = embedder.encode(text)!;
      const [asked] = await database.query<{ lexemes: string[] }>("select ltd.student_lexemes($1, $2) as lexemes", [
        input.words,
        text,
      ]);
      assert.deepEqual(asked!.lexemes, askedLexemes(input), text);
    }
  });

  it("a part of a name brings no row to the front, and vectors alone are asked without names", async () => {
    const { hits } = await index.search("android_count");
    assert.ok(
      hits.every(({ score }) => score < 1),
      "no row has it as a whole",
    );
    const alone = await first("连接超时报错怎么解决 e2003", { wordsWeight: 0 });
    assert.equal(alone.vectorRank, 1);
  });

  it("entries of before are written again: those with a letter or digit, of all key types", async () => {
    const { id } = await getIndex(database, "note");
    await database.script(`create table dated (day date primary key, note text);
      insert into dated values ('2024-02-01', 'E2003'), ('2024-02-02', '连接超时')`);
    await add(database, embedder.model, { table: "dated", template: "{note}" });
    const dated = await openIndex({ database, index: "dated", threads: 1 });
    await dated.sync();
    const entries = [`ltd.entry_${id}`, `ltd.entry_${(await getIndex(database, "dated")).id}`];
    for (const entry of entries) {
      await database.query(
        `update ${entry} set words = ts_delete(words, array(select w from unnest(tsvector_to_array(words)) w where w like '"%'))`,
      );
    }
    assert.ok(!(await first("e2003")).lexemes.includes('"e2003"'));
    await database.script(
      await readFile(new URL("../../../migrations/0022_exact_tokens.sql", import.meta.url), "utf8"),
    );
    const queued = async (name: string) => (await status(database, name))[0]!.pending;
    assert.equal(await queued("note"), tokenRows.filter((text) => /[a-z0-9]/i.test(text)).length);
    assert.equal(await queued("dated"), 1);
    const written = await index.sync();
    assert.equal(written.embedded, tokenRows.filter((text) => /[a-z0-9]/i.test(text)).length);
    assert.equal((await dated.sync()).embedded, 1);
    assert.ok((await first("e2003")).lexemes.includes('"e2003"'));
    assert.deepEqual((await dated.search("e2003", { limit: 1 })).hits[0]!.key, ["2024-02-01"]);
    await dated.close();
  });
});

describeDatabases("search in a table with a composite key and vectors in a column", (databases) => {
  it("finds by vector and words", async () => {
    const database = await databases.create("initialised");
    const embedder = await createEmbedder({ threads: 1 });
    await database.script(`create table line (shop int, number text, note text, primary key (shop, number));
      insert into line values (1, 'a', '怎么退款'), (2, 'a', '如何修改地址'), (2, 'b', null)`);
    await add(database, embedder.model, { table: "line", template: "{note}", column: "embedding" });
    const index = await openIndex({ database, index: "line", threads: 1 });
    await index.sync();
    const { hits } = await index.search("地址", { where: "shop = 2" });
    assert.deepEqual(
      hits.map(({ key, vectorRank, wordsRank }) => [key, vectorRank, wordsRank]),
      [[["2", "a"], 1, 1]],
    );
    await index.close();
    await embedder.close();
  });
});
