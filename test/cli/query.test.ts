import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import type { Database } from "../../src/db/database.ts";
import { runCli } from "../support/cli.ts";
import { describeDatabases } from "../support/databases.ts";

describeDatabases("query says what a statement did", (databases) => {
  let database: Database;
  before(async () => void (database = await databases.create()));
  after(() => database.close());

  it("on standard error, with the rows that it read or changed", async () => {
    for (const [statement, said] of [
      ["create table faq (id int primary key, question text)", /^CREATE( TABLE)?: done\n$/],
      ["insert into faq select i, 'x' from generate_series(1, 1200) i", /^INSERT: 1,200 rows\n$/],
      ["update faq set question = 'y' where id <= 2 returning id", /^UPDATE: 2 rows\n$/],
      ["delete from faq where id = -1", /^DELETE: 0 rows\n$/],
      ["select id from faq order by id limit 3", /^SELECT: 3 rows\n$/],
    ] as const) {
      const { code, stderr } = await runCli(["query", statement], { database });
      assert.equal(code, 0, stderr);
      assert.match(stderr, said, statement);
    }
    assert.equal((await runCli(["query"], { database, stdin: "select 1;\nselect 2;" })).stderr, "the script is done\n");
  });

  it("but not with --quiet, and standard output has rows only", async () => {
    const quiet = await runCli(["query", "select 1 as a", "--quiet"], { database });
    assert.deepEqual([quiet.stdout, quiet.stderr], ["a\n1\n", ""]);
    const json = await runCli(["query", "insert into faq values (5000, 'z')", "--json"], { database });
    assert.deepEqual([json.stdout, json.stderr], ["", "INSERT: 1 rows\n"]);
  });
});
