import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProgram } from "../../src/cli/program.ts";
import { languageOf, setLanguage, translate } from "../../src/cli/language.ts";
import { openDatabase } from "../../src/db/connect/open.ts";
import type { Database } from "../../src/db/database.ts";
import { LtdError } from "../../src/errors.ts";
import { openIndex } from "../../src/index.ts";
import { runCli, type CliResult } from "../support/cli.ts";

const CHINESE = /[\u4e00-\u9fff]/;

describe("the language of a run", () => {
  it("comes from LTD_LANG, then from the locale in the order of POSIX", () => {
    assert.equal(languageOf({}), "en");
    assert.equal(languageOf({ LANG: "zh_CN.UTF-8" }), "zh");
    assert.equal(languageOf({ LANG: "zh_CN.UTF-8", LC_MESSAGES: "en_US.UTF-8" }), "en");
    assert.equal(languageOf({ LC_ALL: "zh_TW.UTF-8", LC_MESSAGES: "en_US.UTF-8", LANG: "C" }), "zh");
    assert.equal(languageOf({ LTD_LANG: "en", LC_ALL: "zh_CN.UTF-8" }), "en");
    for (const tag of ["zh", "zh-CN", "zh_Hans", "ZH"]) assert.equal(languageOf({ LTD_LANG: tag, LANG: "C" }), "zh");
    assert.equal(languageOf({ LANG: "zhx" }), "en");
  });

  it("leaves a sentence alone that no template fits, and names that are words of the catalogue", () => {
    setLanguage("zh");
    try {
      assert.equal(translate("the quick brown fox"), "the quick brown fox");
      assert.equal(translate('there is no index "key"'), '没有索引 "key"');
      assert.equal(translate("public.text has no primary key"), "public.text 没有主键");
      assert.equal(
        translate("limit is x, but must be a whole number from 1 to 5"),
        "limit 是 x，但必须是 1 到 5 的整数",
      );
      assert.equal(
        translate("PostgreSQL 17.1, embedded, locked for this process"),
        "PostgreSQL 17.1，内嵌，由本进程锁定",
      );
    } finally {
      setLanguage("en");
    }
    assert.equal(translate("public.text has no primary key"), "public.text has no primary key");
  });
});

