import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { GenerationStatus } from "../../src/app/operate/list-generations.ts";
import type { MatchResult } from "../../src/app/ask/match.ts";
import { add } from "../../src/app/keep/add.ts";
import { init } from "../../src/app/keep/init.ts";
import { openIndex } from "../../src/app/open/open-index.ts";
import { tune, type TuneResult } from "../../src/app/judge/tune.ts";
import { createEmbedder, withEmbedder } from "../../src/embed/embedder.ts";
import { loadModel } from "../../src/embed/model-package.ts";
import { withAdapter } from "../../src/embed/onnx-adapter.ts";
import { readStudentWeights } from "../../src/embed/student-weights.ts";
import { adapt } from "../../src/judge/adapter.ts";
import { createMatrix, rowOf } from "../../src/vector/matrix.ts";
import { Random } from "../../src/vector/random.ts";
import { runCli } from "../support/cli.ts";
import { writeTinyModel } from "../support/tiny-model.ts";
import { openTemplate } from "../support/templates.ts";
import { describeDatabases } from "../support/databases.ts";

const TOPICS = "退款 密码 发票 快递 会员 积分 售后 订单 地址 余额".split(" ");
const WAYS = ["怎么办理", "在哪里", "要多久", "有问题", "可以吗", "找谁"];

/** Here the way of asking decides, not the topic. */
const PAIRS = TOPICS.flatMap((topic, t) =>
  WAYS.flatMap((way, w) => [
    { first: `${topic}${way}`, second: `${TOPICS[(t + 3) % TOPICS.length]}${way}`, label: 1 },
    { first: `${topic}${way}`, second: `${topic}${WAYS[(w + 1) % WAYS.length]}`, label: 0 },
  ]),
);

