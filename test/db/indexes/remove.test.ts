import assert from "node:assert/strict";
import { before, it } from "node:test";
import type { Database } from "../../../src/db/database.ts";
import { captureProblems } from "../../../src/db/capture/capture-problems.ts";
import { getIndex, listIndexes } from "../../../src/db/indexes/find-index.ts";
import { createIndex, dropIndex, printIndex, type NewIndex } from "../../../src/db/indexes/index-store.ts";
import { lookAtSource } from "../../../src/db/capture/look.ts";
import { queueStatus } from "../../../src/db/capture/queue-status.ts";
import { chooseKey, describeSource } from "../../../src/db/source/source.ts";
import { openServer } from "../../../src/db/connect/server.ts";
import { describeDatabases, describeServer } from "../../support/databases.ts";
import { addIndex, entryKeys, model, prepare, queuedKeys, settle } from "../fixture.ts";

/**
 * All that the catalogs say about the relations of a schema and about schema ltd, without what counts rows or pages, or moves by itself:
 * `relhastriggers` is set back by the next VACUUM.
 */
async function catalogs(database: Database): Promise<unknown> {
  const [found] = await database.query<{ all: unknown }>(`
    with relation as (
      select c.oid from pg_class c where c.relnamespace = 'shop'::regnamespace
    )
    select json_build_object(
      'class', (select json_agg(to_jsonb(c) - '{relhastriggers,relpages,reltuples,relallvisible,relfrozenxid,relminmxid,relallfrozen}'::text[] order by c.oid)
        from pg_class c where c.oid in (select oid from relation)),
      'attribute', (select json_agg(a order by a.attrelid, a.attnum) from pg_attribute a where a.attrelid in (select oid from relation)),
      'index', (select json_agg(i order by i.indexrelid) from pg_index i where i.indrelid in (select oid from relation)),
      'constraint', (select json_agg(k order by k.oid) from pg_constraint k where k.conrelid in (select oid from relation)),
      'trigger', (select json_agg(t order by t.oid) from pg_trigger t where t.tgrelid in (select oid from relation)),
      'rule', (select json_agg(r.oid order by r.oid) from pg_rewrite r where r.ev_class in (select oid from relation)),
      'depend', (select json_agg(d order by d::text) from pg_depend d where d.refobjid in (select oid from relation) or d.objid in (select oid from relation)),
      'description', (select json_agg(d order by d::text) from pg_description d where d.objoid in (select oid from relation)),
      'ours', (select json_agg(c.relname order by c.relname) from pg_class c where c.relnamespace = 'ltd'::regnamespace),
      'functions', (select json_agg(p.proname order by p.proname) from pg_proc p where p.pronamespace = 'ltd'::regnamespace),
      'rows', (select count(*) from ltd.index) + (select count(*) from ltd.queue)
    ) as all`);
  return found?.all;
}

const kinds: Record<string, { table: string; key?: string[]; updatedAt?: string; where?: string }> = {
  "an ordinary table": { table: 'shop."Tickets"', where: "title <> ''" },
  "a partitioned table": { table: "shop.parts" },
  "a partition": { table: "shop.parts_1" },
  "a view": { table: "shop.seen", key: ["id", "code"], updatedAt: "updated_at" },
};

describeDatabases("remove", (databases) => {
  let database: Database;
  before(async () => {
    database = await databases.create();
    await prepare(database);
    await database.script(`
      create schema shop;
      create table shop."Tickets" (id integer, code text, title text, updated_at timestamptz default now(), primary key (id, code)) with (fillfactor = 70);
      create function shop.own() returns trigger language plpgsql as $$ begin return new; end $$;
      create trigger own before update on shop."Tickets" for each row execute function shop.own();
      create index on shop."Tickets" (title);
      comment on table shop."Tickets" is 'theirs';
      grant select on shop."Tickets" to public;
      create view shop.seen as select * from shop."Tickets";
      create table shop.parts (id bigint primary key, title text) partition by range (id);
      create table shop.parts_1 partition of shop.parts for values from (0) to (9);
      insert into shop."Tickets" values (1, 'a', 'x'), (2, 'b', 'y');
      insert into shop.parts values (1, 'x')`);
  });

  for (const [kind, source] of Object.entries(kinds)) {
    it(`leaves ${kind} as it was, as the catalogs say`, async () => {
      const clean = await catalogs(database);
      const index = await addIndex(database, { name: "faq", ...source, enqueue: true });
      await settle(database, index);
      assert.notDeepEqual(await catalogs(database), clean);
      await dropIndex(database, "faq");
      assert.deepEqual(await catalogs(database), clean);
    });
  }

  it("takes away what is left of an index whose table was dropped", async () => {
    await database.script("create table shop.gone (id integer primary key, title text)");
    await database.script("drop table shop.gone");
    const clean = await catalogs(database);
    await database.script("create table shop.gone (id integer primary key, title text)");
    await addIndex(database, { name: "gone", table: "shop.gone" });
    await database.script("drop table shop.gone");
    await dropIndex(database, "gone");
    assert.deepEqual(await catalogs(database), clean);
  });
});

