import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { MatchResult } from "../../src/app/ask/match.ts";
import { runCli } from "../support/cli.ts";
import { copyTemplate } from "../support/templates.ts";

describe("a question", () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  const ltd = (args: readonly string[], options: { stdin?: string; columns?: number } = {}) =>
    runCli(args, { target: at("db"), ...options });
  const questionsOf = (stdout: string) =>
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as MatchResult).question);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "ltd-prompt-"));
    await copyTemplate("initialised", at("db"));
    const rows = "(1, 'docker 启动报错怎么办'), (2, '怎么修改收货地址'), (3, '忘记密码怎么办')";
    for (const args of [
      ["query", "create table faq (id int primary key, question text)"],
      ["query", `insert into faq values ${rows}`],
      ["add", "faq"],
      ["sync"],
      ["export", "faq", "--out", at("faq.ltd")],
    ]) {
      const { code, stderr } = await ltd(args);
      assert.equal(code, 0, stderr);
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  it("of several arguments is one, joined by blanks", async () => {
    for (const verb of [
      ["match", "faq"],
      ["search", "faq"],
      ["match", "--local", at("faq.ltd")],
    ]) {
      const joined = await ltd([...verb, "docker", "启动报错", "--json"]);
      const whole = await ltd([...verb, "docker 启动报错", "--json"]);
      assert.equal(joined.code, 0, joined.stderr);
      assert.deepEqual(questionsOf(joined.stdout), ["docker 启动报错"]);
      assert.equal(joined.stdout, whole.stdout);
    }
  });

  it("is asked for on a terminal, with a history, until an empty line", async () => {
    const up = "\u{1b}[A";
    const { code, stdout, stderr } = await ltd(["match", "faq", "--json"], {
      stdin: `忘了密码\r改收货地址\r${up}${up}\r\r再问一次\r`,
      columns: 80,
    });
    assert.equal(code, 0, stderr);
    assert.deepEqual(questionsOf(stdout), ["忘了密码", "改收货地址", "忘了密码"]);
    assert.match(stderr, /^Type a question; an empty line or Ctrl-D ends\.\n/);
    assert.match(stderr, /> /);
  });

  it("ends with Ctrl-D, Ctrl-C and the end of the input too", async () => {
    for (const end of ["\u{4}", "\u{3}", ""]) {
      for (const verb of [
        ["search", "faq"],
        ["match", "--local", at("faq.ltd")],
      ]) {
        const { code, stdout, stderr } = await ltd([...verb, "--json"], { stdin: `忘了密码\r${end}`, columns: 80 });
        assert.equal(code, 0, stderr);
        assert.deepEqual(questionsOf(stdout), ["忘了密码"]);
        assert.ok(stderr.endsWith("\n"), "the shell's prompt begins a line");
      }
    }
  });

  it("is read a line at a time where standard input is no terminal, and nothing is prompted", async () => {
    const { stdout, stderr } = await ltd(["match", "faq", "--json"], { stdin: "忘了密码\n\n改收货地址\n" });
    assert.deepEqual(questionsOf(stdout), ["忘了密码", "改收货地址"]);
    assert.equal(stderr, "");
  });

  const hasScript = spawnSync("script", ["--version"]).status === 0;
  it("is asked for by the program on a real terminal", { skip: hasScript ? false : "no script(1)" }, () => {
    const main = join(import.meta.dirname, "../../src/cli/main.ts");
    const command = `'${process.execPath}' '${main}' match --local '${at("faq.ltd")}' --limit 1`;
    const environment = { ...process.env, LTD_LANG: "zh", NO_COLOR: "1", TERM: "xterm" };
    // The keyboard's end is the end of the session: Ctrl-D
    const { status, stdout } = spawnSync("script", ["-qec", command, "/dev/null"], {
      input: "忘了密码\r\u{4}",
      encoding: "utf8",
      env: environment,
      timeout: 60_000,
    });
    assert.equal(status, 0, stdout);
    assert.match(stdout, /请输入问题；空行或 Ctrl-D 结束。/);
    assert.match(stdout, /> [^]*忘了密码[^]*3 {2}忘记密码怎么办/);
  });
});
