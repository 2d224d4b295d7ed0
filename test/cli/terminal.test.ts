import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { cut, widthOf } from "../../src/cli/display-width.ts";
import { visible, visibleStrings } from "../../src/cli/visible.ts";
import type { Database } from "../../src/db/database.ts";
import { openEmbedded } from "../../src/db/connect/embedded.ts";
import { runCli } from "../support/cli.ts";

/** Clears the screen, forges an answer, turns the line: what a row of another user may contain. */
const EVIL = "怎么退款\u{1b}[2J\u{9b}31m\r\n  1.000  666  怎么付款\b\b\u{202e}evil\u{2066}\u{2028}";
const SHOWN = String.raw`怎么退款\x1b[2J\x9b31m\r\n  1.000  666  怎么付款\b\b\u{202e}evil\u{2066}\u{2028}`;

describe("what a person is shown of a text", () => {
  it("has its control characters escaped, and all others as they are", () => {
    assert.equal(visible(EVIL), SHOWN);
    assert.equal(visible("a\tb\u{0}\u{7f}\u{85}\u{200f}"), String.raw`a\tb\x00\x7f\x85\u{200f}`);
    const plain = "退款 👩‍👩‍👧 é ÄÖ עברית";
    assert.equal(visible(plain), plain);
  });

  it("wherever it stands in a result; dates and numbers are what they were", () => {
    const at = new Date(0);
    const shown = visibleStrings({ a: ["x\u{1b}"], b: { c: "\n" }, at, n: 1, none: null });
    assert.deepEqual(shown, { a: [String.raw`x\x1b`], b: { c: String.raw`\n` }, at, n: 1, none: null });
  });
});

describe("a line that is too long for the terminal", () => {
  it("is cut by places: a Chinese character takes two, and none is halved", () => {
    assert.equal(cut("怎么退款", 8), "怎么退款");
    assert.equal(cut("怎么退款呢", 9), "怎么退…");
    assert.equal(cut("怎么退款呢", 8), "怎么退…");
    assert.equal(cut("abcdef", 5), "abc…");
    assert.equal(cut("a\tbcdef", 13), "a\tbcdef");
    assert.equal(cut("a\tbcdef", 12), "a\tbc…");
    for (let width = 2; width < 12; width++) assert.ok(widthOf(cut("a怎么é退款👩‍👩‍👧x", width)) <= width);
  });
});