describe("tune", () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-tune-"));
    const lines = PAIRS.map(({ first, second, label }) => `${first},${second},${label}`);
    await writeFile(at("pairs.csv"), `sentence1,sentence2,label\n${lines.join("\n")}\n`);
    await writeFile(at("other.tsv"), "text\tlabel\n怎么退款\ta\n退钱\ta\n火锅\tb\n吃饭\tb\n");
  });
  after(() => rm(folder, { recursive: true }));

  it("writes a package that fits the pairs better, and says what is lost elsewhere", async () => {
    const args = ["tune", at("pairs.csv"), "--id", "ours-1", "--out", at("ours"), "--check", at("other.tsv")];
    const { code, stdout, stderr } = await runCli([...args, "--rank", "16", "--epochs", "12", "--json"]);
    assert.equal(code, 0, stderr);
    const result = JSON.parse(stdout) as TuneResult;
    const { trained, stopping, heldOut } = result.pairs;
    assert.equal(trained + stopping + heldOut, 120);
    const held = result.scores.find(({ data, measure }) => data === "held out" && measure === "Spearman")!;
    assert.ok(held.after > held.before + 0.1, `${held.before} -> ${held.after}`);
    assert.ok(result.scores.some(({ data }) => data === at("other.tsv")));
    assert.match(stderr, /pass 1: Spearman [^]*next: ltd-index generation build/);
    const model = await loadModel(at("ours"));
    assert.equal(model.description.id, "ours-1");
    const again = await runCli([...args.slice(0, 3), "again", "--out", at("again"), "--model", at("ours")]);
    assert.match(again.stderr, /this model is tuned already/);
  });

  it("goes on to a generation that is live: match answers by what the pairs say", async (test) => {
    // in the folder of the command lines both models are found by what the database says
    const before = process.cwd();
    test.after(() => process.chdir(before));
    process.chdir(folder);
    await writeTinyModel(at("models/tiny"), "tiny", 48);
    const database = await openTemplate("empty");
    const ltd = async (...args: string[]) => {
      const { code, stdout, stderr } = await runCli([...args, "--quiet", "--json"], { database });
      assert.equal(code, 0, stderr);
      return stdout;
    };
    // characters alone go by the way of asking, which is longer than the topic; here the topic is to count
    const other = <Item>(items: readonly Item[], at: number) => items[(at + 1) % items.length]!;
    const lines = TOPICS.flatMap((topic, t) =>
      WAYS.flatMap((way, w) => [
        `${topic}${way},${topic}${other(WAYS, w)},1`,
        `${topic}${way},${other(TOPICS, t)}${way},0`,
      ]),
    );
    await writeFile(at("topics.csv"), `sentence1,sentence2,label\n${lines.join("\n")}\n`);
    const asked = TOPICS.map((topic, t) => ({ topic, question: `${topic}${WAYS[t % WAYS.length]}` }));
    const rows = TOPICS.flatMap((topic) => WAYS.map((way) => `${topic}${way}`)).filter(
      (text) => !asked.some(({ question }) => question === text),
    );
    const sameTopic = async () => {
      let right = 0;
      for (const { topic, question } of asked) {
        const { answers } = JSON.parse(await ltd("match", "faq", question, "--limit", "1")) as MatchResult;
        right += answers[0]!.text.startsWith(topic) ? 1 : 0;
      }
      return right / asked.length;
    };
    await database.query("create table faq (id bigint primary key, question text)");
    await database.query("insert into faq select n, q from unnest($1::text[]) with ordinality as given (q, n)", [rows]);
    for (const args of [["init", "--model", "tiny"], ["add", "faq", "--model", "tiny"], ["sync"]]) await ltd(...args);
    const untuned = await sameTopic();
    await ltd("tune", at("topics.csv"), "--id", "tiny-2", "--model", "tiny", "--epochs", "40");
    await ltd("generation", "build", "faq", "--model", "tiny-2");
    await ltd("generation", "switch", "faq");
    const tuned = await sameTopic();
    assert.ok(untuned < 0.5 && tuned > 0.8, `${untuned} -> ${tuned}`);
    const [live] = (JSON.parse(await ltd("generation", "list", "faq")) as GenerationStatus[]).filter(
      ({ state }) => state === "live",
    );
    assert.equal(live!.model, "tiny-2");
    await database.close();
  });

  it("the graph computes what the adapter says, and so do the numbers that SQL is given", async () => {
    const base = await loadModel();
    const random = new Random(1);
    const { dims } = base.description;
    const [down, up] = [createMatrix(3, dims), createMatrix(3, dims)];
    for (const { data } of [down, up]) data.forEach((_, i) => (data[i] = (random.next() - 0.5) / 4));
    const tuned = { ...base, graph: withAdapter(base.graph, down, up) };
    const texts = ["怎么退款", "如何申请发票", "iphone 15"];
    const [before, after] = await Promise.all(
      [base, tuned].map((model) =>
        withEmbedder(createEmbedder({ model, threads: 1 }), (embedder) => embedder.embed(texts)),
      ),
    );
    const expected = adapt({ down, up }, before!);
    expected.data.forEach((value, i) => assert.ok(Math.abs(value - after!.data[i]!) < 1e-5));
    const [plain, folded] = [readStudentWeights(base), readStudentWeights(tuned)];
    // a column of a layer is changed as a vector would be, before its length is taken
    const column = (matrix: typeof plain.proj) =>
      Float32Array.from({ length: dims }, (_, row) => rowOf(matrix, row)[5]!);
    const old = column(plain.proj);
    const wanted = old.slice();
    for (let r = 0; r < 3; r++) {
      const share = rowOf(down, r).reduce((sum, value, i) => sum + value * old[i]!, 0);
      rowOf(up, r).forEach((value, i) => (wanted[i]! += share * value));
    }
    column(folded.proj).forEach((value, i) => assert.ok(Math.abs(value - wanted[i]!) < 1e-4));
  });

  it("says what cannot be", async () => {
    await writeFile(at("few.csv"), "sentence1,sentence2,label\na1,b1,1\na2,b2,0\n");
    const out = ["--id", "x-1", "--out", at("x")];
    const cases: [string[], number, RegExp][] = [
      [[at("few.csv"), ...out], 1, /2 pairs are too few to tune with/],
      [[...out], 2, /name a file of labelled pairs, or give --query/],
      [[at("pairs.csv"), "--id", "X!", "--out", at("x")], 2, /cannot be called "X!"/],
      [[at("pairs.csv"), "--id", "x-1", "--out", folder], 2, /already exists/],
      [[at("pairs.csv"), ...out, "--rank", "0"], 2, /--rank is 0/],
      [[at("pairs.csv"), ...out, "--columns", "a,b,c"], 1, /a, b, c|not known/],
    ];
    const database = await openTemplate("empty");
    const query = "select 'a' || n as sentence1, 'b' as sentence2, n % 2 as label from generate_series(1, 8) n";
    const asked = await runCli(["tune", "--query", query, ...out], { database });
    await database.close();
    assert.match(asked.stderr, /8 pairs are too few to tune with/);
    // 103 pairs of which three are different: some part has one label alone, and no correlation
    const alike = Array.from({ length: 103 }, (_, n) => `甲${n},乙${n},${n < 3 ? 0 : 1}`);
    await writeFile(at("alike.csv"), `sentence1,sentence2,label\n${alike.join("\n")}\n`);
    cases.push([[at("alike.csv"), ...out], 1, /103 pairs cannot be split so that each part has two different labels/]);
    for (const [args, code, message] of cases) {
      const refused = await runCli(["tune", ...args]);
      assert.match(refused.stderr, message);
      assert.equal(refused.code, code, refused.stderr);
    }
  });
});

