import assert from "node:assert/strict";
import { it } from "node:test";
import { matchEach } from "../../../src/app/ask/match-each.ts";
import { searchableIndex } from "../../../src/app/ask/searchable.ts";
import { add } from "../../../src/app/keep/add.ts";
import { openIndex } from "../../../src/app/open/open-index.ts";
import { verify } from "../../../src/app/operate/verify.ts";
import { getIndex } from "../../../src/db/indexes/find-index.ts";
import { createEmbedder } from "../../../src/embed/embedder.ts";
import { runCli } from "../../support/cli.ts";
import { describeDatabases } from "../../support/databases.ts";

describeDatabases("a table that lost a column", (databases) => {
  it("is no answer without a text: questions get the error that sync gives", async () => {
    const database = await databases.create("installed");
    const embedder = await createEmbedder({ threads: 1 });
    try {
      await database.script(
        "create table faq (id int primary key, question text); insert into faq values (1, '怎么退款'), (2, '忘记密码了'), (3, '怎么退款！')",
      );
      await add(database, embedder.model, { table: "faq" });
      // it stays open, with what it knew of the table
      const index = await openIndex({ index: "faq", database });
      await index.sync();
      const asked = await getIndex(database, "faq");
      const withoutLog = () => searchableIndex(database, { record: asked, embedder });
      const asks: [string, () => Promise<unknown>][] = [
        ["match", () => index.match("我要退款")],
        ["search", () => index.search("退款")],
        ["similar", () => index.similar(1)],
        ["match without rows", () => matchEach(withoutLog(), [{ question: "我要退款" }], {}).next()],
        ["ltd.match", () => database.query("select * from ltd.match('faq', '我要退款')")],
        ["ltd.search", () => database.query("select * from ltd.search('faq', '退款')")],
      ];
      for (const [name, ask] of asks) await assert.doesNotReject(ask, name);
      for (const change of ["rename column question to title", "drop column title"]) {
        await database.query(`alter table faq ${change}`);
        for (const [name, ask] of asks)
          await assert.rejects(
            ask,
            { message: /no longer has what the index (faq )?is made of: .*question|column s\.question does not exist/ },
            `${name} after ${change}`,
          );
        const { code, stdout, stderr } = await runCli(["match", "faq", "我要退款"], { database });
        assert.deepEqual([code, stdout], [1, ""]);
        assert.match(
          stderr,
          /public\.faq no longer has what the index faq is made of: "question"\nhint: bring the column back/,
        );
        const told = await runCli(["doctor"], { database });
        assert.match(told.stdout, /no longer has what the index faq is made of: "question"\n +bring the column back/);
        assert.doesNotMatch(told.stdout, /sync faq looks at all rows/, "it would end with the same error");
      }
      await database.query("alter table faq add column question text");
      await database.query("update faq set question = '怎么退款' where id = 1");
      await index.sync();
      assert.equal((await index.match("我要退款")).answers[0]!.text, "怎么退款");
      // sync refuses a key of another type; verify compared nothing and found nothing wrong
      await database.query("alter table faq alter column id type text using 'x' || id");
      await assert.rejects(index.sync(), { code: "source", message: /the key column id of public\.faq was integer/ });
      const record = await getIndex(database, "faq");
      await assert.rejects(verify(database, record, embedder), {
        code: "source",
        message: /the key column id of public\.faq was integer/,
      });
      await index.close();
    } finally {
      await embedder.close();
    }
  });
});
