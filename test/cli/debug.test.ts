import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Database } from "../../src/db/database.ts";
import { runCli } from "../support/cli.ts";
import { openTemplate } from "../support/templates.ts";

describe("statements with their times", () => {
  let database: Database;
  before(async () => {
    database = await openTemplate("initialised");
    await database.script(
      "create table faq (id int primary key, question text); insert into faq values (1, '怎么退款')",
    );
  });
  after(() => database.close());

  it("are shown by LTD_DEBUG=sql and by --debug, with the number of parameters but without their values", async () => {
    const plain = await runCli(["add", "faq", "--text", "{question}"], { database });
    assert.equal(plain.code, 0, plain.stderr);
    assert.doesNotMatch(plain.stderr, /^-- /m);
    for (const [args, environment] of [[[], { LTD_DEBUG: "sql" }] as const, [["--debug"], {}] as const]) {
      const { code, stderr } = await runCli(["status", "faq", ...args], { database, environment });
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^-- \d+\.\d ms, 1 rows, 1 parameters\n[^]*select[^]*;\n/m);
      assert.doesNotMatch(stderr, /怎么退款|'faq'/);
    }
  });

  it("failures are reported too", async () => {
    const { code, stderr } = await runCli(["query", "select 1 / 0"], { database, environment: { LTD_DEBUG: "sql" } });
    assert.equal(code, 1);
    assert.match(stderr, /^-- \d+\.\d ms, failed\nselect 1 \/ 0;\n/m);
  });

  it("have the rows that a copy gives", async () => {
    await runCli(["sync", "faq"], { database });
    const { stderr } = await runCli(["dedupe", "faq"], { database, environment: { LTD_DEBUG: "sql" } });
    assert.match(stderr, /^-- \d+\.\d ms\n[^]*copy \([^]*to stdout/m);
  });
});
