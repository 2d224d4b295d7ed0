import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import type { Database } from "../../src/db/database.ts";
import type { PageData } from "../../src/report/page-data.ts";
import type { ReportData } from "../../src/report/report-data.ts";
import { runCli } from "../support/cli.ts";
import { describeDatabases } from "../support/databases.ts";

const TOPICS = ["如何申请退款", "怎么修改收货地址", "忘记密码怎么办", "发票怎么开"];
const ENDINGS = ["？", "，请问", "，谢谢", "，急", "，在线等", "呢"];

describeDatabases("report", (databases) => {
  let database: Database;
  let folder: string;
  const at = (name: string) => join(folder, name);
  const ltd = (...args: string[]) => runCli(args, { database });
  const good = async (...args: string[]) => {
    const done = await ltd(...args);
    assert.equal(done.code, 0, done.stderr);
    return done;
  };
  const gathered = async (...args: string[]) =>
    JSON.parse((await good("report", "faq", "--json", "--quiet", ...args)).stdout) as ReportData;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-report-"));
    database = await databases.create("initialised");
    await good("query", "create table faq (id bigint primary key, question text)");
    const texts = TOPICS.flatMap((topic) => ENDINGS.map((ending) => `${topic}${ending}`));
    const values = [...texts, "😀", "</script><b>退款</b>"].map((text, row) => `(${row + 1}, '${text}')`);
    await good("query", `insert into faq values ${values.join(", ")}`);
    await good("add", "faq", "--text", "{question}");
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("of an index without vectors says what to do, and leaves no file", async () => {
    const { code, stderr } = await ltd("report", "faq", "--out", at("none.html"));
    assert.equal(code, 1);
    assert.match(stderr, /"faq" has no vectors yet\nhint: .*ltd-index sync faq/);
    assert.deepEqual(await readdir(folder), []);
  });

  it("writes one file, with the rows where their neighbours are", async () => {
    await good("sync", "--quiet");
    const { stdout, stderr } = await good("report", "faq", "--out", at("faq.html"));
    assert.match(
      stdout,
      /^file .*faq\.html\nrows +25\nclusters +\d+\nduplicates +\d+ in \d+ groups, from a similarity of 0\.950\nmap +trustworthiness [01]\.\d+/m,
    );
    assert.equal(
      stderr,
      "faq: clustering the rows\nfaq: looking for near-duplicates\nfaq: reading rows and vectors\nfaq: drawing the map\n",
    );
    assert.deepEqual(await readdir(folder), ["faq.html"]);
    const html = await readFile(at("faq.html"), "utf8");
    const data = JSON.parse(/id="data">([^]*?)<\/script/.exec(html)![1]!) as PageData;
    assert.equal(data.texts.length, 25); // the emoji has no vector
    assert.ok(data.texts.includes("</script><b>退款</b>"));
    assert.deepEqual([data.sync.pending, data.sync.empty, data.questions], [0, 1, null]);
  });

  it("--json prints what is drawn, and writes no file; the same seed gives the same map, another another", async () => {
    const first = await gathered();
    assert.deepEqual(await readdir(folder), ["faq.html"]);
    const places = ({ points }: ReportData) => points.map(({ key, x, y }) => [key, x, y]);
    assert.deepEqual(places(await gathered()), places(first));
    assert.notDeepEqual(places(await gathered("--seed", "2")), places(first));
    assert.ok(first.points.every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)));
    assert.equal(first.thresholds.source, "model");
  });

  it("clusters the rows, or shows saved clusters by their names", async () => {
    const { clusters, points, unassigned } = await gathered("--k", "4");
    assert.deepEqual([clusters.length, unassigned], [4, 0]);
    assert.equal(
      clusters.reduce((sum, { size }) => sum + size, 0),
      25,
    );
    for (const { id, size, examples, words } of clusters) {
      const texts = points.filter(({ cluster }) => cluster === id).map(({ text }) => text);
      assert.equal(texts.length, size);
      assert.ok(examples.length > 0 && examples.every((text) => texts.includes(text)));
      assert.ok(words.every((word) => texts.some((text) => text.includes(word))));
    }
    await good("cluster", "faq", "--k", "3", "--save", "topics", "--quiet");
    await good("cluster", "faq", "--save", "topics", "--rename", "1=我的退款", "--quiet");
    const saved = await gathered("--clustering", "topics");
    assert.equal(saved.clusters.length, 3);
    assert.ok(saved.clusters.some(({ label }) => label === "我的退款"));
  });

  it("groups near-duplicates, or does not look for them", async () => {
    const { duplicates, points } = await gathered();
    assert.ok(duplicates!.groupCount > 0);
    const texts = new Map(points.map(({ key, text }) => [key[0], text]));
    for (const { survivor, others, otherCount } of duplicates!.groups) {
      assert.equal(otherCount, others.length);
      for (const row of [survivor, ...others]) assert.equal(row.text, texts.get(row.key[0]));
      assert.ok(others.every(({ similarity }) => similarity >= duplicates!.threshold));
    }
    assert.equal((await gathered("--no-duplicates")).duplicates, null);
  });

  it("--points draws a random sample of that size, and says of how many", async () => {
    const { points, rows } = await gathered("--points", "7");
    assert.deepEqual([points.length, rows], [7, 25]);
    assert.match((await good("report", "faq", "--points", "7", "--out", at("faq.html"))).stdout, /25, 7 of them on/);
  });

  it("--questions groups those without a sure answer by meaning", async () => {
    const asked = ["怎么申请退款？", "明天会下雨吗", "明天下不下雨", "", "会下雨吗明天", "今天股票涨了吗", "😀"];
    await writeFile(at("asked.txt"), `\u{feff}${asked.join("\r\n")}\n`);
    const { questions } = await gathered("--questions", at("asked.txt"));
    assert.equal(questions!.asked, 6);
    assert.equal(questions!.answered, 1);
    assert.deepEqual(
      questions!.groups.map((group) => group.questions.map(({ question }) => question).sort()),
      [["会下雨吗明天", "明天下不下雨", "明天会下雨吗"], ["今天股票涨了吗"], ["😀"]],
    );
    assert.ok(
      questions!.groups[0]!.questions.every(({ nearest, similarity }) => nearest !== null && similarity! < 0.79),
    );
    assert.deepEqual(questions!.groups[2]!.questions[0]!.nearest, null);
  });

  it("draws what calibrate has measured, and warns when it is of another generation", async () => {
    await good("calibrate", "faq", "--precision", "0.5", "--suggest-precision", "0.5");
    const { thresholds } = await gathered();
    assert.deepEqual([thresholds.source, thresholds.stale], ["calibrated", null]);
    const { measure, points } = thresholds.curve!;
    assert.equal(measure, "falseAnswers"); // without labels
    assert.ok(points.length > 1);
    for (const { value, low, high, coverage } of points) {
      assert.ok(0 <= low && low <= value && value <= high && high <= 1 && 0 <= coverage && coverage <= 1);
    }
    await good("weights", "set", "faq", "退款", "3", "--quiet");
    assert.match((await good("report", "faq", "--out", at("faq.html"))).stderr, /note: the thresholds were calibrated/);
  });

  it("says on stderr and in the page that the sync is behind, and by how much", async () => {
    await good("query", "update faq set question = '怎么退货' where id <= 3");
    await good("query", "delete from faq where id = 10");
    const { stderr } = await good("report", "faq", "--out", at("faq.html"));
    assert.match(stderr, /note: 4 changed rows wait for ltd-index sync faq, the oldest for \d/);
    const { sync, points } = await gathered();
    assert.equal(sync.pending, 4);
    assert.ok(sync.oldestSeconds! >= 0);
    assert.equal(points.length, 24); // the row that is gone is not drawn
    await good("sync", "--quiet");
  });

  it("refuses what cannot be, before any work", async () => {
    await mkdir(at("folder"));
    for (const [args, code, says] of [
      [["nothing"], 1, /no index "nothing"|nothing/],
      [["faq", "--out", at("missing/faq.html")], 1, /missing\/faq\.html cannot be written: .*\nhint: /],
      [["faq", "--out", at("folder")], 1, /folder cannot be written: it is a folder/],
      [["faq", "--questions", at("missing.txt")], 1, /missing\.txt cannot be read: .*\nhint: /],
      [["faq", "--questions", at("folder")], 1, /folder cannot be read: /],
      [["faq", "--points", "0", "--json"], 2, /--points is 0, but must be a whole number from 1 to 200000/],
      [["faq", "--points", "many", "--json"], 2, /--points is many, but must be a whole number/],
      [["faq", "--seed", "-1", "--json"], 2, /--seed is -1/],
      [["faq", "--k", "0", "--json"], 2, /--k is 0/],
      [["faq", "--k", "99", "--json"], 2, /k is 99, but the index "faq" has only \d+ rows/],
      [["faq", "--k", "3", "--clustering", "topics", "--json"], 2, /the clustering topics already has its clusters/],
      [["faq", "--clustering", "nothing", "--json"], 1, /no clustering "nothing"\nhint: its clusterings are: topics/],
    ] as const) {
      const done = await ltd("report", ...args);
      assert.equal(done.code, code, `${args.join(" ")}: ${done.stderr}`);
      assert.match(done.stderr, says);
      assert.equal(done.stdout, "");
    }
    await writeFile(at("empty.txt"), "\n \n");
    assert.match((await ltd("report", "faq", "--questions", at("empty.txt"))).stderr, /empty\.txt has no lines/);
    assert.deepEqual((await readdir(folder)).sort(), ["asked.txt", "empty.txt", "faq.html", "folder"]);
  });
});
