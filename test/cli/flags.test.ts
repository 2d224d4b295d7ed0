import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { MatchResult } from "../../src/app/ask/match.ts";
import { modelFolder } from "../../src/embed/model-package.ts";
import { parseNpy } from "../../src/vector/npy.ts";
import { runCli } from "../support/cli.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** Verbs by what they are for, as README's tables have them. */
const groups = Object.fromEntries(
  [...readme.matchAll(/^\| (.+) \| \|\n\| --- \| --- \|\n((?:\|.*\n)+)/gm)].map(([, heading, rows]) => [
    heading!,
    [...rows!.matchAll(/^\| `([a-z]+)/gm)].map(([, verb]) => verb!),
  ]),
);

describe("help", () => {
  for (const verb of Object.values(groups).flat()) {
    it(`${verb} has a sentence, its flags and three examples`, async () => {
      const { code, stdout, stderr } = await runCli([verb, "--help"]);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, new RegExp(`^Usage: ltd-index ${verb}`));
      assert.ok(stdout.split("\n").filter((line) => /^ {2}.*ltd-index /.test(line)).length >= 3, stdout);
      assert.match(stdout, /--json/);
    });
  }

  it("has the verbs in the groups of README", async () => {
    const { stdout } = await runCli(["--help"]);
    const sections = [...stdout.matchAll(/^(\S[^\n]*):\n((?: {2}.*\n)+)/gm)].map(([, heading, lines]) => [
      heading!,
      [...lines!.matchAll(/^ {2}([a-z]\S*)/gm)].map(([, verb]) => verb!),
    ]);
    for (const [heading, verbs] of Object.entries(groups)) {
      assert.deepEqual(Object.fromEntries(sections)[heading], verbs, heading);
    }
    assert.equal(Object.keys(groups).length, 5);
  });

  it("without a verb, and for a verb that does not exist", async () => {
    const none = await runCli([]);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /Usage: ltd-index/);
    const { code, stderr } = await runCli(["snyc"]);
    assert.equal(code, 2);
    assert.match(stderr, /Did you mean sync\?/);
    assert.match((await runCli(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
  });
});

describe("flags", () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-flags-"));
    await writeFile(at("texts.txt"), "\u{feff}怎么退款\r\n\r\n如何申请退款\r\n");
  });
  after(() => rm(folder, { recursive: true }));

  it("embed writes JSON lines: floats that read back as they were, null for a text without letters", async () => {
    const { stdout, stderr } = await runCli(["embed", at("texts.txt")]);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { text: string; embedding: number[] | null });
    assert.deepEqual(
      lines.map(({ text }) => text),
      ["怎么退款", "", "如何申请退款"],
    );
    assert.equal(lines[1]!.embedding, null);
    assert.ok(Math.abs(Math.hypot(...lines[0]!.embedding!) - 1) < 1e-5);
    assert.match(stderr, /^3 texts, 1 of them without a letter or digit/);

    const quiet = await runCli(["embed", at("texts.txt"), "--npy", at("vectors.npy"), "--quiet", "--threads", "1"]);
    assert.deepEqual([quiet.code, quiet.stdout, quiet.stderr], [0, "", ""]);
    const { shape, data } = parseNpy(await readFile(at("vectors.npy")), "vectors.npy");
    assert.deepEqual(shape, [3, 512]);
    assert.ok(Number.isNaN(data[512]));
    const rows = [lines[0]!, lines[2]!].flatMap(({ embedding }) => Array.from(Float32Array.from(embedding!)));
    assert.deepEqual(rows, [...(data as Float32Array).subarray(0, 512), ...(data as Float32Array).subarray(1024)]);
    assert.ok(!existsSync(at("vectors.npy.part")));
  });

  it("--model takes a folder, and embed needs no database", async () => {
    const { code, stderr } = await runCli(["embed", at("texts.txt"), "--model", modelFolder()], {
      environment: { DATABASE_URL: "mysql://not-of-interest" },
    });
    assert.equal(code, 0, stderr);
  });

  it("--database-folder wins over DATABASE_URL, and --key makes a composite key", async () => {
    const environment = { DATABASE_URL: "postgres://nobody@127.0.0.1:1/nothing" };
    const ltd = async (...args: string[]) => {
      const result = await runCli([...args, "--database-folder", at("db")], { environment });
      assert.equal(result.code, 0, result.stderr);
      return result;
    };
    await ltd("init");
    await ltd("query", "create table line (shop int not null, number text not null, note text, unique (shop, number))");
    await ltd("query", "insert into line values (1, 'a', '怎么退款'), (2, 'a', '如何修改地址')");
    await ltd("add", "line", "--name", "lines", "--key", "shop, number", "--text", "{note}");
    assert.equal((await ltd("sync", "--quiet")).stderr, "");
    const found = JSON.parse(
      (await ltd("match", "lines", "修改收货地址", "--limit", "1", "--json")).stdout,
    ) as MatchResult;
    assert.deepEqual(
      found.answers.map(({ key, text }) => [key, text]),
      [[["2", "a"], "如何修改地址"]],
    );
  });

  it("--database-url is used, and --debug shows the stack", async () => {
    const args = ["status", "--database-url", "postgres://nobody@127.0.0.1:1/nothing"];
    assert.doesNotMatch((await runCli(args)).stderr, /^ {4}at /m);
    assert.match((await runCli([...args, "--debug"])).stderr, /127\.0\.0\.1:1[^]*^ {4}at /m);
  });

  it("demo keeps its folder when it is named, and refuses it the second time", { timeout: 300_000 }, async () => {
    const demo = () => runCli(["demo", "--folder", at("demo"), "--json", "--quiet"]);
    const { code, stdout, stderr } = await demo();
    assert.deepEqual([code, stderr], [0, ""]);
    const results = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Partial<MatchResult>);
    const decisions = results.filter((result) => result.decision).map(({ question, decision }) => [question, decision]);
    assert.deepEqual(
      decisions.find(([question]) => question === "电脑蓝屏了怎么修"),
      ["电脑蓝屏了怎么修", "none"],
    );
    const changed = results.filter(({ question }) => question === "智能手表量的血压准吗");
    assert.deepEqual(
      changed.map(({ answers }) => answers![0]!.key[0] === "42"),
      [false, true],
    );
    const again = await demo();
    assert.equal(again.code, 2);
    assert.match(again.stderr, /has a table faq already\nhint: /);
  });
});