describe("the command line in Chinese", () => {
  let folder: string;
  let database: Database;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "ltd-chinese-"));
    database = await openDatabase({ folder: join(folder, "db"), create: true });
    await database.script(`
      create table faq (id bigint primary key, question text);
      insert into faq values (1, '如何申请退款？'), (2, '怎么修改收货地址？'), (3, '忘记密码怎么办？'), (4, '……');`);
  });
  after(async () => {
    await database.close();
    rmSync(folder, { recursive: true });
  });
  const run = (args: readonly string[], environment: NodeJS.ProcessEnv = { LANG: "zh_CN.UTF-8" }): Promise<CliResult> =>
    runCli(args, { database, environment });

  it("says what it does", async () => {
    const init = await run(["init"]);
    assert.match(init.stdout, /词表 +[\d,]+/);
    assert.match((await run(["add", "faq", "--text", "{question}"])).stdout, /索引 +faq\n表 +public\.faq\n主键 +id/);
    const sync = await run(["sync"]);
    assert.match(
      sync.stdout,
      /^faq：已计算 3 行，1 行为空（没有文字和数字，没有向量），已建向量索引；[\d.]+ 秒，每秒 [\d.]+ 行\n$/,
    );
    assert.equal(sync.stderr.split("\n").at(-2), '下一步：ltd-index match faq "…"');
    const match = await run(["match", "faq", "怎么申请退款", "--explain"]);
    assert.match(match.stdout, /  answer（概率 0\.9\d）\n  0\.\d+  1  如何申请退款？\n/);
    assert.match(match.stdout, /问题的内容，行覆盖了 \d+ %/);
    assert.match(match.stdout, /  阈值：answer 0\.\d+，suggest 0\.\d+，领先 0（模型自带）/);
    assert.match((await run(["match", "faq", "今天天气"])).stdout, /  none：没有/);
    assert.match((await run(["status"])).stdout, /向量索引 +正常/);
    assert.match((await run(["verify"])).stdout, /^faq：已核对 4 行，没有问题；/);
    assert.match((await run(["cluster", "faq", "--k", "2"])).stdout, /编号 +行数 +占比 +内聚度  名称\n/);
  });

  it("says what is wrong, with the code and exit code of English", async () => {
    const wrong: readonly [args: string[], stderr: string][] = [
      [["match", "fag", "x"], '错误：没有索引 "fag"\n建议：现有的索引：faq\n'],
      [["add", "nothing"], "错误：没有表 nothing\n建议：现有的表：public.faq\n"],
      [["match", "faq", "x", "--limit", "0"], "错误：limit 是 0，但必须是 1 到 1000 的整数\n"],
      [["match", "faq", "x", "--where", "no = 1"], ""],
      [["match", "faq", "x", "--jsn"], "错误：没有选项 '--jsn'\n（您是不是想写 --json？）\n"],
      [["grant"], "错误：缺少参数 'kind'\n"],
      [["synk"], "错误：没有命令 'synk'\n（您是不是想写 sync？）\n"],
      [["help", "synk"], "错误：没有命令 synk\n建议：ltd-index --help 列出所有命令\n"],
    ];
    for (const [args, stderr] of wrong) {
      const chinese = await run(args);
      const english = await run(args, { LTD_LANG: "en", LANG: "zh_CN.UTF-8" });
      assert.equal(chinese.code, english.code, args.join(" "));
      assert.match(english.stderr, /^error: /);
      if (stderr === "") assert.match(chinese.stderr, /^错误：条件 no = 1 不能用来筛选 public\.faq 的行：/);
      else assert.equal(chinese.stderr, stderr);
    }
  });

  it("puts a blank where an inserted Latin word meets Chinese", () => {
    const sentence = (effect: string) => `the package onnxruntime-node cannot be loaded, so ${effect}: missing`;
    setLanguage("zh");
    try {
      assert.match(translate(sentence("ONNX Runtime cannot compute the student")), /加载不了，所以 ONNX Runtime/);
      assert.match(translate(sentence("nothing works")), /所以 nothing works：/);
    } finally {
      setLanguage("en");
    }
  });

  it("checks in Chinese", async () => {
    const { stdout } = await run(["doctor"]);
    for (const line of stdout.trimEnd().split("\n")) assert.match(line, CHINESE);
    assert.match(stdout, /^正常     服务器：PostgreSQL [\d.]+，内嵌，由本进程锁定$/m);
  });

  it("gives the same JSON in all languages", async () => {
    const verbs = [
      ["match", "faq", "怎么申请退款", "--explain", "--json"],
      ["search", "faq", "密码", "--explain", "--json"],
      ["status", "--json"],
      ["doctor", "--json"],
      ["alias", "list", "faq", "--json"],
      ["generation", "list", "faq", "--json"],
    ];
    for (const verb of verbs) {
      const [chinese, english] = [await run(verb), await run(verb, {})];
      const timeless = (text: string) => text.replaceAll(/(cost|rows|width)=[\d.]+/g, "");
      assert.equal(timeless(chinese.stdout), timeless(english.stdout), verb.join(" "));
      assert.doesNotMatch(chinese.stdout.replaceAll(/[“”]|"(text|question|row|label)":.*/g, ""), /[：，；]/);
    }
  });

  it("translates the help of every verb, and keeps its lines within the width", async () => {
    const { program, output } = programIn("zh");
    const verbs = program.commands.map((verb) => verb.name());
    for (const args of [
      ["--help"],
      ...verbs.map((verb) => [verb, "--help"]),
      ["alias", "add", "--help"],
      ["sql", "parity", "--help"],
    ]) {
      output.length = 0;
      await programIn("zh", output)
        .program.parseAsync(args, { from: "user" })
        .catch(() => {});
      const lines = output.join("").split("\n");
      const english = lines.filter(
        (line) => /^ {2,}\S.* {2,}[A-Za-z][a-z]+ [a-z]+/.test(line) && !line.includes("ltd-index "),
      );
      assert.deepEqual(english, [], args.join(" "));
      assert.ok(
        lines.some((line) => /^(选项|全局选项)：$/.test(line)),
        args.join(" "),
      );
    }
    setLanguage("en");
  });

  it("leaves the errors of the library in English", async () => {
    setLanguage("zh");
    try {
      await assert.rejects(openIndex({ index: "faq", local: join(folder, "none.ltd") } as never), (error: unknown) => {
        assert.ok(error instanceof LtdError);
        assert.doesNotMatch(error.message, CHINESE);
        return true;
      });
    } finally {
      setLanguage("en");
    }
  });
});

function programIn(language: "zh" | "en", output: string[] = []) {
  setLanguage(language);
  const stream = { write: (text: string) => void output.push(text) } as never;
  const { signal } = new AbortController();
  const context = { stdin: stream, stdout: stream, stderr: stream, environment: {}, signal, exitCode: 0 };
  return { program: createProgram(context), output };
}