describe("the output of a verb", () => {
  it("goes through writeResult, which escapes; what is written otherwise is data for programs, or escaped by hand", () => {
    const folder = join(import.meta.dirname, "../../src/cli/commands");
    const raw = readdirSync(folder).filter((name) =>
      /\bwriteLine\(|stdout\.write/.test(readFileSync(join(folder, name), "utf8")),
    );
    // a script for a shell; CSV; rows of the program's own; JSON; CSV; CSV; JSON; JSON; a dump of SQL; JSON; a file for `weights import`
    assert.deepEqual(raw.toSorted(), [
      "completion.ts",
      "dedupe.ts",
      "demo.ts",
      "embed.ts",
      "gaps.ts",
      "journal.ts",
      "mcp.ts",
      "serve.ts",
      "sql.ts",
      "watch.ts",
      "weights.ts",
    ]);
  });
});

describe("verbs that show rows on a terminal", () => {
  let database: Database;
  const ltd = (...args: string[]) => runCli(args, { database });
  const ok = async (...args: string[]) => {
    const { code, stdout, stderr } = await ltd(...args);
    assert.equal(code, 0, stderr);
    return { stdout, stderr };
  };
  before(async () => {
    database = await openEmbedded();
    await ok("init");
    await ok("query", "create table faq (id text primary key, question text)");
    const rows = [EVIL, `${EVIL}吗`, "忘记密码了怎么办", "怎么开发票"];
    for (const [n, question] of rows.entries())
      await ok("query", `insert into faq values ('${n}${n === 0 ? "\u{1b}]0;x\u{7}" : ""}', '${question}')`);
    await ok("add", "faq");
    await ok("sync", "faq");
    await ok("alias", "add", "faq", "2", `改密码${EVIL}`);
  });
  after(() => database.close());

  /** Every verb whose output holds texts, keys or names out of the database. */
  const VERBS: readonly (readonly string[])[] = [
    ["match", "faq", "怎么退款"],
    ["match", "faq", `怎么退款${EVIL}`, "--explain"],
    ["search", "faq", "怎么退款", "--explain"],
    ["query", 'select id, question, question as "c\u{1b}" from faq order by id'],
    ["alias", "list", "faq"],
    ["cluster", "faq", "--k", "2"],
    ["cluster", "faq", "--k", "2", "--rows"],
    ["dedupe", "faq", "--threshold", "0.8"],
    ["status", "faq"],
  ];
  for (const args of VERBS) {
    it(`${args.slice(0, 2).join(" ")} ${args.filter((arg) => arg.startsWith("--")).join(" ")}`, async () => {
      const { stdout, stderr } = await ok(...args);
      for (const written of [stdout, stderr])
        assert.doesNotMatch(written, /[^\P{Cc}\n\t]|\p{Bidi_Control}|[\u2028\u2029]/u);
      assert.doesNotMatch(stdout, /^ *1\.000 {2}666/m, "a line was forged");
    });
  }

  it("cut rows to the width of a terminal, but neither piped, nor as JSON, nor explained", async () => {
    const long = "忘记密码".repeat(20);
    await ok("query", `insert into faq values ('9', '${long}')`);
    await ok("sync", "faq");
    const lines = ({ stdout }: { stdout: string }) => stdout.trimEnd().split("\n");
    for (const args of [
      ["match", "faq", long],
      ["search", "faq", long],
      ["query", "select * from faq where id = '9'"],
    ]) {
      const shown = lines(await runCli(args, { database, columns: 40, environment: { NO_COLOR: "1" } }));
      assert.ok(
        shown.every((line) => widthOf(line) <= 40),
        shown.join("\n"),
      );
      assert.ok(
        shown.some((line) => /忘记密码.*…$/.test(line)),
        shown.join("\n"),
      );
      for (const whole of [
        await ok(...args),
        await runCli([...args, "--json"], { database, columns: 40 }),
        ...(args[0] === "query" ? [] : [await runCli([...args, "--explain"], { database, columns: 40 })]),
      ])
        assert.ok(whole.stdout.includes(long), whole.stdout);
    }
    await ok("alias", "add", "faq", "9", `${long}呢`);
    for (const args of [
      ["alias", "list", "faq"],
      ["cluster", "faq", "--k", "2"],
      ["dedupe", "faq", "--threshold", "0.5"],
    ]) {
      const shown = lines(await runCli(args, { database, columns: 40 }));
      assert.ok(
        shown.every((line) => widthOf(line) <= 40) && shown.some((line) => line.endsWith("…")),
        shown.join("\n"),
      );
      const piped = lines(await ok(...args));
      assert.ok(
        piped.some((line) => widthOf(line) > 40),
        `${args[0]} piped`,
      );
    }
    await ok("query", "delete from faq where id = '9'");
    await ok("sync", "faq");
  });

  it("colour errors, hints and the levels of doctor in the same way", async () => {
    const ask = async (...args: string[]) => {
      const { stdout, stderr } = await runCli(args, { database, columns: 80 });
      return stdout + stderr;
    };
    assert.match(
      await ask("status", "nothing"),
      // oxlint-disable-next-line no-control-regex
      /^\u{1b}\[31merror:\u{1b}\[39m there is no index[^\n]*\n\u{1b}\[33mhint:\u{1b}\[39m /u,
    );
    // oxlint-disable-next-line no-control-regex
    assert.match(await ask("doctor"), /^\u{1b}\[32mok {5}\u{1b}\[39m {2}\S/mu);
    assert.ok(!(await ltd("status", "nothing")).stderr.includes("\u{1b}"));
    assert.ok(!(await ltd("doctor")).stdout.includes("\u{1b}"));
  });

  it("colour question and decision on a terminal alone, and not where NO_COLOR is set", async () => {
    const ask = (environment: NodeJS.ProcessEnv, ...more: string[]) =>
      runCli(["match", "faq", "怎么开发票", ...more], { database, columns: 500, environment });
    const escape = "\u{1b}";
    const [question, decision] = (await ask({})).stdout.split("\n");
    assert.equal(question, `${escape}[1m怎么开发票${escape}[22m`);
    assert.equal(decision, `${escape}[32m  answer (the same question)${escape}[39m`);
    const plain = await ok("match", "faq", "怎么开发票");
    for (const { stdout } of [await ask({ NO_COLOR: "1" }), await ask({ TERM: "dumb" }), plain]) {
      assert.equal(stdout, plain.stdout);
      assert.ok(!stdout.includes("\u{1b}"), stdout);
    }
    assert.ok(!(await ask({}, "--json")).stdout.includes("\u{1b}"));
  });

  it("--json has the texts as they are", async () => {
    const { stdout } = await ok("match", "faq", "怎么退款", "--json");
    const { answers } = JSON.parse(stdout) as { answers: { row: { question: string } }[] };
    assert.ok(answers.some(({ row }) => row.question === EVIL));
  });

  it("errors show what was typed and what Postgres says in the same way", async () => {
    const { code, stderr } = await ltd("alias", "add", "faq", `\u{1b}[31m9\r\nhint: rm -rf`, "问题");
    assert.equal(code, 1);
    assert.match(stderr, /\\x1b\[31m9\\r\\nhint/);
    assert.equal(stderr.match(/^hint/gm)?.length, 1);
    assert.ok(!(await ltd("query", 'select "\u{1b}[2J"')).stderr.includes("\u{1b}"));
  });
});