describeDatabases("a tuned model in SQL", (databases) => {
  it("is what ltd.embed and ltd.match use after generation build, switch and sql install", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ltd-tuned-"));
    const tuned = join(folder, "tuned");
    const database = await databases.create();
    const base = await loadModel();
    const ltd = async (...args: string[]) => {
      const { code, stdout, stderr } = await runCli(args, { database });
      assert.equal(code, 0, stderr);
      return stdout;
    };
    try {
      const pairs = {
        kind: "pairs" as const,
        first: PAIRS.map(({ first }) => first),
        second: PAIRS.map(({ second }) => second),
        labels: PAIRS.map(({ label }) => label),
      };
      await tune(base, pairs, { id: "ours-sql", out: tuned, rank: 16, epochs: 12 });
      const questions = TOPICS.map((topic) => `${topic}怎么办理`);
      await init(database, base);
      await database.script("create table faq (id int primary key, question text)");
      await database.query("insert into faq select * from unnest($1::int[], $2::text[])", [
        questions.map((_, at) => at + 1),
        questions,
      ]);
      await add(database, base, { table: "faq" });
      await ltd("sync", "faq");
      await ltd("sql", "install");
      await ltd("generation", "build", "faq", "--model", tuned);
      assert.match(await ltd("sql", "status"), /index faq: ready/, "the live model is still the base");
      await ltd("generation", "switch", "faq", "--model", tuned);
      assert.match(
        await ltd("sql", "status"),
        /index faq: its live model ours-sql is not installed: ltd-index sql install --model ours-sql/,
      );
      await assert.rejects(database.query("select ltd.embed('faq', '退款')"), {
        hint: /folder of a model of your own/,
      });
      const unnamed = await runCli(["sql", "install"], { database });
      assert.match(unnamed.stderr, /no model package at .*models\/ours-sql\n[^]*--model <folder>/);
      assert.match(await ltd("sql", "install", "--model", tuned), /^ours-sql: 27 MB in tables\n/);
      assert.match(await ltd("sql", "status"), /index faq: ready/);
      const texts = [...questions, "我要退钱", "iphone 15 多少钱", "买错了怎么退"];
      const [before, after] = await Promise.all(
        [base, await loadModel(tuned)].map((model) =>
          withEmbedder(createEmbedder({ model, threads: 1 }), (embedder) => embedder.embed(texts)),
        ),
      );
      for (const [row, text] of texts.entries()) {
        const [found] = await database.query<{ vector: string }>("select ltd.embed('faq', $1)::text as vector", [text]);
        const vector = JSON.parse(found!.vector) as number[];
        const cosine = (of: Float32Array) => vector.reduce((sum, value, at) => sum + value * of[at]!, 0);
        assert.ok(cosine(rowOf(after!, row)) >= 0.999, `${text}: ${cosine(rowOf(after!, row))}`);
        assert.ok(cosine(rowOf(before!, row)) < 0.99, `${text} is tuned: ${cosine(rowOf(before!, row))}`);
      }
      const index = await openIndex({ database, index: "faq", model: tuned, threads: 1 });
      for (const text of ["余额怎样办理", "密码在什么地方"]) {
        const { answers, decision } = await index.match(text, { limit: 1 });
        const [hit] = await database.query("select key, decision from ltd.match('faq', $1, 1)", [text]);
        assert.deepEqual(hit, { key: answers[0]!.key, decision }, text);
      }
      await index.close();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
