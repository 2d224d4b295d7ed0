import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { ExportResult } from "../../src/app/file/export.ts";
import type { MatchResult } from "../../src/app/ask/match.ts";
import type { LocalVerifyResult } from "../../src/app/file/verify.ts";
import { runCli } from "../support/cli.ts";
import { copyTemplate } from "../support/templates.ts";

describe("export, match --local and verify --local", () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  const ltd = (...args: string[]) => runCli(args, { target: at("db") });
  const ok = async (...args: string[]) => {
    const { code, stdout, stderr } = await ltd(...args);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  /** Without a database, and with an address that leads nowhere. */
  const alone = (args: string[], stdin?: string) =>
    runCli(args, { environment: { DATABASE_URL: "mysql://not-of-interest" }, ...(stdin !== undefined && { stdin }) });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-cli-local-"));
    await copyTemplate("initialised", at("db"));
    await ok("query", "create table faq (id int primary key, question text, answer text)");
    await ok(
      "query",
      "insert into faq values (1, '如何申请退款？', 'a'), (2, '怎么修改收货地址？', 'b'), (3, '忘记密码怎么办？', 'c')",
    );
    await ok("add", "faq", "--text", "{question}");
    await ok("sync", "--quiet");
  });
  after(() => rm(folder, { recursive: true }));

  it("write a file, ask it without a database, and bring it up to date", async () => {
    const first = await ltd("export", "faq", "--out", at("faq.ltd"));
    assert.match(first.stdout, /^faq in .*faq\.ltd: 3 rows searched exactly, 0\.0 MB; /);
    assert.match(first.stderr, /next: ltd-index match --local/);

    const asked = await alone(["match", "--local", at("faq.ltd"), "忘了密码", "--limit", "1"]);
    assert.equal(asked.code, 0, asked.stderr);
    assert.match(asked.stdout, /^忘了密码\n {2}\S.*\n {2}0\.\d{3} {2}3 {2}忘记密码怎么办？\n$/);
    const live = JSON.parse(await ok("match", "faq", "忘了密码", "--json", "--limit", "2")) as MatchResult;
    const local = JSON.parse(
      (await alone(["match", "--local", at("faq.ltd"), "忘了密码", "--json", "--limit", "2"])).stdout,
    ) as MatchResult;
    const round = (result: MatchResult) =>
      JSON.parse(JSON.stringify(result), (_, value: unknown) =>
        typeof value === "number" ? Number(value.toFixed(5)) : value,
      );
    assert.deepEqual(round(local), round(live), "the same document");

    const many = await alone(["match", "--local", at("faq.ltd"), "--limit", "1"], "怎么退款\n\n？\n");
    assert.match(many.stdout, /^怎么退款\n[^]*\n？\n {2}none: no row means this\n$/);

    await ok("query", "update faq set answer = 'd' where id = 2");
    await ok("query", "delete from faq where id = 1");
    const again = JSON.parse(await ok("export", "faq", "--out", at("faq.ltd"), "--json", "--quiet")) as ExportResult;
    assert.deepEqual([again.refreshed, again.rewritten, again.removed, again.rows], [true, 1, 1, 2]);
    assert.match(
      await ok("export", "faq", "--out", at("faq.ltd"), "--quiet"),
      /\n {2}0 added, 0 with another text, 0 with other columns, 0 gone\n$/,
    );
  });

  it("build a graph with settings of one's own", async () => {
    const flags = [
      "--method",
      "hnsw",
      "--m",
      "8",
      "--ef-construction",
      "40",
      "--ef-search",
      "20",
      "--rebuild",
      "--json",
    ];
    const result = JSON.parse(await ok("export", "faq", "--out", at("faq.ltd"), ...flags)) as ExportResult;
    assert.deepEqual([result.method, result.refreshed], ["hnsw", false]);
    assert.match((await alone(["match", "--local", at("faq.ltd"), "怎么改地址"])).stdout, /怎么修改收货地址/);
  });

  it("find a file that is behind, with exit code 3", async () => {
    await ok("export", "faq", "--out", at("faq.ltd"), "--quiet");
    assert.match(await ok("verify", "--local", at("faq.ltd")), /faq\.ltd: 2 rows of faq compared, nothing is wrong; /);
    await ok("query", "insert into faq values (4, '怎么开发票？', 'e')");
    const early = await ltd("export", "faq", "--out", at("early.ltd"));
    assert.match(early.stderr, /note: 2 changed rows wait for ltd-index sync faq/);
    await ok("sync", "--quiet");
    const behind = await ltd("verify", "--local", at("faq.ltd"));
    assert.equal(behind.code, 3);
    assert.match(behind.stdout, /compared, WRONG; .*\n {2}1 that the file lacks\n {4}missing: 4\n$/);
    assert.match(behind.stderr, /next: ltd-index export faq --out/);
    const json = await ltd("verify", "--local", at("faq.ltd"), "--json");
    assert.equal((JSON.parse(json.stdout) as LocalVerifyResult).missing, 1);
  });

  it("say what is wrong with the command line", async () => {
    for (const [args, code, message] of [
      [["export", "faq"], 2, /name one file to write: --out faq\.ltd/],
      [["export", "faq", "--out", at("x"), "--method", "best"], 2, /--method is best, but must be auto, exact or hnsw/],
      [["export", "faq", "--out", at("x"), "--m", "many"], 2, /m is NaN, but must be a whole number from 4 to 64/],
      [["match"], 2, /the index is missing\nhint: ltd-index match faq/],
      [["match", "--local", at("faq.ltd"), "faq", "怎么退款"], 2, /unexpected argument faq/],
      [["match", "--local", at("none.ltd"), "怎么退款"], 1, /there is no file .*none\.ltd\nhint: .*export/],
      [["verify", "faq", "--local", at("faq.ltd")], 2, /--local cannot be combined with the name of an index/],
      [["verify", "--repair", "--local", at("faq.ltd")], 2, /--local cannot be combined with --repair/],
    ] as const) {
      const result = await ltd(...args);
      assert.equal(result.code, code, result.stderr);
      assert.match(result.stderr, message);
    }
  });
});
