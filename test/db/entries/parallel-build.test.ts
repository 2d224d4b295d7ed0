import assert from "node:assert/strict";
import { before, it } from "node:test";
import type { Database, Queryable } from "../../../src/db/database.ts";
import { inParallelOrAlone } from "../../../src/db/entries/parallel-build.ts";
import { describeDatabases } from "../../support/databases.ts";

describeDatabases("an index build that needs shared memory", (databases) => {
  let database: Database;
  before(async () => {
    database = await databases.create("empty");
    await database.query("create table try (workers text)");
  });

  /** Notes with how many workers it may build; fails the first time. */
  function build(state: string) {
    let runs = 0;
    return async (tx: Queryable): Promise<string> => {
      await tx.query("insert into try select current_setting('max_parallel_maintenance_workers')");
      if (runs++ === 0)
        await tx.query(`do $$ begin
          raise exception 'could not resize shared memory segment "/PostgreSQL.1" to 1048576 bytes' using errcode = '${state}';
        end $$`);
      return "built";
    };
  }

  it("is done once more by one process where there is too little of it", async () => {
    await database.query("truncate try");
    assert.equal(await inParallelOrAlone(database, build("53100")), "built");
    assert.deepEqual(await database.query("select workers from try"), [{ workers: "0" }]);
  });

  it("is not repeated after another error; one of shared memory says what to do", async () => {
    await database.query("truncate try");
    await assert.rejects(inParallelOrAlone(database, build("22012")), /could not resize/);
    assert.deepEqual(await database.query("select workers from try"), []);
    const failed = await database.transaction(build("53100")).catch((error: unknown) => error);
    assert.match((failed as { hint: string }).hint, /docker run --shm-size 1g/);
  });
});
