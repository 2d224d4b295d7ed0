import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { openEmbedded } from "../../src/db/connect/embedded.ts";
import type { Database } from "../../src/db/database.ts";
import { READ_LENGTH } from "../../src/text/cut-text.ts";
import { runCli } from "../support/cli.ts";

describe("a row of 400 KB", () => {
  let database: Database;
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCli([...args], { database });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  before(async () => {
    database = await openEmbedded();
    await run("init");
    await run("query", "create table faq (id int primary key, question text)");
    await run(
      "query",
      "insert into faq select n, repeat('怎么申请退款' || n || '，', 17000) from generate_series(1, 3) n",
    );
    await run("add", "faq", "--text", "{question}");
    await run("sync");
  });
  after(() => database.close());

  it("is cut for people, by every verb that shows texts", async () => {
    for (const args of [
      ["match", "faq", "怎么申请退款"],
      ["search", "faq", "怎么申请退款"],
      ["dedupe", "faq", "--threshold", "0.5"],
    ]) {
      const lines = (await run(...args)).split("\n");
      assert.ok(
        lines.some((line) => (line.includes("怎么申请退款1") && line.endsWith("…")) || line.includes("…  (")),
        args[0],
      );
      assert.ok(Math.max(...lines.map((line) => line.length)) < 300, args[0]);
    }
  });

  it("is whole in JSON, with the text as far as it is read", async () => {
    const { answers } = JSON.parse(await run("match", "faq", "怎么申请退款", "--json")) as {
      answers: { text: string; row: { question: string } }[];
    };
    assert.equal(answers[0]!.row.question.length, 17_000 * 8);
    assert.equal(answers[0]!.text.length, READ_LENGTH);
    assert.ok(answers[0]!.row.question.startsWith(answers[0]!.text));
  });

  it("keeps the words of what is read, and is no change when the rest changes", async () => {
    const words = await database.query<{ words: number }>("select length(words) as words from ltd.entry_faq");
    assert.ok(words.every((row) => row.words > 5 && row.words < READ_LENGTH));
    await run("query", "update faq set question = question || '新的结尾'");
    const synced = JSON.parse(await run("sync", "--json")) as { unchanged: number; embedded: number };
    assert.deepEqual([synced.unchanged, synced.embedded], [3, 0]);
  });
});
