import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { Database } from "../../../src/db/database.ts";
import { queueStatus } from "../../../src/db/capture/queue-status.ts";
import { describeServer } from "../../support/databases.ts";
import { addIndex, entryKeys, prepare, queuedKeys, settle } from "../fixture.ts";

/** Looks again until a statement gives this, as JSON. */
async function until(database: Database, statement: string, expected: unknown): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const [row] = await database.query<{ found: unknown }>(`select to_json(array(${statement})) as found`);
    if (JSON.stringify(row?.found) === JSON.stringify(expected)) return;
    if (Date.now() > deadline) assert.deepEqual(row?.found, expected);
    await setTimeout(50);
  }
}

describeServer("logical replication", (databases) => {
  for (const kind of ["ordinary", "partitioned"]) {
    it(`into an ${kind} table is seen: what is copied first, and every change after that`, async (test: TestContext) => {
      const publisher = await databases.create();
      const [server] = await publisher.query<{ level: string; port: number; user: string; name: string }>(
        `select current_setting('wal_level') as level, inet_server_port() as port, current_user as "user", current_database() as name`,
      );
      if (server?.level !== "logical") return test.skip("this server has not wal_level = logical");
      const subscriber = await databases.create();
      await prepare(subscriber);
      await publisher.script(`
        create table faq (id integer primary key, title text, views integer default 0);
        insert into faq values (1, 'a'), (2, 'b'), (102, 'c');
        create publication faq for table faq`);
      await subscriber.script(
        kind === "ordinary"
          ? "create table faq (id integer primary key, title text, views integer default 0)"
          : `create table faq (id integer primary key, title text, views integer default 0) partition by range (id);
             create table faq_1 partition of faq for values from (0) to (100);
             create table faq_2 partition of faq for values from (100) to (1000)`,
      );
      const index = await addIndex(subscriber, { name: "faq", table: "faq", enqueue: true });
      const slot = server.name;
      await publisher.query("select pg_create_logical_replication_slot($1, 'pgoutput')", [slot]);
      const password = new URL(process.env["LTD_TEST_DATABASE_URL"] ?? "").password;
      const link = `host=127.0.0.1 port=${server.port} user=${server.user} password=${password} dbname=${server.name}`;
      // the slot is made before, as both databases are on one server
      await subscriber.query(
        `create subscription ${slot} connection '${link}' publication faq with (create_slot = false, slot_name = '${slot}')`,
      );
      try {
        const same = async (): Promise<string[]> => {
          const [row] = await publisher.query<{ rows: unknown[] }>(
            "select to_json(array(select f::text from faq f order by id)) as rows",
          );
          await until(subscriber, "select f::text from faq f order by id", row?.rows);
          return (await queuedKeys(subscriber, index)).map((key) => key.join("/"));
        };
        assert.deepEqual(await same(), ["1", "102", "2"]);
        await until(subscriber, "select srsubstate::text from pg_subscription_rel", ["r"]);
        await settle(subscriber, index);

        await publisher.query("update faq set views = 7");
        assert.deepEqual(await same(), [], "a column that is not mapped");
        await publisher.script("insert into faq values (3, 'd'); update faq set title = 'B' where id = 2");
        assert.deepEqual(await same(), ["2", "3"]);
        await settle(subscriber, index);
        await publisher.script("delete from faq where id = 3; update faq set id = 103 where id = 102");
        assert.deepEqual(await same(), ["102", "103", "3"]);
        await settle(subscriber, index);
        assert.deepEqual(await entryKeys(subscriber, index), ["1", "103", "2"]);

        await subscriber.query("update faq set title = 'here' where id = 1");
        assert.deepEqual(await queuedKeys(subscriber, index), [["1"]], "what is written here is seen once");
        await publisher.query("truncate faq");
        await same();
        await settle(subscriber, index);
        assert.deepEqual(await entryKeys(subscriber, index), []);
        assert.equal((await queueStatus(subscriber, index)).pending, 0);
      } finally {
        await subscriber.query(`alter subscription ${slot} disable`);
        await subscriber.query(`alter subscription ${slot} set (slot_name = none)`);
        await subscriber.query(`drop subscription ${slot}`);
        await until(publisher, `select 1 from pg_replication_slots where slot_name = '${slot}' and active`, []);
        await publisher.query("select pg_drop_replication_slot($1)", [slot]);
      }
    });
  }
});