describeDatabases("printed statements", (databases) => {
  let database: Database;
  before(async () => {
    database = await databases.create();
    await prepare(database);
    await database.script(`
      create schema shop;
      create table shop."It's" ("d'accord" text primary key, title text, "back\\slash" text);
      insert into shop."It's" values ('a"b\\', 'x', 'y'), ('c', 'x', 'n');
      create view shop.seen as select *, now() - interval '1 hour' as at from shop."It's";
      create table shop.parts (id bigint primary key, title text) partition by range (id);
      create table shop.parts_1 partition of shop.parts for values from (0) to (9);
      insert into shop.parts values (1, 'x')`);
  });

  async function wanted(name: string, table: string, more: Partial<NewIndex> = {}): Promise<NewIndex> {
    const source = await describeSource(database, table, more.updatedAtColumn !== undefined);
    return {
      name,
      schema: source.schema,
      table: source.table,
      key: await chooseKey(database, source, more.updatedAtColumn === undefined ? undefined : ["d'accord"]),
      template: `{title} 'q' \\`,
      columns: ["title"],
      capture: source.capture,
      modelId: model.id,
      ...more,
    };
  }

  it("do nothing by themselves, and do all that add does once they are run", async () => {
    const filter = { condition: `("back\\slash" = 'y'::text)`, columns: ["back\\slash"] };
    const clean = await catalogs(database);
    for (const [name, table, more] of [
      ["first", `shop."It's"`, { filter }],
      ["second", "shop.parts", {}],
      ["third", "shop.seen", { updatedAtColumn: "at" }],
    ] as const) {
      const index = await wanted(name, table, more);
      const before = await catalogs(database);
      const statements = await printIndex(database, index);
      assert.deepEqual(await catalogs(database), before);
      await database.script(statements.map((each) => `${each};`).join("\n"));
      const printed = await getIndex(database, name);
      assert.deepEqual([await captureProblems(database, printed), printed.enqueuedAt instanceof Date], [[], true]);
      const rows = (await queueStatus(database, printed)).pending;
      await settle(database, printed);
      const keys = await entryKeys(database, printed);
      await assert.rejects(printIndex(database, index), { code: "index", message: /the index .* already exists/ });
      await dropIndex(database, name);
      const { id, createdAt: _, enqueuedAt: __, ...made } = await createIndex(database, index);
      const { id: printedId, createdAt: ___, enqueuedAt: ____, ...asPrinted } = printed;
      assert.ok(id > printedId);
      assert.deepEqual(asPrinted, made);
      await dropIndex(database, name);
      assert.deepEqual([rows, keys.length], [keys.length, name === "third" ? 2 : 1]);
    }
    assert.deepEqual(await catalogs(database), clean);
    assert.deepEqual(await listIndexes(database), []);
  });

  it("let triggers log as those of add do", async () => {
    const statements = await printIndex(database, await wanted("parts", "shop.parts"));
    await database.script(statements.map((each) => `${each};`).join("\n"));
    const index = await getIndex(database, "parts");
    await settle(database, index);
    await database.script("insert into shop.parts_1 values (2, 'y')");
    await lookAtSource(database, index);
    assert.deepEqual(await queuedKeys(database, index), [["2"]]);
    await dropIndex(database, "parts");
  });
});

describeServer("several at once", (databases) => {
  it("are made and removed one after another, without a deadlock", async () => {
    const target = await databases.createTarget();
    const all = await Promise.all(Array.from({ length: 5 }, () => openServer(target)));
    const [database] = all;
    await prepare(database!);
    for (let turn = 0; turn < 3; turn++) {
      for (const [n] of all.entries())
        await database!.script(`drop table if exists t${n}; create table t${n} (id int primary key, question text)`);
      await Promise.all(all.map((each, n) => addIndex(each, { name: `t${n}`, table: `t${n}`, columns: ["question"] })));
      await Promise.all(all.map((each, n) => dropIndex(each, `t${n}`)));
      assert.deepEqual(await listIndexes(database!), []);
    }
    await Promise.all(all.map((each) => each.close()));
  });
});
